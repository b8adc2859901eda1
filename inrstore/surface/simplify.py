"""Fewer faces: quadric edge collapse (Garland and Heckbert 1997), by the package fast-simplification."""

from __future__ import annotations

import fast_simplification
import numpy as np

from inrstore.errors import BadInput

from .points import Faces, Vertices, without_strays

FEWEST = 4
"""Faces of a tetrahedron."""
AGGRESSIONS = (5, 3, 1)
"""How eagerly edges are collapsed: the lower, the better the mesh, and the sooner it stops short of the number."""


def simplify(vertices: Vertices, faces: Faces, count: int) -> tuple[Vertices, Faces]:
    """The mesh with at most `count` faces where it can be had; one that has no more comes back as it is.

    A watertight mesh stays watertight: if a collapse tears it, a gentler one is tried, and where all of them tear it
    the mesh keeps the faces that it had. So the result may have more than `count`; whoever states a number counts them.

    Raises
    ------
    BadInput
        If `count` is less than the four faces of a tetrahedron.
    """
    if count < FEWEST:
        raise BadInput(f"faces: {count} asked for, and no closed mesh has fewer than {FEWEST}")
    if len(faces) <= count:
        return vertices, faces
    closed = watertight(faces)
    middle, size = vertices.mean(axis=0), float(np.ptp(vertices)) or 1.0
    for aggression in AGGRESSIONS:
        points, kept = fast_simplification.simplify(
            np.ascontiguousarray((vertices - middle) / size), faces, target_count=count, agg=aggression
        )
        if len(kept) and (watertight(kept) or not closed):
            points, kept = without_strays(np.asarray(points, np.float64), np.asarray(kept, np.int64))
            return points * size + middle, kept
    return vertices, faces


def watertight(faces: Faces) -> bool:
    """Whether every edge of (f, 3) has two faces, that run along it in opposite directions; none has more."""
    start, end = faces[:, [0, 1, 2]].ravel(), faces[:, [1, 2, 0]].ravel()
    width = int(faces.max(initial=0)) + 1
    along, back = np.sort(start * width + end), np.sort(end * width + start)
    return bool(len(faces) and (start != end).all() and (np.diff(along) > 0).all() and (along == back).all())
