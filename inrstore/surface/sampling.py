"""Points of surfaces, and samples of fields around them, all in normalised coordinates."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.spatial import cKDTree

from inrstore.network.fields import FieldSamples, distance
from inrstore.network.portable import PortableInr
from inrstore.network.recipe import SamplingRecipe

from .extraction import inr_field
from .points import Faces, Vertices, surface_points

Move = Callable[[Vertices], Vertices]
"""Points (n, 3) to those where the field is asked instead."""
SEED_RESOLUTION = 64
"""Of a decoded surface that only says where its network is asked."""


def query_points(
    seeds: Vertices, sampling: SamplingRecipe, rng: np.random.Generator, move: Move | None = None
) -> Vertices:
    """(n, 3) places to ask: the seeds (surface_count, 3) moved by the recipe's noises, then uniform ones."""
    sigma = np.concatenate([np.full(count, s) for s, count in sampling.surface])
    near = seeds + rng.normal(size=seeds.shape) * sigma[:, None]
    points = np.concatenate([near, rng.uniform(-1, 1, (sampling.uniform, 3))])
    return points if move is None else move(points)


def sample_points(
    cloud: Vertices, sampling: SamplingRecipe, rng: np.random.Generator, move: Move | None = None
) -> FieldSamples:
    """Samples of the unsigned distance to the nearest point of a normalised cloud (n, 3)."""
    seeds = cloud[rng.integers(0, len(cloud), sampling.surface_count)]
    points = query_points(seeds, sampling, rng, move)
    distances, _ = cKDTree(cloud).query(points)
    return FieldSamples("udf", points.astype(np.float32), np.asarray(distances, np.float32))


def sample_inr(
    inr: PortableInr,
    vertices: Vertices,
    faces: Faces,
    sampling: SamplingRecipe,
    rng: np.random.Generator,
    *,
    unit: float = 1.0,
    move: Move | None = None,
) -> FieldSamples:
    """Samples of what a network says around its own surface, vertices (v, 3) and faces (f, 3).

    `unit` is the length, in the space that it was fitted in, of what is 1 here. Errors: as `surface_points`.
    """
    seeds = surface_points(vertices, faces, sampling.surface_count, rng)
    points = query_points(seeds, sampling, rng, move).astype(np.float32)
    raw = inr_field(inr.siren, inr.weights)(points)
    if inr.field == "occ":
        return FieldSamples("occ", points, (raw > 0).astype(np.float32))
    values = distance(inr.field, raw) / unit  # it learned distances in its own space
    return FieldSamples(inr.field, points, values.astype(np.float32))
