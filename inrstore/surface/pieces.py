"""Closed surfaces as solids: how large they are, and of how many separate pieces."""

from __future__ import annotations

from dataclasses import dataclass

import igl
import numpy as np
from numpy.typing import NDArray

from .points import Faces, Vertices, without_strays


@dataclass(frozen=True, eq=False)
class Pieces:
    """The connected surfaces of a mesh. `Pieces.of` finds them."""

    part: NDArray[np.int64]
    """(f,) which of them each face is of."""
    volumes: NDArray[np.float64]
    """(p,) what each encloses, in cubed units of the vertices; negative for a cavity, whose faces point into it."""

    @classmethod
    def of(cls, vertices: Vertices, faces: Faces) -> Pieces:
        """Those of vertices (v, 3) and faces (f, 3); surfaces that are not closed enclose nothing of meaning."""
        part = np.asarray(igl.facet_components(faces)[1], np.int64)
        a, b, c = (vertices[faces[:, corner]] for corner in range(3))
        signed = np.einsum("ij,ij->i", a, np.cross(b, c)) / 6  # tetrahedra with the origin
        return cls(part, np.bincount(part, signed).astype(np.float64))

    @property
    def count(self) -> int:
        """Of solids: a cavity belongs to what is around it."""
        return int((self.volumes > 0).sum())

    @property
    def volume(self) -> float:
        """Of all, without the cavities."""
        return float(self.volumes.sum())


def without_small_pieces(vertices: Vertices, faces: Faces, share: float) -> tuple[Vertices, Faces]:
    """The mesh without pieces and cavities that enclose less than `share` of what the largest piece does."""
    pieces = Pieces.of(vertices, faces)
    size = np.abs(pieces.volumes)
    keep = size >= share * size.max()
    return (vertices, faces) if keep.all() else without_strays(vertices, faces[keep[pieces.part]])
