"""Random points of a triangle mesh."""

from __future__ import annotations

import igl
import numpy as np
from numpy.typing import NDArray

from inrstore.errors import BadInput

Vertices = NDArray[np.float64]
Faces = NDArray[np.int64]


def surface_points(vertices: Vertices, faces: Faces, count: int, rng: np.random.Generator) -> Vertices:
    """(count, 3) points, uniform over the area of vertices (v, 3) and faces (f, 3).

    Raises
    ------
    BadInput
        If the mesh has no area.
    """
    return points_and_faces(vertices, faces, count, rng)[0]


def points_and_faces(
    vertices: Vertices, faces: Faces, count: int, rng: np.random.Generator, share: Vertices | None = None
) -> tuple[Vertices, NDArray[np.int64]]:
    """Points (count, 3) and the face of each (count,); `share` (f,) says how often each face is chosen, else its area.

    Errors: as `surface_points`.
    """
    share = np.asarray(igl.doublearea(vertices, faces)) if share is None else share
    total = share.sum()
    if not total > 0:
        raise BadInput("the mesh has no area; give it at least one triangle that is not a line")
    chosen = rng.choice(len(faces), count, p=share / total)
    corners = rng.dirichlet((1.0, 1.0, 1.0), count)  # uniform over a triangle
    return np.einsum("ni,nid->nd", corners, vertices[faces[chosen]]), chosen


def without_strays(vertices: Vertices, faces: Faces) -> tuple[Vertices, Faces]:
    """The same mesh without the vertices that no face of (f, 3) has, in the same order."""
    used, renumbered = np.unique(faces, return_inverse=True)
    return vertices[used], renumbered.reshape(-1, 3).astype(np.int64)
