"""Pairs of codes that a transfer learns from: what was seen of a stored shape, and the shape."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from inrstore.errors import BadInput, EmptySurface
from inrstore.model.training.lessons import lessons
from inrstore.network.fitting import fit
from inrstore.network.turning import turned
from inrstore.progress import Meter, OnProgress
from inrstore.records import FloatArray, Shape
from inrstore.surface.extraction import extract_cloud, inr_field
from inrstore.surface.sampling import sample_points

from ..codes import Codes
from .kept import Kept
from .twins import clouds_of
from .views import KINDS, part_of

TASKS = ("completion", "reconstruction")
DENSE, RESOLUTION = 32_768, 64
"""Points of a surface that views are made of, and cells a side to find it."""
POINTS = (512, 4_096)
"""Of a cloud that is seen: uniform between these on a logarithmic scale."""
NOISE = 0.005
"""Standard deviation at most of what a scanner adds to each coordinate, in units of the normalised radius."""
LESSONS = 2_048
"""Points of a shape at which what is said of it is judged, most of them near the surface."""
Keys = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Pairs:
    """Views of n shapes, v of each, each in another of the cube's poses that keep up."""

    keys: Keys
    """(n,)."""
    fields: tuple[str, ...]
    """(n,) of their networks."""
    seen: FloatArray
    """(n, v, dim) codes of the clouds that are seen."""
    whole: FloatArray
    """(n, v, dim) codes of the shapes, as they are turned."""
    turns: FloatArray
    """(n, v, 3, 3) of the poses, of columns x; the first of a shape is none."""
    points: FloatArray
    """(n, m, 3) in [-1, 1]³, of the shapes as they are stored."""
    raw: FloatArray
    """(n, m) what the networks say there."""


def pairs(
    codes: Codes,
    task: str,
    keys: Keys,
    views: int,
    seed: int,
    fits: int = 0,
    work: Path | None = None,
    same: str | None = None,
    on_progress: OnProgress | None = None,
) -> Pairs:
    """Of stored shapes (n,) by their keys, ascending; a shape without a surface is left out.

    Of each the first `fits` clouds are seen as files are, by networks fitted to them, and the others by their exact
    distances, which costs less. What was made of a shape is kept in the directory `work`, if there is one, and taken
    from there the next time. By a tag `same`, what is seen of a shape is of the cloud of the same object, if one is
    stored, as it lies in its own box.

    Errors: BadInput if some have no code yet, clouds cannot be fitted, or no shape has that tag.
    """
    if fits and "udf" not in codes.model.base.fields:
        raise BadInput(f"the store's base has no udf, only {', '.join(codes.model.base.fields)}, so it reads no clouds")
    whole, shapes = codes.of_keys(keys), codes.store.shapes_by_key(keys.tolist())
    twins = clouds_of(codes.store, keys, same)
    shapes |= codes.store.shapes_by_key(sorted(set(twins.values())))
    kept = Kept.of(work, (codes.store.id, codes.id, task, str(views), str(seed), str(fits)))
    meter, found = Meter(on_progress, len(keys), stage="views"), dict[int, tuple[FloatArray, ...]]()
    for code, key in zip(whole, keys.tolist(), strict=True):
        meter.step()
        with suppress(EmptySurface):
            cloud = shapes[twins.get(key, key)]
            of_shape = partial(_of_shape, codes, task, shapes[key], cloud, code, views, seed, fits)
            found[key] = kept.take(shapes[key].id + (f"-{cloud.id}" if key in twins else ""), of_shape)
    if not found:
        raise BadInput("none of the shapes has a surface")
    fields = tuple(shapes[key].field for key in found)
    return Pairs(np.array(list(found)), fields, *(np.stack(some) for some in zip(*found.values(), strict=True)))


def _of_shape(
    codes: Codes, task: str, shape: Shape, cloud: Shape, code: FloatArray, views: int, seed: int, fits: int
) -> tuple[FloatArray, ...]:
    """seen, whole, turns, points and raw of one stored shape, of which the cloud is seen, see `Pairs`.

    Errors: EmptySurface.
    """
    generator, weights = np.random.default_rng([seed, shape.key]), codes.store.weights([shape.key])
    surface = surface_of(codes, cloud)
    turns = np.stack([np.eye(3, dtype=np.float32), *(_pose(generator) for _ in range(views - 1))])
    parts = [part @ turn.T for part, turn in zip(clouds(surface, task, views, generator), turns, strict=True)]
    exact = [codes.of_points(part) for part in parts[fits:]]
    seen = np.stack([*_fitted(codes, parts[:fits], generator), *exact])
    whole = codes.encode(shape.field, turned(codes.model.siren, weights[0], turns[1:])) if views > 1 else code[:0]
    drawn = torch.Generator().manual_seed(seed * 1_000_003 + shape.key)
    points, raw = lessons(codes.model.siren, shape.field, torch.from_numpy(weights), LESSONS, drawn)
    return seen, np.vstack([code, *whole]), turns, points[0].numpy(), raw[0].numpy()


def _fitted(codes: Codes, parts: Sequence[FloatArray], generator: np.random.Generator) -> FloatArray:
    """(n, dim) of networks fitted to clouds as the store fits: what a network says far from points is its own."""
    if not parts:
        return np.empty((0, codes.dim), np.float32)
    base = codes.model.base
    samples = [sample_points(part.astype(np.float64), base.recipe.sampling, generator) for part in parts]
    return codes.encode("udf", fit(samples, torch.from_numpy(base.start("udf")), base.recipe).weights)


def _pose(generator: np.random.Generator) -> FloatArray:
    """(3, 3): one of the cube's eight turns that keep the second axis, mirrors included."""
    signs = generator.choice(np.array([-1, 1], np.float32), 2)
    turn = np.diag(np.array([signs[0], 1, signs[1]], np.float32))
    return turn[[2, 1, 0]] if generator.random() < 0.5 else turn


def surface_of(codes: Codes, shape: Shape) -> FloatArray:
    """(32,768, 3) points of the surface of a stored shape's encoded network. Errors: EmptySurface."""
    weights = codes.store.weights([shape.key])[0]
    return extract_cloud(inr_field(codes.model.siren, weights), shape.field, DENSE, shape.key, RESOLUTION)


def clouds(surface: FloatArray, task: str, views: int, generator: np.random.Generator) -> Sequence[FloatArray]:
    """What is seen of a surface (n, 3): parts of it by the kinds of views in turn, or for a reconstruction all of it.

    Each has as many points, and as much noise, as a scan may have.
    """
    found = []
    for number in range(views):
        there = part_of(surface, KINDS[number % len(KINDS)], generator) if task == "completion" else surface
        count = int(np.exp(generator.uniform(*np.log(POINTS))))
        chosen = there[generator.permutation(len(there))[:count]]
        noise = generator.uniform(0, NOISE) * generator.standard_normal(chosen.shape)
        found.append((chosen + noise).astype(np.float32))
    return found
