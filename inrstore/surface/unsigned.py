"""One layer of the thin shell around an unsigned surface.

A level set of an unsigned distance runs along both sides of every sheet. DCUDF (Hou et al. 2023, "Robust Zero
Level-Set Extraction from Unsigned Distance Fields Based on Double Covering") shrinks this double cover onto the
surface and cuts it, so that one layer stays. The cut here grows a layer from its outermost face and, with every face
that it takes, gives up those that look the other way across the sheet. What encloses something thicker than the shell
is tight around its outside, so a closed surface stays closed. Methods that look for a change of the gradient's
direction between lattice points are exact on exact fields, but fall to pieces where a network is not sure within a
cell; benchmarks/udf_meshing.py compares.
"""

from __future__ import annotations

import igl
import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_matrix, csr_matrix
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from .points import Faces, Vertices

NEIGHBOURS = 8
"""Faces of the other side that each face knows; its own neighbours know others."""
TOLERANCE = 0.8
"""How far across the sheet the other side may be from where it should be, in units of the level."""
OPPOSITE = -0.3
"""Cosine between normals from which two faces look away from each other."""
FEW = 24
"""Faces of a hole or of a scrap along the cut: about three cells."""


def one_layer(vertices: Vertices, faces: Faces, level: float) -> Faces:
    """Those faces (f, 3) of a level set, `level` away from an unsigned surface, that make one layer of it."""
    doubled = igl.doublearea(vertices, faces)
    faces = faces[doubled > 0]
    a, b, c = (vertices[faces[:, corner]] for corner in range(3))
    normals = np.cross(b - a, c - a)
    normals /= np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-30)
    centres = (a + b + c) / 3
    beside = np.asarray(igl.triangle_triangle_adjacency(faces)[0])
    opposite = _opposite(centres, normals, level)
    rim = np.diff(opposite.indptr) < NEIGHBOURS  # from there a layer would grow along both sides
    taken = _grow(beside, opposite, rim, _outermost_first(vertices, faces, rim))
    return faces[_tidy(taken, beside)]


def _opposite(centres: Vertices, normals: Vertices, level: float) -> csr_matrix:
    """(f, f) which faces are the same place of the sheet, seen from its two sides; symmetric."""
    tree = cKDTree(centres)
    across = centres - 2 * level * normals
    gap, other = tree.query(across, k=min(NEIGHBOURS, len(centres)), distance_upper_bound=TOLERANCE * level)
    row, place = np.nonzero(np.isfinite(gap))
    column = other[row, place]
    away = np.einsum("ij,ij->i", normals[row], normals[column]) < OPPOSITE
    row, column = row[away], column[away]
    pairs = coo_matrix((np.ones(len(row), np.int8), (row, column)), shape=(len(centres),) * 2).tocsr()
    return csr_matrix(pairs + pairs.T)


def _outermost_first(vertices: Vertices, faces: Faces, rim: NDArray[np.bool_]) -> NDArray[np.int64]:
    """(f,) the order in which faces may begin a layer: those of outer walls before those of cavities."""
    part = np.asarray(igl.facet_components(faces)[1])
    a, b, c = (vertices[faces[:, corner]] for corner in range(3))
    outward = np.einsum("ij,ij->i", a, np.cross(b, c))
    volume = np.bincount(part, outward)[part]
    return np.lexsort((-outward, rim, -volume))


def _grow(
    beside: NDArray[np.int64], opposite: csr_matrix, rim: NDArray[np.bool_], order: NDArray[np.int64]
) -> NDArray[np.bool_]:
    """(f,) mask of a layer, grown ring by ring over the neighbours (f, 3), that gives up what is opposite to it.

    It comes around a rim only when a side is complete: where two sides met halfway, the sheet would be torn.
    """
    taken = np.zeros(len(order), bool)
    free = np.ones(len(order), bool)
    for seed in order:
        front, waiting = np.array([seed]), np.zeros(0, np.int64)
        while len(front := front[free[front]]) or len(front := waiting[free[waiting]]):
            taken[front], free[front] = True, False
            free[opposite[front].indices] = False
            ahead = beside[front].ravel()
            ahead = np.unique(ahead[ahead >= 0])
            front, late = ahead[~rim[ahead]], ahead[rim[ahead]]
            waiting = np.concatenate([waiting[free[waiting]], late])
    return taken


def _tidy(taken: NDArray[np.bool_], beside: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Small holes filled with the faces given up there, and small scraps dropped."""
    for mine in (False, True):
        row, side = np.nonzero((beside >= 0) & (taken[:, None] == mine) & (taken[beside] == mine))
        joined = coo_matrix((np.ones(len(row), np.int8), (row, beside[row, side])), shape=(len(taken),) * 2)
        _, patch = connected_components(joined, directed=False)
        small = np.bincount(patch)[patch] < FEW
        changed = taken.copy()
        changed[small & (taken == mine)] = not mine
        if changed.any():
            taken = changed
    return taken
