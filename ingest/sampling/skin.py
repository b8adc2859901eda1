"""The skin of a mesh: which faces part inside from outside, and which bound less than a network can hold.

Meshes from the wild have faces that nobody sees, deep inside other parts, and faces with outside on both sides: leaves,
cloth, and panels so thin that no network of our size keeps them. The hidden ones are left out, as they are no border
of anything. The others are given the least thickness that survives a fit, so that they stay whole.
"""

from __future__ import annotations

from dataclasses import dataclass

import igl
import numpy as np
from embreex.mesh_construction import TriangleMesh
from embreex.rtcore_scene import EmbreeScene
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from inrstore.surface.points import Faces, Vertices

from .orient import patches

LEAST = 0.018
"""A wall thinner than this, in units of the radius, gets thickness: one of half of it tore in fits of 300 steps unless
it was brought near to this (measured on one box)."""
MOST_ADDED = 0.0045
"""Of thickness, on each side of a face. With .003 sheets tear, with .006 they stand off; .004 and .005 were best."""
ROUGH, FINE, UNSURE = 1.0, 2.0, 0.35
"""Accuracies of the winding number's expansion, and how near to ½ the rough one is not trusted."""
STEP = 1e-3
"""How far behind a face it is asked what is there."""
ASKED = 2_048
"""Faces of which that is asked; of more, others are as the nearest of these that looks the same way."""
TURN = 0.2
"""What looking the other way counts as, in distance."""


@dataclass(frozen=True)
class Asked:
    """What a skin says at points."""

    distance: NDArray[np.float64]
    """(n,) signed, negative inside."""
    winding: NDArray[np.float64]
    """(n,)."""


@dataclass(frozen=True)
class Skin:
    """A mesh as its signed distance sees it."""

    vertices: Vertices
    winding: Winding | None
    """Of all faces but sheets; None where there are no others."""
    border: Faces
    """(b, 3) of these, those with outside before them and inside behind."""
    sheets: Faces
    """(t, 3) faces, some of `border` among them, that get thickness."""
    added: NDArray[np.float64]
    """(t,) how much, to each side."""
    seen: Faces
    """(f, 3) `border` and `sheets` together: the surface."""
    quality: dict[str, float]
    """`sheets` and `hidden`, shares of the area, where there are such."""

    def ask(self, points: Vertices) -> Asked:
        """What is so at points (n, 3)."""
        count = len(points)
        distance, winding = np.full(count, np.inf), np.zeros(count)
        if len(self.border):
            distance, _ = nearest(self.vertices, self.border, points)
        if self.winding is not None:
            winding = self.winding(points)
            distance = np.where(winding > 0.5, -distance, distance)
        if len(self.sheets):
            off, face = nearest(self.vertices, self.sheets, points)
            distance = np.minimum(distance, off - self.added[face])
        return Asked(distance, winding)


def skin(vertices: Vertices, faces: Faces, rng: np.random.Generator) -> Skin:
    """The skin of a normalised mesh, vertices (v, 3) and faces (f, 3) in any orientation."""
    found = patches(vertices, faces, rng)
    sheet = found.sheet[found.patch]
    added = np.where(sheet, MOST_ADDED, 0.0)
    hidden = np.zeros(len(faces), bool)
    solid, winding = np.ascontiguousarray(found.faces[~sheet]), None
    if len(solid):
        winding = Winding(vertices, solid)
        hidden[~sheet], added[~sheet] = _behind(vertices, solid, winding)
    area = np.asarray(igl.doublearea(vertices, found.faces))
    total = max(area.sum(), 1e-300)
    shares = {"sheets": area[added > 0].sum() / total, "hidden": area[hidden].sum() / total}
    return Skin(
        vertices,
        winding,
        np.ascontiguousarray(found.faces[~sheet & ~hidden]),
        np.ascontiguousarray(found.faces[added > 0]),
        added[added > 0],
        np.ascontiguousarray(found.faces[~hidden]),
        {name: round(float(share), 4) for name, share in shares.items() if share > 0},
    )


def all_sheets(vertices: Vertices, faces: Faces) -> Skin:
    """The skin of a mesh that bounds nothing: every face is a sheet."""
    none = np.empty((0, 3), np.int64)
    return Skin(vertices, None, none, faces, np.full(len(faces), MOST_ADDED), faces, {"sheets": 1.0})


def nearest(vertices: Vertices, faces: Faces, points: Vertices) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Distances (n,) to a mesh from points (n, 3), and the face (n,) that is nearest to each."""
    tree = igl.AABB()
    tree.init(vertices, faces)
    squared, face, _ = tree.squared_distance(vertices, faces, points)
    return np.sqrt(np.maximum(squared, 0)), np.asarray(face, np.int64).ravel()


class Winding:
    """Winding numbers of oriented faces: roughly at first, and finely where the rough one leaves the sign in doubt.

    On 20,000 samples of furniture that takes a third of the time of the fine ones, for the same signs.
    """

    def __init__(self, vertices: Vertices, faces: Faces) -> None:
        self._hierarchy = igl.FastWindingNumberBVH()
        self._hierarchy.init(vertices, faces)

    def __call__(self, points: Vertices) -> NDArray[np.float64]:
        """(n,) at points (n, 3)."""
        winding = np.asarray(self._hierarchy.winding_number(points, ROUGH))
        unsure = np.abs(winding - 0.5) < UNSURE
        winding[unsure] = self._hierarchy.winding_number(np.ascontiguousarray(points[unsure]), FINE)
        return winding


def _behind(vertices: Vertices, faces: Faces, winding: Winding) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
    """Whether oriented faces (f, 3) lie inside other parts, and the thickness to add on each side of each.

    Where a wall of full thickness ends, there is inside. If there is not, the wall is thin, or there is none; if it is
    inside twice over, the face may itself be: it is if there is inside before it, too. Two solids that overlap and end
    in one plane are inside twice over behind that, and outside before it.
    """
    centres = vertices[faces].mean(axis=1)
    normals = np.asarray(igl.per_face_normals(vertices, faces, np.zeros(3)))
    chosen, like = _some(vertices, faces, centres, normals)
    centres, normals = centres[chosen], normals[chosen]
    deep = winding(centres - LEAST * normals)
    hidden, added = deep > 1.5, np.zeros(len(chosen))
    odd = np.flatnonzero(hidden | (deep < 0.5))
    just = winding(np.ascontiguousarray(centres[odd] - STEP * normals[odd]))
    hidden[odd] = just > 1.5
    hidden[hidden] = winding(np.ascontiguousarray((centres + STEP * normals)[hidden])) > 0.5
    thin = np.flatnonzero((deep < 0.5) & ~hidden)
    if len(thin):
        wall = _thickness(vertices, faces, centres[thin], normals[thin])
        wall[just[np.isin(odd, thin)] < 0.5] = 0.0  # its other side lies on it
        added[thin] = np.clip((LEAST - wall) / 2, 0, MOST_ADDED)
    return hidden[like], added[like]


def _some(
    vertices: Vertices, faces: Faces, centres: Vertices, normals: Vertices
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """At most `ASKED` faces, the largest among them, and for each face (f,) its place among these."""
    if len(faces) <= ASKED:
        return np.arange(len(faces)), np.arange(len(faces))
    order = np.argsort(-np.asarray(igl.doublearea(vertices, faces)), kind="stable")
    largest, rest = order[: ASKED // 2], order[ASKED // 2 :]
    spread = rest[np.linspace(0, len(rest) - 1, ASKED - len(largest)).astype(np.int64)]
    chosen = np.concatenate([largest, spread])
    looks = np.concatenate([centres, TURN * normals], axis=1)
    return chosen, np.asarray(cKDTree(looks[chosen]).query(looks)[1], np.int64)


def _thickness(vertices: Vertices, faces: Faces, centres: Vertices, normals: Vertices) -> NDArray[np.float64]:
    """(n,) how far behind faces the next one is, at most `LEAST`."""
    scene = EmbreeScene()
    TriangleMesh(scene=scene, vertices=vertices.astype(np.float32), indices=faces.astype(np.int32))
    origins, directions = (centres - 1e-5 * normals).astype(np.float32), (-normals).astype(np.float32)
    hits = scene.run(origins, directions, output=1)
    return np.where(hits["primID"] >= 0, np.minimum(hits["tfar"], LEAST), LEAST).astype(np.float64)
