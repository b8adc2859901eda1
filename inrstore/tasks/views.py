"""Parts of surfaces, as scans have them: what a plane leaves, and what a depth camera sees; in the frame of the whole.

Nothing is normalised again: a part lies where it lay in the whole, so that its frame tells nothing of what is missing.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from inrstore.records import FloatArray

KINDS = ("crop", "camera")
KEPT = (0.4, 0.8)
"""Of the points, the share that a plane leaves: uniform between these."""
ELEVATION = (-15.0, 45.0)
"""Degrees that a camera is above the horizon; it looks at the middle from any side, from far away."""
PIXELS = 32
"""Of the depth camera, a side of [-1, 1]²."""
BEHIND = 0.1
"""So much further away than the nearest point of a pixel a point is seen, too: a slope is deep."""


def part_of(points: FloatArray, kind: str, generator: np.random.Generator) -> FloatArray:
    """The points (m, 3) of a surface (n, 3) that a view of a kind of `KINDS` leaves, drawn by the generator."""
    return (cropped if kind == "crop" else seen)(points, generator)


def cropped(points: FloatArray, generator: np.random.Generator) -> FloatArray:
    """Those on one side of a plane of random direction, a share within `KEPT`."""
    direction = generator.standard_normal(3)
    along = points @ (direction / np.linalg.norm(direction)).astype(points.dtype)
    return np.ascontiguousarray(points[along <= np.quantile(along, generator.uniform(*KEPT))])


def seen(points: FloatArray, generator: np.random.Generator) -> FloatArray:
    """Those that an orthographic depth camera sees from a random side: the nearest of each pixel, or just behind.

    Surfaces at a grazing angle, which are deep within a pixel, are seen in part, as by real cameras.
    """
    camera = _camera(generator)
    right, up, depth = (points @ camera.T.astype(points.dtype)).T
    column, row = (np.clip(((side + 1) / 2 * PIXELS).astype(int), 0, PIXELS - 1) for side in (right, up))
    nearest = np.full(PIXELS * PIXELS, np.inf)
    pixel = row * PIXELS + column
    np.minimum.at(nearest, pixel, depth)
    return np.ascontiguousarray(points[depth <= nearest[pixel] + BEHIND])


def _camera(generator: np.random.Generator) -> NDArray[np.float64]:
    """(3, 3) rows: right, up, and the way that the camera looks; Y is up."""
    around, above = generator.uniform(0, 2 * np.pi), np.deg2rad(generator.uniform(*ELEVATION))
    look = -np.array([np.cos(around) * np.cos(above), np.sin(above), np.sin(around) * np.cos(above)])
    right = np.cross(look, [0.0, 1.0, 0.0])
    right /= np.linalg.norm(right)
    return np.stack([right, np.cross(right, look), look])
