"""Pictures of what files hold, each in the frame of its shape.

Meshes have their own colours, clouds are drawn as balls, voxels as boxes, networks by their decoded surface.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from inrstore.pictures.drawing import Image
from inrstore.pictures.render import render_mesh, render_points
from inrstore.pictures.webp import to_webp

from .files.appearance import Appearance
from .files.geometry import Cloud, Geometry, Mesh, Points, Triangles, Voxels
from .sampling.normalise import Normalised, into, merge

POINTS = 3000
"""Of a cloud: as many as a small picture can show."""
CELLS = 64
"""A side of a grid; a finer one is drawn at half, a third, … of its cells."""


def thumbnail(loaded: Geometry, normal: Normalised) -> bytes | None:
    """`draw` as WebP, small enough to be stored; None for what cannot be drawn, which is no reason to lose a shape."""
    try:
        return to_webp(draw(loaded, normal))
    except Exception:  # libraries that meet a geometry they were not written for
        return None


def draw(loaded: Geometry, normal: Normalised) -> Image:
    """(256, 256, 3) picture of what was read from a file, and how it lies in the frame of its shape.

    Errors: BadInput.
    """
    geometry = normal.geometry
    if isinstance(loaded, Mesh) and loaded.appearance is not None:
        return _draw_colored(loaded, loaded.appearance, normal)
    if isinstance(geometry, Voxels):
        return render_mesh(*boxes(geometry))
    if isinstance(geometry, Cloud):
        return render_points(geometry.points, most=POINTS)
    return render_mesh(geometry.vertices, geometry.faces)


def _draw_colored(mesh: Mesh, appearance: Appearance, normal: Normalised) -> Image:
    """As it was loaded, because cleaning loses what is whose colour; only places of vertices are made one."""
    used, corners = np.unique(mesh.faces, return_inverse=True)
    vertices = into(mesh.vertices[used], normal.frame)
    faces = merge(vertices)[corners.reshape(-1, 3)]
    return render_mesh(vertices, faces, color=appearance.paint(mesh.faces))


def boxes(voxels: Voxels) -> tuple[Points, Triangles]:
    """(v, 3) and (f, 3): the sides of occupied cells that no other cell covers."""
    coarser = -(-max(voxels.grid.shape) // CELLS)
    grid = np.pad(_coarse(voxels.grid, coarser), 1)
    found: list[tuple[Points, Triangles]] = []
    for axis in range(3):
        for side in (0, 1):
            beyond = np.roll(grid, 1 - 2 * side, axis)
            cells = np.argwhere(grid & ~beyond) - 1
            found.append(_sides(cells, axis, side))
    counts = np.cumsum([0] + [len(vertices) for vertices, _ in found])
    vertices = np.concatenate([vertices for vertices, _ in found]) * (voxels.pitch * coarser)
    faces = np.concatenate([faces + start for start, (_, faces) in zip(counts, found, strict=False)])
    return vertices + voxels.origin - voxels.pitch / 2, faces


def _sides(cells: NDArray[np.int64], axis: int, side: int) -> tuple[Points, Triangles]:
    """A square of two triangles on the same side of each cell (n, 3), whose lower corner is its number."""
    square = np.zeros((4, 3))
    square[:, [i for i in range(3) if i != axis]] = [(0, 0), (1, 0), (1, 1), (0, 1)]
    square[:, axis] = side
    vertices = (cells[:, None] + square).reshape(-1, 3)
    faces = np.arange(len(cells))[:, None, None] * 4 + np.array([(0, 1, 2), (0, 2, 3)])
    return vertices, faces.reshape(-1, 3)


def _coarse(grid: NDArray[np.bool_], by: int) -> NDArray[np.bool_]:
    """A cell is occupied if one of `by`³ is."""
    padded = np.pad(grid, [(0, -n % by) for n in grid.shape])
    a, b, c = (n // by for n in padded.shape)
    return np.asarray(padded.reshape(a, by, b, by, c, by).any(axis=(1, 3, 5)))
