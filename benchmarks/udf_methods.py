"""Published ways to mesh an unsigned distance that `inrstore.surface` does not use: what udf_meshing.py compares with.

Both ask the gradients at lattice points, by central differences, on which side of the surface each lies. Two corners of
a cell are apart if their gradients look away from each other, and the more so if the change of the distance between
them is that of a signed one. The best of a cell's 128 labellings is found by trying all, which takes the place of
MeshUDF's propagation from cell to cell.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from skimage.measure import marching_cubes

from inrstore.network.fields import CLIP, distance
from inrstore.surface.extraction import Field, level_set, pull, shell_level, signal_of
from inrstore.surface.grid import CORNERS, EXTENT, Lattice, keep_by_distance

PAIRS = np.array([(a, b) for a in range(8) for b in range(a + 1, 8)])
SPAN = CORNERS[PAIRS[:, 1]] - CORNERS[PAIRS[:, 0]]
EDGES = np.flatnonzero(np.abs(SPAN).sum(axis=1) == 1)
"""Of the pairs, those that are edges of the cell."""
AXIS = np.argmax(SPAN[EDGES], axis=1)
LABELS = np.array([[1] + [1 - 2 * (n >> i & 1) for i in range(7)] for n in range(128)])
ALIKE = (LABELS[:, PAIRS[:, 0]] * LABELS[:, PAIRS[:, 1]]).astype(np.float32)
BIAS = 0.003
"""What a fitted network says on the surface itself, by the median."""
WIDTH = 4e-3
SHIFT = np.array([0.31, 0.27, 0.23], np.float32)
"""Of the lattice, in steps, so that no plane of an example lies on its points, where there is no gradient."""
Mesh = tuple[np.ndarray, np.ndarray]


@dataclass
class Corners:
    """Distances and gradients at the corners of cells (k, 3)."""

    flat: np.ndarray
    places: np.ndarray
    distance: np.ndarray
    gradient: np.ndarray
    of: np.ndarray
    """(k, 8) rows of the above."""


def two_sides(field: Field, resolution: int) -> Mesh:
    """The shell around the surface, both of its sides pulled onto it: what inrstore did before."""
    vertices, faces = level_set(field, "udf", resolution, shell_level(resolution))
    return pull(field, vertices.astype(np.float32), steps=3).astype(np.float64), faces


def mesh_udf(field: Field, resolution: int, bias: float = BIAS) -> Mesh:
    """MeshUDF (Guillard, Stella, Fua 2022): marching cubes in each cell, with the signs that its gradients give it."""
    step = 2 * EXTENT / resolution
    cells, corners = shifted(field, resolution)
    labels = cell_labels(apartness(corners, step, bias))
    on = (labels != labels[:, :1]).any(axis=1)
    cells, labels = cells[on], labels[on]
    volume = (np.maximum(corners.distance[corners.of[on]], 1e-6) * labels).reshape(-1, 2, 2)  # cells on one long row
    mask = np.zeros(volume.shape, bool)
    mask[1::2, 1, 1] = True
    vertices, faces, _, _ = marching_cubes(volume, 0.0, mask=mask)
    own = np.minimum((vertices[:, 0] // 2).astype(int), len(cells) - 1)
    vertices[:, 0] -= 2 * own
    vertices = vertices + cells[own]
    _, first, renumbered = np.unique(
        np.round(vertices * 1e4).astype(np.int64), axis=0, return_index=True, return_inverse=True
    )
    faces = renumbered.ravel()[faces]
    faces = faces[(faces != np.roll(faces, 1, axis=1)).all(axis=1)]
    return (vertices[first] + SHIFT) * step - EXTENT, faces


def dual(field: Field, resolution: int, bias: float = BIAS) -> Mesh:
    """Dual contouring on the gradients (DualMesh-UDF, Zhang et al. 2023), edges decided by the cells around them.

    Each cell's vertex minimises the squared distances to the tangent planes that its corners see.
    """
    step, side = 2 * EXTENT / resolution, resolution + 1
    _, corners = shifted(field, resolution)
    crossed = voted_edges(corners, apartness(corners, step, bias))
    axis, start = crossed % 3, np.stack(np.unravel_index(crossed // 3, (side,) * 3), axis=1)
    u, v = np.eye(3, dtype=np.int64)[(axis + 1) % 3], np.eye(3, dtype=np.int64)[(axis + 2) % 3]
    around = np.stack([start, start - u, start - u - v, start - v], axis=1)
    around = around[((around >= 0) & (around < resolution)).all(axis=(1, 2))]
    found, quads = np.unique(flat_of(around, side), return_inverse=True)
    quads = quads.reshape(-1, 4)
    cells = np.stack(np.unravel_index(found, (side,) * 3), axis=1)
    vertices = planes_meet(cells, look(moved(field, step), cells, resolution), step) + SHIFT * step
    short = np.linalg.norm(vertices[quads[:, 0]] - vertices[quads[:, 2]], axis=1) <= np.linalg.norm(
        vertices[quads[:, 1]] - vertices[quads[:, 3]], axis=1
    )
    first = np.where(short[:, None], quads[:, [0, 1, 2]], quads[:, [0, 1, 3]])
    second = np.where(short[:, None], quads[:, [0, 2, 3]], quads[:, [1, 2, 3]])
    return vertices, np.concatenate([first, second])


def planes_meet(cells: np.ndarray, corners: Corners, step: float) -> np.ndarray:
    """(k, 3) one vertex a cell, no further than a step from its middle: so it reaches the rim of a sheet."""
    size = np.linalg.norm(corners.gradient, axis=1, keepdims=True)
    unit = corners.gradient / np.maximum(size, 1e-12)
    foot = (corners.places - corners.distance[:, None] * unit)[corners.of]
    unit, middle = unit[corners.of], (cells + 0.5) * step - EXTENT
    weight = np.exp(-(((foot - middle[:, None]) / step) ** 2).sum(axis=-1)) * np.minimum(size[corners.of, 0], 1) + 1e-6
    weight /= weight.sum(axis=1, keepdims=True)
    matrix = np.einsum("kn,kni,knj->kij", weight, unit, unit) + 0.05 * np.eye(3)
    vertices = np.einsum("kn,kni->ki", weight, foot)
    for _ in range(3):
        off = np.einsum("kn,kni->ki", weight * (unit * (foot - vertices[:, None])).sum(axis=-1), unit)
        vertices = vertices + np.linalg.solve(matrix, off[..., None])[..., 0]
    return middle + np.clip(vertices - middle, -step, step)


def moved(field: Field, step: float) -> Field:
    offset = (SHIFT * step).astype(np.float32)
    return lambda points: field(points + offset)


def shifted(field: Field, resolution: int) -> tuple[np.ndarray, Corners]:
    """The cells (k, 3) near the surface, on a lattice that is moved by `SHIFT`, and what is known at their corners."""
    field = moved(field, 2 * EXTENT / resolution)
    slack = 0.01
    signal = signal_of(field, "udf", slack)
    lattice = Lattice(lambda points: np.minimum(signal(points), 0), resolution)
    cells = near_cells(lattice, CLIP - slack)
    cells = cells[-lattice.corner_values(cells, 1).max(axis=1) <= 0.87 * lattice.step]
    return cells, look(field, cells, resolution)


def near_cells(lattice: Lattice, reach: float) -> np.ndarray:
    coarse = 1
    while 1.2 * np.sqrt(3) * coarse * lattice.step < 0.95 * reach:
        coarse *= 2
    return lattice.refine(keep_by_distance, coarse)


def look(field: Field, cells: np.ndarray, resolution: int) -> Corners:
    side = resolution + 1
    flat, of = np.unique(flat_of(cells[:, None] + CORNERS, side), return_inverse=True)
    places = np.stack(np.unravel_index(flat, (side,) * 3), axis=1) * (2 * EXTENT / resolution) - EXTENT
    places = places.astype(np.float32)
    gradient = np.empty_like(places)
    for axis, offset in enumerate(WIDTH * np.eye(3, dtype=np.float32)):
        ahead, behind = (distance("udf", field(places + sign * offset)) for sign in (1, -1))
        gradient[:, axis] = (ahead - behind) / (2 * WIDTH)
    gradient /= np.maximum(np.linalg.norm(gradient, axis=1, keepdims=True), 1)
    return Corners(flat, places, distance("udf", field(places)), gradient, of.reshape(-1, 8))


def apartness(corners: Corners, step: float, bias: float) -> np.ndarray:
    """(k, 28) for each pair of a cell's corners: positive on the same side of the surface, negative on two."""
    a, b = corners.of[:, PAIRS[:, 0]], corners.of[:, PAIRS[:, 1]]
    span = SPAN.astype(np.float32) * step
    there, here = ((corners.gradient[row] * span).sum(axis=-1) / 2 for row in (b, a))
    d = np.maximum(corners.distance - bias, 0)
    same, apart = np.abs(d[b] - d[a] - here - there), np.abs(d[a] + d[b] - there + here)
    dot = (corners.gradient[a] * corners.gradient[b]).sum(axis=-1)
    return dot + (apart - same) / np.linalg.norm(span, axis=1)


def cell_labels(pairs: np.ndarray) -> np.ndarray:
    """(k, 8) sides, ±1."""
    labels = np.ones((len(pairs), 8), np.int8)
    for some in np.array_split(np.flatnonzero(pairs.min(axis=1) < 0), 20):
        labels[some] = LABELS[np.argmax(pairs[some] @ ALIKE.T, axis=1)]
    return labels


def voted_edges(corners: Corners, pairs: np.ndarray) -> np.ndarray:
    """Lattice edges, 3 · flat start + axis, that most cells around them let the surface cross."""
    a, b = PAIRS[EDGES].T
    labels = cell_labels(pairs)
    edges, where = np.unique((corners.flat[corners.of[:, a]] * 3 + AXIS).ravel(), return_inverse=True)
    votes = np.bincount(where, (labels[:, a] != labels[:, b]).ravel()) - np.bincount(where) / 2
    own = np.zeros(len(edges))
    own[where] = pairs[:, EDGES].ravel()
    return edges[(votes > 0) | ((votes == 0) & (own < 0))]


def flat_of(index: np.ndarray, side: int) -> np.ndarray:
    return (index[..., 0] * side + index[..., 1]) * side + index[..., 2]
