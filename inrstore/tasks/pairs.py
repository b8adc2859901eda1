"""Pairs of codes that a transfer learns from: what was seen of a stored shape, and the shape."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from inrstore.errors import BadInput, EmptySurface
from inrstore.progress import Meter, OnProgress
from inrstore.records import FloatArray, Shape
from inrstore.surface.extraction import extract_cloud, inr_field

from .codes import Codes
from .views import KINDS, part_of

TASKS = ("completion", "reconstruction")
DENSE, RESOLUTION = 32_768, 64
"""Points of a surface that views are made of, and cells a side to find it."""
POINTS = (512, 4_096)
"""Of a cloud that is seen: uniform between these on a logarithmic scale."""
NOISE = 0.005
"""Standard deviation at most of what a scanner adds to each coordinate, in units of the normalised radius."""
Keys = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Pairs:
    """Views of n shapes, v of each."""

    keys: Keys
    """(n,)."""
    seen: FloatArray
    """(n, v, dim) codes of the clouds that are seen."""
    whole: FloatArray
    """(n, dim) codes of the shapes."""


def pairs(codes: Codes, task: str, keys: Keys, views: int, seed: int, on_progress: OnProgress | None = None) -> Pairs:
    """Of stored shapes (n,) by their keys, ascending; a shape without a surface is left out.

    Errors: BadInput if some have no code yet.
    """
    whole, shapes = codes.of_keys(keys), codes.store.shapes_by_key(keys.tolist())
    meter, kept, seen = Meter(on_progress, len(keys), stage="views"), [], []
    for place, key in enumerate(keys.tolist()):
        meter.step()
        try:
            surface = surface_of(codes, shapes[key])
        except EmptySurface:
            continue
        generator = np.random.default_rng([seed, key])
        seen.append([codes.of_points(cloud) for cloud in clouds(surface, task, views, generator)])
        kept.append(place)
    if not kept:
        raise BadInput("none of the shapes has a surface")
    return Pairs(keys[kept], np.asarray(seen, np.float32), whole[kept])


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
