"""Faces that look outward: the check that must come before any sign by winding number."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import igl
import numpy as np
from numpy.typing import NDArray
from trimesh import Trimesh
from trimesh.grouping import unique_rows
from trimesh.ray.ray_pyembree import RayMeshIntersector

from inrstore.surface.points import Faces, Vertices, points_and_faces

RAYS_PER_PATCH = 64


SEEN = 0.08
"""A side of an open patch is outside if a larger share of the rays from it escapes: more than a hole or two let out."""


@dataclass(frozen=True)
class Patches:
    """A mesh's faces, oriented, and the patches that they form: faces joined by manifold edges."""

    faces: Faces
    """(f, 3)."""
    patch: NDArray[Any]
    """(f,) of each face."""
    sheet: NDArray[np.bool_]
    """(patches,) whether it has an edge and outside on both of its sides: it bounds nothing."""


def orient(vertices: Vertices, faces: Faces, rng: np.random.Generator) -> Faces:
    """Faces (f, 3) with the winding made consistent within each patch, and each patch turned outward."""
    return patches(vertices, faces, rng).faces


def patches(vertices: Vertices, faces: Faces, rng: np.random.Generator) -> Patches:
    """The faces, each patch turned outward, and which patches are sheets.

    A patch that bounds a solid of its own is turned by
    the sign of its volume if it is the only one; any other by which of its sides sees more of the open space
    (Takayama et al. 2014, "A Simple Method for Correcting Facet Orientations in Polygon Meshes Based on Ray
    Casting"), and one that sees none stays as it is. A clean mesh costs no rays.
    """
    oriented, patch = igl.bfs_orient(faces)
    oriented, patch = np.asarray(oriented, np.int64), np.asarray(patch)
    count = int(patch.max()) + 1
    inward = _volumes(vertices, oriented, patch, count) < 0
    unsure = ~_closed(oriented, patch, count)
    sheet = np.zeros(count, bool)
    if unsure.any() or count > 1:
        front, back = _escapes(vertices, oriented, patch, count, rng)
        hidden = False if count > 1 else inward  # the wall of a cavity is right to face inward: leave it
        inward = np.where(np.abs(front - back) > 0.05, front < back, hidden)
        sheet = unsure & (np.minimum(front, back) > SEEN)
    flip = inward[patch]
    oriented[flip] = oriented[flip][:, ::-1]
    return Patches(oriented, patch, sheet)


def _volumes(vertices: Vertices, faces: Faces, patch: NDArray[Any], count: int) -> NDArray[np.float64]:
    a, b, c = (vertices[faces[:, i]] for i in range(3))
    signed = np.einsum("ij,ij->i", a, np.cross(b, c)) / 6
    return np.asarray(np.bincount(patch, signed, count), np.float64)


def _closed(faces: Faces, patch: NDArray[Any], count: int) -> NDArray[np.bool_]:
    """Whether every edge of a patch is used once in each direction."""
    edges = np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]])
    owner = np.tile(patch, 3)
    undirected = np.sort(edges, axis=1)
    direction = np.where(edges[:, 0] < edges[:, 1], 1, -1)
    _, inverse = unique_rows(np.column_stack([owner, undirected]))
    balance = np.bincount(inverse, direction) != 0
    return np.asarray(np.bincount(owner, balance[inverse], count) == 0)


def _escapes(
    vertices: Vertices, faces: Faces, patch: NDArray[Any], count: int, rng: np.random.Generator
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """(count,) share of rays that escape from a patch's front, and of those from its back."""
    origins, normals, owner = _patch_points(vertices, faces, patch, count, rng)
    directions = rng.normal(size=origins.shape)
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    facing = np.einsum("ij,ij->i", directions, normals)
    directions = np.where(facing[:, None] < 0, -directions, directions)
    caster = RayMeshIntersector(Trimesh(vertices, faces, process=False))
    offset = normals * (np.ptp(vertices, axis=0).max() * 1e-4)
    free = [caster.intersects_first(origins + side * offset, side * directions) < 0 for side in (1.0, -1.0)]
    rays = np.maximum(np.bincount(owner, minlength=count), 1)
    front, back = (np.bincount(owner, f, count) / rays for f in free)
    return np.asarray(front, np.float64), np.asarray(back, np.float64)


def _patch_points(
    vertices: Vertices, faces: Faces, patch: NDArray[Any], count: int, rng: np.random.Generator
) -> tuple[Vertices, Vertices, NDArray[np.int64]]:
    """Points spread over each patch by area, with the face's normal and the patch of each; about as many a patch."""
    area = np.asarray(igl.doublearea(vertices, faces))
    share = area / np.maximum(np.bincount(patch, area, count), 1e-300)[patch]
    points, chosen = points_and_faces(vertices, faces, RAYS_PER_PATCH * count, rng, share)
    normals = igl.per_face_normals(vertices, np.ascontiguousarray(faces[chosen]), np.zeros(3))
    return points, np.asarray(normals, np.float64), patch[chosen]
