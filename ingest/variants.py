"""Meshes to train a model on: altered copies of them, asked as every field that a user may bring."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any, NamedTuple

import igl
import numpy as np
import torch
from numpy.typing import NDArray
from trimesh.transformations import random_rotation_matrix, rotation_matrix

from inrstore.errors import BadInput
from inrstore.files import sha256
from inrstore.model.training.shapes import FittedVariant, Pool, stacked
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

SUFFIXES = frozenset((".obj", ".ply", ".stl", ".off", ".glb"))
CLOUD_SIZES = (1_024, 2_048, 4_096)
GRID_SIZES = (24, 32, 48)
ANY_POSE_SHARE = 0.25


@dataclass(frozen=True)
class Variant:
    """One altered copy of one mesh, sampled as several fields."""

    shape: int
    """Number of the mesh."""
    samples: tuple[FieldSamples, ...]


class Drawing(NamedTuple):
    """What a worker makes a variant from, and nothing else, so that a run can be resumed."""

    path: str
    shape: int
    number: int
    fields: tuple[str, ...]
    sampling: SamplingRecipe
    seed: int


@dataclass(frozen=True)
class TrainingMeshes:
    """Meshes and their classes, as `inrstore.model.training` takes shapes."""

    paths: tuple[str, ...]
    labels: tuple[str, ...]

    @classmethod
    def below(cls, folders: Sequence[str | Path]) -> TrainingMeshes:
        """All meshes below the folders, in order; the class is the name of the folder that holds the file.

        Errors: BadInput if one is not a folder, or there are no meshes.
        """
        for folder in folders:
            if not Path(folder).is_dir():
                raise BadInput(f"{folder} is not a folder; give folders of meshes")
        found = [p for folder in folders for p in sorted(Path(folder).rglob("*")) if p.suffix.lower() in SUFFIXES]
        if not found:
            raise BadInput(f"no meshes below {', '.join(map(str, folders))}; give folders of OBJ, PLY, STL, OFF or GLB")
        return cls(tuple(map(str, found)), tuple(path.parent.name for path in found))

    def digest(self) -> str:
        """SHA-256 hex of the files, whatever they are called."""
        return hashlib.sha256("".join(map(sha256, self.paths)).encode()).hexdigest()

    def variants(
        self, fields: Sequence[str], sampling: SamplingRecipe, number: int, *, seed: int = 0, jobs: int = 2
    ) -> Iterator[Variant]:
        """The variant `number` of every mesh (0: as it is), in order; unreadable meshes are left out.

        What a mesh gives depends on nothing but itself, its number, the variant's, and the seed.
        """
        return self._over(_drawn, self._drawings(fields, sampling, number, seed), jobs)

    def pools(self, sampling: SamplingRecipe, count: int, *, seed: int = 0, jobs: int = 2) -> dict[str, Pool]:
        """Field → samples of one variant of each of `count` meshes, drawn by the seed.

        Errors: BadInput if there is a field that none of them can be sampled as.
        """
        chosen = np.sort(np.random.default_rng(seed).permutation(len(self.paths))[:count])
        some = TrainingMeshes(*(tuple(names[i] for i in chosen) for names in (self.paths, self.labels)))
        found: dict[str, list[FieldSamples]] = {name: [] for name in FIELDS}
        for variant in some.variants(FIELDS, sampling, 1, seed=seed, jobs=jobs):
            for samples in variant.samples:
                found[samples.field].append(samples)
        for name, pool in found.items():
            if not pool:
                raise BadInput(f"no mesh of the {len(chosen)} drawn for the bases could be sampled as {name}")
        return {name: stacked(pool) for name, pool in found.items()}

    def fitted(
        self,
        fields: Sequence[str],
        recipe: Recipe,
        bases: Mapping[str, FloatArray],
        *,
        variant: int,
        kept: int,
        seed: int = 0,
        jobs: int = 2,
    ) -> Iterator[FittedVariant]:
        """One variant of every mesh, fitted as each field from its base; `kept` samples of each stay."""
        work = partial(_fitted, recipe=recipe, bases=dict(bases), kept=kept)
        return self._over(work, self._drawings(fields, recipe.sampling, variant, seed), jobs)

    def _drawings(self, fields: Sequence[str], sampling: SamplingRecipe, number: int, seed: int) -> list[Drawing]:
        return [Drawing(path, i, number, tuple(fields), sampling, seed) for i, path in enumerate(self.paths)]

    @staticmethod
    def _over(work: Callable[[Drawing], Any], drawings: Sequence[Drawing], jobs: int) -> Iterator[Any]:
        with _pool(jobs) as pool:
            yield from (one for one in pool.map(work, drawings, chunksize=4) if one is not None)


def _pool(jobs: int) -> ProcessPoolExecutor:
    return ProcessPoolExecutor(jobs, get_context("forkserver"), initializer=torch.set_num_threads, initargs=(1,))


def _fitted(drawing: Drawing, recipe: Recipe, bases: dict[str, FloatArray], kept: int) -> FittedVariant | None:
    variant = _drawn(drawing)
    if variant is None:
        return None
    rng = np.random.default_rng((drawing.seed, drawing.shape, drawing.number, 1))
    rows = []
    for samples in variant.samples:
        base = bases[samples.field]
        weights = fit([samples], torch.from_numpy(base), recipe, seed=drawing.seed).weights[0]
        chosen = rng.permutation(len(samples.values))[np.arange(kept) % len(samples.values)]
        some = FieldSamples(samples.field, samples.points[chosen], samples.values[chosen])
        rows.append((weights - base, some))
    return FittedVariant(variant.shape, tuple(rows))


def _drawn(drawing: Drawing) -> Variant | None:
    rng = np.random.default_rng((drawing.seed, drawing.shape, drawing.number))
    try:
        geometry = normalise(load(drawing.path)).geometry
        if not isinstance(geometry, Mesh):
            return None
        mesh = geometry if drawing.number == 0 else _vary(geometry, rng)
        samples = [_sample(mesh, field, drawing.sampling, rng) for field in drawing.fields]
    except BadInput:
        return None
    return Variant(drawing.shape, tuple(s for s in samples if s is not None))


def _vary(mesh: Mesh, rng: np.random.Generator) -> Mesh:
    """Scaled along each axis by 2/3 to 3/2 as in inr2vec, perhaps mirrored, and sometimes turned at will."""
    factors = np.exp(rng.uniform(np.log(2 / 3), np.log(3 / 2), 3))
    factors[0] *= rng.choice((-1, 1))
    any_pose = rng.random() < ANY_POSE_SHARE
    turn = random_rotation_matrix(rng.random(3)) if any_pose else rotation_matrix(rng.normal(0, 0.1), (0, 1, 0))
    vertices = np.ascontiguousarray(mesh.vertices * factors @ turn[:3, :3])
    faces = mesh.faces[:, ::-1] if np.prod(factors) < 0 else mesh.faces
    varied = normalise(Mesh(vertices, np.ascontiguousarray(faces))).geometry
    assert isinstance(varied, Mesh)
    return varied


def _sample(mesh: Mesh, field: str, sampling: SamplingRecipe, rng: np.random.Generator) -> FieldSamples | None:
    """As `ingest` would sample it: sdf of its skin, udf of a cloud or of the surface, occ of a grid."""
    if field == "sdf":
        return sample_mesh(mesh.vertices, mesh.faces, "sdf", sampling, rng)[0]
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
