"""Pictures of meshes and clouds by rays, without a display.

A picture shows the shape from the front, right and above (Y is up), with one key light, sky light, ambient
occlusion and a soft shadow on the ground. Shading is two-sided, so flipped faces do not look black.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from trimesh.creation import icosahedron

from inrstore.arrays import as_integers, as_numbers
from inrstore.errors import BadArray, BadInput

from .drawing import Image, Paint, draw

Array = NDArray[np.float32]
Color = tuple[float, float, float]

VIEW = (35.0, 22.0)
"""Azimuth from the front (+Z) to the right, and elevation, in degrees."""
COLOR = (0.39, 0.57, 0.77)
MAX_POINTS, FEW_POINTS = 8192, 1500


def render_mesh(
    vertices: NDArray[np.floating],
    faces: NDArray[np.integer],
    size: int = 256,
    view: tuple[float, float] = VIEW,
    color: Color | Paint = COLOR,
    fit: NDArray[np.floating] | None = None,
) -> Image:
    """(size, size, 3) picture of a mesh, vertices (v, 3) and faces (f, 3), scaled to fill it.

    `color` is one for all, or a `Paint`, which is asked for the colour of each place that is seen. With `fit` points
    (n, 3) fill it instead of the vertices: the same points give pictures of the same scale. Errors: BadInput.
    """
    if not 16 <= size <= 4096:
        raise BadInput(f"size: {size} pixels is not between 16 and 4096")
    vertices = as_numbers(vertices, (None, 3), "vertices").astype(np.float64, copy=False)
    faces = as_integers(faces, (None, 3), "faces")
    if not len(faces):
        raise BadInput("a mesh without faces has no picture")
    if faces.min() < 0 or faces.max() >= len(vertices) or not np.isfinite(vertices).all():
        raise BadArray(f"faces: {faces.min()} to {faces.max()}, expected are rows of {len(vertices)} finite vertices")
    axes = camera(view)
    paint = color if callable(color) else _plain(color)
    whole = vertices if fit is None else as_numbers(fit, (None, 3), "fit").astype(np.float64, copy=False)
    corners = _framed(vertices @ axes.T, whole @ axes.T)
    picture = draw(corners, faces, axes[:, 1].astype(np.float32), size, paint)
    return np.asarray(np.clip(picture, 0, 1) * 255 + 0.5, dtype=np.uint8)


def render_points(
    points: NDArray[np.floating],
    size: int = 256,
    view: tuple[float, float] = VIEW,
    color: Color | NDArray[np.floating] = COLOR,
    most: int = MAX_POINTS,
    fit: NDArray[np.floating] | None = None,
) -> Image:
    """(size, size, 3) picture of a cloud (n, 3) as small balls; a random choice of `most` if there are more.

    `color` is one for all, or (n, 3) of each; `fit` as of `render_mesh`.
    """
    points = as_numbers(points, (None, 3), "points").astype(np.float64, copy=False)
    if not len(points):
        raise BadInput("a cloud without points has no picture")
    colors = np.broadcast_to(np.asarray(color, np.float32), points.shape)
    if len(points) > most:
        chosen = np.random.default_rng(0).permutation(len(points))[:most]
        points, colors = points[chosen], colors[chosen]
    extent = np.linalg.norm(np.ptp(points, axis=0)) / 2 or 1.0
    ball, triangles = _ball(fine=len(points) <= FEW_POINTS)
    radius = extent * np.clip(0.7 / np.sqrt(len(points)), 0.006, 0.05)
    vertices = (points[:, None] + radius * ball).reshape(-1, 3)
    faces = (np.arange(len(points))[:, None, None] * len(ball) + triangles).reshape(-1, 3)
    return render_mesh(vertices, faces, size, view, lambda seen, shares: colors[seen // len(triangles)], fit)


def camera(view: tuple[float, float]) -> NDArray[np.float64]:
    """Rows are the camera's right, up and backward directions."""
    azimuth, elevation = np.radians(view)
    back = np.array([np.sin(azimuth) * np.cos(elevation), np.sin(elevation), np.cos(azimuth) * np.cos(elevation)])
    right = np.array([np.cos(azimuth), 0.0, -np.sin(azimuth)])
    return np.stack([right, np.cross(back, right), back])


def _framed(corners: NDArray[np.float64], whole: NDArray[np.float64]) -> Array:
    """Camera coordinates moved and scaled so that the whole fills most of the screen [-1, 1]²."""
    low, high = whole.min(axis=0), whole.max(axis=0)
    middle = (low + high) / 2
    half = max(float((high - low)[:2].max()) / 2, 1e-12)
    return np.asarray((corners - middle) * (0.84 / half) + [0, 0.02, 0], dtype=np.float32)


def _ball(fine: bool) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """A solid with smooth shading; where balls are small, an octahedron looks round, too, and is drawn in a third."""
    if fine:
        solid = icosahedron()
        return np.asarray(solid.vertices), np.asarray(solid.faces)
    x, y, z = ((axis, axis + 3) for axis in range(3))
    return np.concatenate([np.eye(3), -np.eye(3)]), np.array([(a, b, c) for a in x for b in y for c in z])


def _plain(color: Color) -> Paint:
    one = np.array(color, np.float32)
    return lambda faces, shares: np.broadcast_to(one, (len(faces), 3))
