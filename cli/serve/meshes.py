"""Surfaces as binary glTF, which the pages' viewer shows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import trimesh
from numpy.typing import NDArray

MEDIA = "model/gltf-binary"
GREY = (190, 194, 200, 255)


def glb(
    surfaces: Mapping[str, tuple[NDArray[np.floating], NDArray[np.integer]]],
    colors: NDArray[np.uint8] | None = None,
) -> bytes:
    """Triangles (f, 3) of vertices (v, 3), or points where there are no triangles, by name.

    colors : (v, 4) of the only surface's vertices
    """
    scene = trimesh.Scene()
    for name, (vertices, faces) in surfaces.items():
        thing: Any
        if not len(faces):
            thing = trimesh.PointCloud(vertices, colors=np.tile(GREY, (len(vertices), 1)) if colors is None else colors)
        else:
            thing = trimesh.Trimesh(vertices, faces, vertex_normals=normals(vertices, faces), process=False)
            if colors is not None:
                thing.visual = trimesh.visual.ColorVisuals(thing, vertex_colors=colors)
        scene.add_geometry(thing, node_name=name, geom_name=name)
    return bytes(scene.export(file_type="glb", include_normals=True))


def normals(vertices: NDArray[np.floating], faces: NDArray[np.integer]) -> NDArray[np.float64]:
    """(v, 3) of length one: those of the triangles around a vertex, by area, so that slivers darken nothing."""
    a, b, c = (vertices[faces[:, corner]].astype(np.float64) for corner in range(3))
    across = np.cross(b - a, c - a)
    found = np.zeros((len(vertices), 3))
    for corner in range(3):
        np.add.at(found, faces[:, corner], across)
    length = np.linalg.norm(found, axis=1, keepdims=True)
    return np.where(length > 0, found / np.maximum(length, 1e-30), (0.0, 1.0, 0.0))
