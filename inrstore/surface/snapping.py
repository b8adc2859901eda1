"""A mesh that was guessed, moved onto what was seen: the surface keeps its shape between, and stays closed."""

from __future__ import annotations

import igl
import numpy as np
from numpy.typing import NDArray

from inrstore.network.fields import distance

from .extraction import Field, direction
from .points import Faces, Vertices

REACH = 0.07
"""Vertices farther from what was seen than this stay, in units of the normalised radius: well below where a udf is
clipped, and its slope says nothing any more."""
STEPS, SHARE = 8, 0.8
"""Moves, each by so much of what is left."""
SMOOTHINGS = 2
"""Of each move over the neighbours, so that the mesh does not fold where one vertex is pulled and the next is not."""


def snapped(vertices: Vertices, faces: Faces, seen: Field, reach: float = REACH) -> Vertices:
    """Vertices (v, 3) of a mesh moved along their normals to where the field of a udf, `seen`, is zero.

    Along its slope alone they would gather where it is least; along normals they stay as far apart as they were. Where
    nothing is within `reach` the mesh stays as it is. Faces, and so whether the mesh is closed, do not change.
    """
    found = vertices.astype(np.float64)
    around = igl.adjacency_matrix(faces).astype(np.float64)
    degree = np.maximum(np.asarray(around.sum(axis=1)).ravel(), 1)
    for _ in range(STEPS):
        move = _towards(found, faces, seen, reach)
        for _ in range(SMOOTHINGS):
            move = (move + (around @ move) / degree[:, None]) / 2
        found += SHARE * move
    return found


def _towards(vertices: Vertices, faces: Faces, seen: Field, reach: float) -> NDArray[np.float64]:
    """(v, 3) the way of each vertex to what is seen, as far as it is along the normal."""
    points = vertices.astype(np.float32)
    away = distance("udf", seen(points)).astype(np.float64)
    near = away < reach
    normals = np.asarray(igl.per_vertex_normals(vertices, faces))[near]
    slope = direction(seen, points[near]).astype(np.float64)
    move = np.zeros_like(vertices)
    move[near] = -(away[near] * np.einsum("ij,ij->i", slope, normals))[:, None] * normals
    return move
