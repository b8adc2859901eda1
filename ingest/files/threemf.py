"""The colours of a 3MF file's triangles, which trimesh passes over: those of base materials and of colour groups."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import IO, Any

import numpy as np
from lxml import etree
from numpy.typing import NDArray

GROUPS = {"basematerials": "displaycolor", "colorgroup": "color"}
"""What holds colours, and in which attribute each of its children has one."""
WHITE = (255, 255, 255)
Triangles = NDArray[np.uint8]


def face_colors(path: Path) -> list[Triangles]:
    """(f, 3) colours of the triangles of each object with a mesh, in the file's order; no object if none has any."""
    with zipfile.ZipFile(path) as archive:
        name = next(name for name in archive.namelist() if "3d/3dmodel.model" in name.lower())
        with archive.open(name) as model:
            if not any(group in model.read() for group in (b"basematerials", b"colorgroup")):
                return []
        with archive.open(name) as model:
            return _read(model)


def _read(model: IO[bytes]) -> list[Triangles]:
    groups: dict[str, list[tuple[int, ...]]] = {}
    found: list[Triangles] = []
    tags = tuple(f"{{*}}{name}" for name in (*GROUPS, "object"))
    for _, element in etree.iterparse(model, tag=tags, resolve_entities=False, no_network=True, huge_tree=True):
        kind = etree.QName(element).localname
        if kind in GROUPS:
            groups[element.get("id")] = [_rgb(child.get(GROUPS[kind], "")) for child in element]
        elif (mesh := element.find("{*}mesh")) is not None:
            own = element.get("pid"), element.get("pindex", "0")
            found.append(np.array([_color(one, own, groups) for one in mesh.iter("{*}triangle")], np.uint8))
            mesh.clear()
    return found


def _color(triangle: Any, own: tuple[str | None, str], groups: dict[str, list[tuple[int, ...]]]) -> tuple[int, ...]:
    """That of a triangle's first corner, else that of its object."""
    group, index = triangle.get("pid", own[0]), triangle.get("p1", own[1])
    colors = groups.get(group, [])
    return colors[int(index)] if int(index) < len(colors) else WHITE


def _rgb(text: str) -> tuple[int, ...]:
    """Of #RRGGBB or #RRGGBBAA."""
    return tuple(bytes.fromhex(text[1:7])) if len(text) >= 7 else WHITE
