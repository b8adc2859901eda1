"""What was guessed, and what was seen of it: nothing that was seen is missing, and it lies where it was seen."""

from __future__ import annotations

import igl
import numpy as np
from numpy.typing import NDArray

from inrstore.network.fields import CLIP, distance, label_of, raw_of
from inrstore.records import FloatArray

from .extraction import Field, direction
from .points import Faces, Vertices

REACH = 0.07
"""Vertices farther from what was seen than this stay, in units of the normalised radius: well below where a udf is
clipped, and its slope says nothing any more."""
STEPS, SHARE = 8, 0.8
"""Moves, each by so much of what is left."""
SMOOTHINGS = 2
"""Of each move over the neighbours, so that the mesh does not fold where one vertex is pulled and the next is not."""
THICK = 0.02
"""How far around what was seen there is something."""


def covering(guessed: Field, seen: Field) -> Field:
    """A field, sdf or occ, that is inside where it is guessed to be, or no farther than `THICK` from what a udf saw."""

    def evaluate(points: FloatArray) -> FloatArray:
        shell = 0.5 + (THICK - distance("udf", seen(points))) / (2 * CLIP)
        return raw_of(np.maximum(label_of(guessed(points)), shell))

    return evaluate


def snapped(
    vertices: Vertices, faces: Faces, seen: Field, away: float | NDArray[np.floating] = 0.0, reach: float = REACH
) -> Vertices:
    """Vertices (v, 3) of a mesh moved along their normals to where the distance of a udf, `seen`, is zero.

    away : a distance to be reached instead, for all or (v,)

    Along its slope alone they would gather where it is least; along normals they stay as far apart as they were. Where
    nothing is within `reach` the mesh stays as it is. Faces, and so whether the mesh is closed, do not change.
    """
    found = vertices.astype(np.float64)
    around = igl.adjacency_matrix(faces).astype(np.float64)
    degree = np.maximum(np.asarray(around.sum(axis=1)).ravel(), 1)
    for _ in range(STEPS):
        move = _towards(found, faces, seen, away, reach)
        for _ in range(SMOOTHINGS):
            move = (move + (around @ move) / degree[:, None]) / 2
        found += SHARE * move
    return found


def _towards(
    vertices: Vertices, faces: Faces, seen: Field, away: float | NDArray[np.floating], reach: float
) -> NDArray[np.float64]:
    """(v, 3) the way of each vertex to what is seen, as far as it is along the normal."""
    points = vertices.astype(np.float32)
    far = distance("udf", seen(points)).astype(np.float64)
    near = far < reach
    missed = (far - away)[near]
    normals = np.asarray(igl.per_vertex_normals(vertices, faces))[near]
    slope = direction(seen, points[near]).astype(np.float64)
    move = np.zeros_like(vertices)
    move[near] = -(missed * np.einsum("ij,ij->i", slope, normals))[:, None] * normals
    return move
