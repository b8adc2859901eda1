"""Triangles as the bytes of a mesh file, and such a file written."""

from __future__ import annotations

import math
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import trimesh
from numpy.typing import NDArray

from inrstore.errors import BadInput
from inrstore.files import write_atomically

from .points import Faces, Vertices
from .simplify import watertight

MESH_FORMATS = ("obj", "ply", "stl", "glb", "off")


@dataclass(frozen=True)
class Written:
    """A file that was written, and of a mesh what it has."""

    path: Path
    vertices: int | None = None
    faces: int | None = None
    watertight: bool | None = None


def write_mesh(
    vertices: Vertices, faces: Faces, path: str | os.PathLike[str], *, format: str | None = None, scale: float = 1.0
) -> Written:
    """Write triangles (f, 3) of vertices (v, 3); text formats keep seven digits of what is `scale` large.

    format : one of `MESH_FORMATS`, by default the path's ending

    Errors: BadInput for another format or where there is no such directory; StorageFull.
    """
    target = mesh_path(path) if format is None else Path(path)
    content = mesh_bytes(vertices, faces, format or target.suffix.lstrip(".").lower(), scale)
    write_atomically(target, content)
    return Written(target, len(vertices), len(faces), watertight(np.asarray(faces, np.int64)))


def mesh_path(path: str | os.PathLike[str]) -> Path:
    """The path of a mesh file, checked before work is done for it. Errors: BadInput."""
    target = Path(path)
    if target.suffix.lstrip(".").lower() not in MESH_FORMATS:
        raise BadInput(f"{target}: a mesh is written as one of {', '.join(MESH_FORMATS)}; end the path so")
    if not target.parent.is_dir():
        raise BadInput(f"{target}: the directory {target.parent} does not exist; create it first")
    return target


def mesh_bytes(vertices: Vertices, faces: NDArray[np.integer], format: str, scale: float = 1.0) -> bytes:
    """See `write_mesh`."""
    options: dict[str, Any] = {"digits": decimals(scale)} if format in ("obj", "off") else {}
    content: Any = trimesh.Trimesh(vertices, faces, process=False).export(file_type=format, **options)
    return content.encode() if isinstance(content, str) else bytes(content)


def decimals(scale: float) -> int:
    """Text formats have fixed decimals: enough for seven digits of the shape's size, be it in nanometres."""
    return max(1, 7 - math.floor(math.log10(scale)))
