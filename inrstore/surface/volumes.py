"""How much of the unit ball a solid fills, and its surface moved in or out until that is as much as it should be."""

from __future__ import annotations

from functools import cache

import numpy as np

from inrstore.network.fields import CLIP, distance
from inrstore.records import FloatArray

from .extraction import Field

CELLS = 40
"""A side of the cube, at whose centres a field is asked."""
FARTHEST = CLIP / 2
"""An sdf's surface is moved no farther: distances are clipped, and beyond there would be no slope left."""
SURE = 1e-6
"""Of a probability: how near to 0 and 1 it may come."""


def filled(field: Field, name: str) -> float:
    """The share of the unit ball that is inside of an sdf or occ."""
    return float((_depths(field, name) > 0).mean())


def filling(field: Field, name: str, share: float) -> Field:
    """The sdf or occ of which so much of the unit ball is inside: the given one, with its surface at another level.

    An sdf's is moved by `FARTHEST` at most, so that it may fill less, or more.
    """
    level = float(np.quantile(_depths(field, name), 1 - share))
    if name == "occ":
        return lambda points: np.asarray(field(points) - np.float32(level))
    level = float(np.clip(level, -FARTHEST, FARTHEST))

    def evaluate(points: FloatArray) -> FloatArray:
        p = 0.5 - (distance(name, field(points)) + level) / (2 * CLIP)
        p = np.clip(p, SURE, 1 - SURE)
        return np.asarray(np.log(p / (1 - p)), np.float32)

    return evaluate


def _depths(field: Field, name: str) -> FloatArray:
    """(n,) how deep inside points of the unit ball are: distances of an sdf, raw outputs of an occ."""
    raw = field(_ball())
    return np.asarray(raw if name == "occ" else -distance(name, raw))


@cache
def _ball() -> FloatArray:
    """(n, 3) the centres of the cells that lie in the unit ball."""
    axis = (np.arange(CELLS) + 0.5) * (2 / CELLS) - 1
    points = np.stack(np.meshgrid(axis, axis, axis, indexing="ij"), axis=-1).reshape(-1, 3)
    return np.asarray(points[np.linalg.norm(points, axis=1) <= 1], np.float32)
