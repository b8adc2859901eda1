"""Samples to train a model from: a folder of meshes, varied, and asked as every field that a user may bring."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context
from pathlib import Path

import igl
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from inrstore.errors import BadInput
from inrstore.network.fields import FIELDS, FieldSamples
from inrstore.network.fitting import fit
from inrstore.network.recipe import Recipe, SamplingRecipe
from inrstore.records import FloatArray
from inrstore.surface.points import Faces, Vertices, surface_points

from .files.geometry import Mesh
from .files.load import load
from .sampling.normalise import normalise
from .sampling.orient import orient
from .sampling.sample import sample_cloud, sample_mesh, sample_voxels

CLOUD_SIZES = (1_024, 2_048, 4_096)
GRID_SIZES = (24, 32, 48)
ANY_POSE_SHARE = 0.25


@dataclass(frozen=True)
class Source:
    """One training mesh and its class."""

    path: str
    label: str


@dataclass(frozen=True)
class Variant:
    """One altered copy of a training mesh, sampled as several fields."""

    shape: int
    """Index of the source."""
    label: str
    samples: tuple[FieldSamples, ...]


@dataclass(frozen=True)
class FittedVariant:
    """A variant after fitting: for each field the change θ − θ₀ (W,), and some of the samples."""

    shape: int
    label: str
    rows: tuple[tuple[FloatArray, FieldSamples], ...]


def find_sources(folders: Sequence[str | Path]) -> list[Source]:
    """All meshes below the folders, in order; the class is the name of the folder that holds the file.

    Errors: BadInput if one is not a folder, or there are no meshes.
    """
    for folder in folders:
        if not Path(folder).is_dir():
            raise BadInput(f"{folder} is not a folder; give folders of meshes")
    suffixes = {".obj", ".ply", ".stl", ".off", ".glb"}
    found = [p for folder in folders for p in sorted(Path(folder).rglob("*")) if p.suffix.lower() in suffixes]
    if not found:
        raise BadInput(f"no meshes below {', '.join(map(str, folders))}; give folders of OBJ, PLY, STL, OFF or GLB")
    return [Source(str(path), path.parent.name) for path in found]


def draw(
    sources: Sequence[Source],
    fields: Sequence[str],
    sampling: SamplingRecipe,
    *,
    variants: Sequence[int],
    seed: int = 0,
    jobs: int = 2,
) -> Iterator[Variant]:
    """Every source in the variants of these numbers, in a fixed order; unreadable meshes are left out.

    The sample of (source, variant) depends on nothing but them and the seed, so a run can be resumed.
    """
    tasks = [
        (source, index, number, tuple(fields), sampling, seed)
        for number in variants
        for index, source in enumerate(sources)
    ]
    with _pool(jobs) as pool:
        yield from (v for v in pool.map(_draw_one, tasks, chunksize=4) if v is not None)


def pools(
    sources: Sequence[Source], sampling: SamplingRecipe, count: int, *, seed: int = 0, jobs: int = 2
) -> dict[str, tuple[Tensor, Tensor]]:
    """field → points (n, m, 3) and values (n, m) of one variant of each of `count` sources, drawn by the seed.

    Errors: BadInput if there is a field that none of them can be sampled as.
    """
    rng = np.random.default_rng(seed)
    chosen = [sources[i] for i in np.sort(rng.permutation(len(sources))[:count])]
    found: dict[str, list[FieldSamples]] = {name: [] for name in FIELDS}
    for variant in draw(chosen, FIELDS, sampling, variants=[1], seed=seed, jobs=jobs):
        for samples in variant.samples:
            found[samples.field].append(samples)
    for name, pool in found.items():
        if not pool:
            raise BadInput(f"no mesh of the {len(chosen)} drawn for the bases could be sampled as {name}")
    return {name: stacked(pool) for name, pool in found.items()}


def stacked(pool: Sequence[FieldSamples]) -> tuple[Tensor, Tensor]:
    """Points (n, m, 3) and values (n, m), as many as the smallest of the pool has."""
    size = min(len(samples.values) for samples in pool)
    points, values = np.stack([s.points[:size] for s in pool]), np.stack([s.values[:size] for s in pool])
    return torch.from_numpy(points), torch.from_numpy(values)


def fit_variants(
    sources: Sequence[Source],
    fields: Sequence[str],
    recipe: Recipe,
    bases: Mapping[str, FloatArray],
    *,
    variant: int,
    kept: int,
    seed: int = 0,
    jobs: int = 2,
) -> Iterator[FittedVariant]:
    """One variant of every source, fitted as each field from its base; `kept` samples of each stay."""
    tasks = [(s, i, variant, tuple(fields), recipe.sampling, seed) for i, s in enumerate(sources)]
    work = partial(_fit_one, recipe=recipe, bases=dict(bases), kept=kept)
    with _pool(jobs) as pool:
        yield from (v for v in pool.map(work, tasks, chunksize=4) if v is not None)


def _pool(jobs: int) -> ProcessPoolExecutor:
    return ProcessPoolExecutor(jobs, mp_context=get_context("forkserver"), initializer=_one_thread)


def _one_thread() -> None:
    torch.set_num_threads(1)


def _fit_one(task: Task, recipe: Recipe, bases: dict[str, FloatArray], kept: int) -> FittedVariant | None:
    variant = _draw_one(task)
    if variant is None:
        return None
    rng = np.random.default_rng((task[5], task[1], task[2], 1))
    rows = []
    for samples in variant.samples:
        base = bases[samples.field]
        weights = fit([samples], torch.from_numpy(base), recipe, seed=task[5]).weights[0]
        chosen = rng.permutation(len(samples.values))[np.arange(kept) % len(samples.values)]
        some = FieldSamples(samples.field, samples.points[chosen], samples.values[chosen])
        rows.append((weights - base, some))
    return FittedVariant(variant.shape, variant.label, tuple(rows))


Task = tuple[Source, int, int, tuple[str, ...], SamplingRecipe, int]


def _draw_one(task: Task) -> Variant | None:
    source, index, number, fields, sampling, seed = task
    rng = np.random.default_rng((seed, index, number))
    try:
        geometry = normalise(load(source.path)).geometry
        if not isinstance(geometry, Mesh):
            return None
        mesh = geometry if number == 0 else _vary(geometry, rng)
        samples = [_sample(mesh, field, sampling, rng) for field in fields]
    except BadInput:
        return None
    return Variant(index, source.label, tuple(s for s in samples if s is not None))


def _vary(mesh: Mesh, rng: np.random.Generator) -> Mesh:
    """Scaled along each axis by 2/3 to 3/2 as in inr2vec, perhaps mirrored, and sometimes turned at will."""
    factors = np.exp(rng.uniform(np.log(2 / 3), np.log(3 / 2), 3))
    factors[0] *= rng.choice((-1, 1))
    vertices = mesh.vertices * factors
    if rng.random() < ANY_POSE_SHARE:
        q, r = np.linalg.qr(rng.normal(size=(3, 3)))
        vertices = vertices @ (q * np.sign(np.diag(r)))
    else:
        turn = rng.normal(0, 0.1)
        c, s = np.cos(turn), np.sin(turn)
        vertices = vertices @ np.array(((c, 0, s), (0, 1, 0), (-s, 0, c)))
    faces = mesh.faces[:, ::-1] if np.prod(factors) < 0 else mesh.faces
    varied = normalise(Mesh(vertices, np.ascontiguousarray(faces))).geometry
    assert isinstance(varied, Mesh)
    return varied


def _sample(mesh: Mesh, field: str, sampling: SamplingRecipe, rng: np.random.Generator) -> FieldSamples | None:
    """As `ingest` would sample it: sdf if it has an inside, udf of a cloud or of the surface, occ of a grid."""
    if field == "sdf":
        samples, _ = sample_mesh(mesh.vertices, mesh.faces, "auto", sampling, rng)
        return samples if samples.field == "sdf" else None
    if field == "udf":
        size = int(rng.choice((0, *CLOUD_SIZES)))
        if size == 0:
            return sample_mesh(mesh.vertices, mesh.faces, "udf", sampling, rng)[0]
        return sample_cloud(surface_points(mesh.vertices, mesh.faces, size, rng), sampling, rng)[0]
    grid, pitch = _voxelise(mesh.vertices, mesh.faces, int(rng.choice(GRID_SIZES)), rng)
    if not grid.any():
        return None
    origin = np.full(3, (1 - grid.shape[0]) / 2 * pitch)
    return sample_voxels(grid, origin, pitch, sampling, rng)[0]


def _voxelise(vertices: Vertices, faces: Faces, size: int, rng: np.random.Generator) -> tuple[NDArray[np.bool_], float]:
    """Cells (size³) over the cube around the unit ball whose centre is inside, and the cell's width."""
    pitch = 2 / size
    axis = (np.arange(size) + 0.5) * pitch - 1
    centres = np.stack(np.meshgrid(axis, axis, axis, indexing="ij"), axis=-1).reshape(-1, 3)
    tree = igl.FastWindingNumberBVH()
    tree.init(vertices, orient(vertices, faces, rng))
    return (np.asarray(tree.winding_number(centres)) > 0.5).reshape(size, size, size), pitch
