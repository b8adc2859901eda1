"""Cleaning, and the frame in which all shapes are compared: inside the unit ball, Y up.

`source = (x * scale) @ rotation + center` leads back. All thresholds are relative to the shape's own size and
everything is float64, so a part of a micrometre and a city in metres fare alike.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from inrstore.errors import BadInput
from inrstore.network.portable import move
from inrstore.records import Frame

from ..files.geometry import Cloud, Geometry, Mesh, Network, Points, Triangles, Voxels, kind_of
from .align import alignment

MERGE = 1e-6
"""Vertices that fall into one cell of this width are one; in units of the radius."""
MIN_AREA = 1e-13
"""Triangles with less area than this are lines or points; in units of the radius squared."""
MIN_POINTS = 4
UPS = ("y", "z")
_Z_UP = np.array(((1.0, 0, 0), (0, 0, 1), (0, -1, 0)))  # rows: where a Y-up frame's axes lie in the source


@dataclass(frozen=True)
class Normalised:
    """A geometry in the unit ball, the way back, and what was found while cleaning."""

    geometry: Geometry
    frame: Frame
    quality: dict[str, float]

    @property
    def kind(self) -> str:
        return kind_of(self.geometry)


def normalise(geometry: Geometry, up: str = "y", align: str = "none") -> Normalised:
    """Clean a geometry and move it into the unit ball around the middle of its bounding box.

    A mesh loses vertices that no face uses, copies of vertices, triangles without area and copies of
    triangles (also such as look the other way); a cloud loses copies of points and points that are not
    finite, which scanners write for "nothing seen". `up` says which axis of the source points upward, `align`
    which canonical pose it is to get after that (`sampling.align`), and `quality` has `aligned_<align>` then.

    Raises
    ------
    BadInput
        If nothing usable is left, or a face uses a vertex that is not finite or does not exist, or what cannot be
        aligned is to be.
    """
    if up not in UPS:
        raise BadInput(f"up is {up!r}; give one of {', '.join(UPS)}")
    if isinstance(geometry, Network):
        return _normalise_network(geometry, up, align)
    if isinstance(geometry, Mesh):
        cleaned, quality = _clean_mesh(geometry)
        points, faces = cleaned.vertices, cleaned.faces
    elif isinstance(geometry, Cloud):
        points, quality = _clean_cloud(geometry.points)
        faces = None
    else:
        if align != "none":
            raise BadInput("voxels cannot be turned without losing cells; leave out align, or give it as a mesh")
        return _normalise_voxels(geometry, up)
    turn = _turn(up)
    if align != "none":
        turn = alignment(align, _framed(points, turn)[0], faces) @ turn
        quality[f"aligned_{align}"] = 1.0
    moved, frame = _framed(points, turn)
    return Normalised(Cloud(moved) if faces is None else Mesh(moved, faces), frame, quality)


def _turn(up: str) -> Points:
    return _Z_UP if up == "z" else np.eye(3)


def _framed(points: Points, turn: Points) -> tuple[Points, Frame]:
    """Points (n, 3) of a source turned, in the frame of their bounding box then, and the way back."""
    if np.array_equal(np.abs(turn).max(axis=0), np.ones(3)):  # 90° turns keep the box
        center, scale = _frame(points)
        return _into(points, center, scale, turn), _way_back(center, scale, turn)
    center, scale = _frame(points @ turn.T)
    return (points @ turn.T - center) / scale, _way_back(center @ turn, scale, turn)


def _way_back(center: Points, scale: float, turn: Points) -> Frame:
    numbers = (float(center[0]), float(center[1]), float(center[2]))
    straight = np.array_equal(turn, np.eye(3))
    return Frame(numbers, scale, None if straight else tuple(float(x) for x in turn.ravel()))


def _normalise_network(network: Network, up: str, align: str) -> Normalised:
    """A foreign network in the common frame: its first layer takes the move, so it stays exact."""
    if up != "y" or align != "none":
        raise BadInput("networks are imported as they lie; up and align are not for them")
    inr = network.inr
    center, scale = (np.zeros(3), 1.0) if network.framed else _frame(network.vertices)
    turned = np.eye(3) if inr.rotation is None else np.array(inr.rotation).reshape(3, 3)
    middle = (center * inr.scale) @ turned + np.array(inr.center)
    frame = Frame((float(middle[0]), float(middle[1]), float(middle[2])), scale * inr.scale, inr.rotation)
    vertices = (network.vertices - center) / scale
    moved = replace(network, inr=move(inr, center, scale), vertices=vertices, unit=scale)
    return Normalised(moved, frame, {})


def _frame(points: Points) -> tuple[Points, float]:
    """The middle of the bounding box, and the greatest distance from it."""
    low, high = points.min(axis=0), points.max(axis=0)
    center = low / 2 + high / 2
    extent = float((high / 2 - low / 2).max())
    if extent <= np.abs(center).max() * 1e-13 or not np.isfinite(extent * 4):
        raise BadInput("all its vertices lie in one point, or too far apart to be told in numbers")
    return center, float(np.linalg.norm((points - center) / extent, axis=1).max()) * extent


def _into(points: Points, center: Points, scale: float, rotation: Points) -> Points:
    return np.asarray((points - center) / scale @ rotation.T)


def _clean_mesh(mesh: Mesh) -> tuple[Mesh, dict[str, float]]:
    vertices, faces = mesh.vertices, mesh.faces
    if len(faces) == 0:
        raise BadInput("the mesh has no faces")
    if faces.min() < 0 or faces.max() >= len(vertices):
        raise BadInput("a face names a vertex that does not exist; is the file cut short?")
    used, inverse = np.unique(faces, return_inverse=True)
    vertices, faces = vertices[used], inverse.reshape(-1, 3)
    bad = int(np.sum(~np.isfinite(vertices).all(axis=1)))
    if bad:
        raise BadInput(f"{bad:,} of {len(vertices):,} vertices are not finite (NaN or inf); repair the mesh")
    center, scale = _frame(vertices)
    merged = merge((vertices - center) / scale)
    faces = merged[faces]
    usable = _areas((vertices - center) / scale, faces) > MIN_AREA
    kept = faces[usable]
    if len(kept) == 0:
        raise BadInput(f"none of its {len(faces):,} triangles has an area")
    distinct = kept[_first_of_each(np.sort(kept, axis=1))]
    used, inverse = np.unique(distinct, return_inverse=True)
    quality = {
        "vertices": float(len(used)),
        "faces": float(len(distinct)),
        "degenerate_faces": float(len(faces) - len(kept)),
        "duplicate_faces": float(len(kept) - len(distinct)),
    }
    return Mesh(vertices[used], inverse.reshape(-1, 3).astype(np.int64)), quality


def _clean_cloud(points: Points) -> tuple[Points, dict[str, float]]:
    finite = points[np.isfinite(points).all(axis=1)]
    if len(finite) == 0:
        raise BadInput("it has no points with finite coordinates")
    center, scale = _frame(finite)
    distinct = finite[np.unique(merge((finite - center) / scale))]
    if len(distinct) < MIN_POINTS:
        raise BadInput(f"{len(distinct)} distinct points; a cloud needs at least {MIN_POINTS}")
    return distinct, {"points": float(len(distinct)), "dropped_points": float(len(points) - len(finite))}


def _normalise_voxels(voxels: Voxels, up: str) -> Normalised:
    """The occupied part of the grid, whose outermost corner touches the unit sphere."""
    occupied = np.argwhere(voxels.grid)
    if len(occupied) == 0:
        raise BadInput("no cell of the grid is occupied")
    low, high = occupied.min(axis=0), occupied.max(axis=0)
    grid = voxels.grid[tuple(slice(a, b + 1) for a, b in zip(low, high, strict=True))]
    middle = (low + high) / 2
    scale = float(np.linalg.norm(np.abs(occupied - middle) + 0.5, axis=1).max()) * voxels.pitch
    center = voxels.origin + middle * voxels.pitch
    if up == "z":  # (x, y, z) with Z up becomes (x, z, -y)
        grid = grid.transpose(0, 2, 1)[:, :, ::-1]
    pitch = voxels.pitch / scale
    origin = -(np.array(grid.shape, np.float64) - 1) / 2 * pitch
    moved = Voxels(np.ascontiguousarray(grid), origin, pitch)
    return Normalised(moved, _way_back(center, scale, _turn(up)), {"cells": float(len(occupied))})


def into(points: Points, frame: Frame) -> Points:
    """Points (n, 3) of the source in the frame of its shape."""
    turn = np.eye(3) if frame.rotation is None else np.array(frame.rotation).reshape(3, 3)
    return _into(points, np.array(frame.center), frame.scale, turn)


def merge(vertices: Points) -> NDArray[np.int64]:
    """For every vertex (v, 3) in [-1, 1]³ the index of the first one in the same cell of width `MERGE`."""
    cells = np.round(vertices / MERGE).astype(np.int64) + 2**20  # 21 bits each
    _, first, inverse = np.unique(
        (cells[:, 0] << 42) | (cells[:, 1] << 21) | cells[:, 2], return_index=True, return_inverse=True
    )
    return np.asarray(first[inverse.ravel()], np.int64)


def _areas(vertices: Points, faces: Triangles) -> Points:
    a, b, c = (vertices[faces[:, i]] for i in range(3))
    return np.asarray(np.linalg.norm(np.cross(b - a, c - a), axis=1) / 2)


def _first_of_each(rows: Triangles) -> NDArray[np.int64]:
    """Indices, ascending, of the first of each set of equal rows (n, 3)."""
    order = np.lexsort(rows.T)
    new = np.ones(len(rows), bool)
    new[1:] = (rows[order[1:]] != rows[order[:-1]]).any(axis=1)
    return np.sort(order[new])
