"""Parts of surfaces, as scans have them: what a plane leaves, and what a depth camera sees; in the frame of the whole.

Nothing is normalised again: a part lies where it lay in the whole, so that its frame tells nothing of what is missing.
"""

from __future__ import annotations

import numpy as np

from inrstore.records import FloatArray
from inrstore.surface.camera import visible

KINDS = ("crop", "camera")
KEPT = (0.4, 0.8)
"""Of the points, the share that a plane leaves: uniform between these."""
ELEVATION = (-15.0, 45.0)
"""Degrees that a camera is above the horizon; it looks at the middle from any side, from far away."""


def part_of(points: FloatArray, kind: str, generator: np.random.Generator) -> FloatArray:
    """The points (m, 3) of a surface (n, 3) that a view of a kind of `KINDS` leaves, drawn by the generator."""
    return (cropped if kind == "crop" else seen)(points, generator)


def cropped(points: FloatArray, generator: np.random.Generator) -> FloatArray:
    """Those on one side of a plane of random direction, a share within `KEPT`."""
    direction = generator.standard_normal(3)
    along = points @ (direction / np.linalg.norm(direction)).astype(points.dtype)
    return np.ascontiguousarray(points[along <= np.quantile(along, generator.uniform(*KEPT))])


def seen(points: FloatArray, generator: np.random.Generator) -> FloatArray:
    """Those of a dense sample that an orthographic depth camera sees from a random side, see `surface.camera`."""
    around, above = generator.uniform(0, 2 * np.pi), np.deg2rad(generator.uniform(*ELEVATION))
    look = -np.array([np.cos(around) * np.cos(above), np.sin(above), np.sin(around) * np.cos(above)])
    return np.ascontiguousarray(points[visible(points.astype(np.float64), look)])
