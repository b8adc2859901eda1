"""A surface whose faces, or a cloud whose points, have colours of their own, as a file."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
import trimesh
from numpy.typing import NDArray

from inrstore.errors import BadInput
from inrstore.files import write_atomically

FORMATS = ("ply", "glb")
PALETTE = (
    "#4e79a7", "#f28e2b", "#59a14f", "#e15759", "#b07aa1", "#edc948", "#76b7b2", "#9c755f", "#ff9da7", "#bab0ac",
)  # fmt: skip
"""Tableau's ten, which are told apart also by many who see fewer colours; further parts begin anew."""


def palette(count: int) -> NDArray[np.uint8]:
    """(count, 4) colours."""
    found = [[int(text[at : at + 2], 16) for at in (1, 3, 5)] + [255] for text in PALETTE]
    return np.resize(np.array(found, np.uint8), (count, 4))


def write_painted(
    vertices: NDArray[np.floating],
    faces: NDArray[np.integer] | None,
    colors: NDArray[np.uint8],
    path: str | os.PathLike[str],
) -> Path:
    """Write triangles (f, 3) of vertices (v, 3) with a colour (f, 4) each, or points (v, 3) with one (v, 4) each.

    PLY or GLB by the path's ending. Errors: BadInput for another ending, StorageFull.
    """
    target = Path(path)
    format = target.suffix.lstrip(".").lower()
    if format not in FORMATS:
        raise BadInput(f"{target}: colours are written as {', '.join(FORMATS)}; end the path so")
    if not target.parent.is_dir():
        raise BadInput(f"{target}: the directory {target.parent} does not exist; create it first")
    thing: Any
    if faces is None:
        thing = trimesh.PointCloud(vertices, colors=colors)
    elif format == "ply":
        thing = trimesh.Trimesh(vertices, faces, process=False)
        thing.visual = trimesh.visual.ColorVisuals(thing, face_colors=colors)
    else:  # glTF has colours of vertices alone, so that faces of several colours cannot share one
        thing = trimesh.Trimesh(vertices[faces].reshape(-1, 3), np.arange(faces.size).reshape(-1, 3), process=False)
        thing.visual = trimesh.visual.ColorVisuals(thing, vertex_colors=np.repeat(colors, 3, axis=0))
    write_atomically(target, bytes(thing.export(file_type=format)))
    return target
