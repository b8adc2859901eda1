"""What a fit leaves beside its surface: specks around it and bubbles inside it.

A speck is a small part that the field hardly believes in: nowhere inside is it deeper than what a good fit is off. A
small part that is deeper stays. A cavity as small has no such test, for nobody sees it.
"""

from __future__ import annotations

import igl
import numpy as np

from inrstore.records import FloatArray

from .points import Faces, Vertices, without_strays

SMALL = 1e-3
"""Share of the whole area below which a part can be a speck; areas are those of the level set, a little outside."""
SHALLOW = 1e-3
"""Depth, in normalised units, that a real part has: the error of a fit of fidelity."""
DUST = 1e-4
"""Share of the area of parts that are dropped from a sheet, which has no depth."""


def without_specks(vertices: Vertices, faces: Faces, depth: FloatArray) -> tuple[Vertices, Faces]:
    """The closed mesh without specks and bubbles; depth (v,) is the field's own a step inside of each vertex."""
    part, share = _parts(vertices, faces)
    a, b, c = (vertices[faces[:, corner]] for corner in range(3))
    volume = np.bincount(part, np.einsum("ij,ij->i", a, np.cross(b, c)))
    deepest = np.zeros(len(share))
    np.maximum.at(deepest, part, depth[faces].max(axis=1))
    keep = (share >= SMALL) | ((volume > 0) & (deepest >= SHALLOW))
    return (vertices, faces) if keep.all() else without_strays(vertices, faces[keep[part]])


def without_dust(vertices: Vertices, faces: Faces) -> tuple[Vertices, Faces]:
    """The sheet without parts that are next to nothing."""
    part, share = _parts(vertices, faces)
    return without_strays(vertices, faces[share[part] >= DUST])


def _parts(vertices: Vertices, faces: Faces) -> tuple[np.ndarray, np.ndarray]:
    """Which part each face (f,) is of, and the parts' shares (p,) of the area."""
    part = np.asarray(igl.facet_components(faces)[1])
    area = np.bincount(part, igl.doublearea(vertices, faces))
    return part, area / max(area.sum(), 1e-30)
