"""GLB files whose meshes have several primitives, written out byte by byte: trimesh writes none."""

from __future__ import annotations

import json
import struct
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import trimesh


def write_primitives(path: Path, meshes: Sequence[Sequence[trimesh.Trimesh]], materials: bool) -> Path:
    """A node ``mesh a``, ``mesh b``, … for each mesh, side by side; primitives are red, green, blue, red, …"""
    blob, views, accessors = b"", [], []
    found: list[dict[str, Any]] = []
    for number, pieces in enumerate(meshes):
        primitives = []
        for piece in pieces:
            at = len(views)
            vertices, faces = np.asarray(piece.vertices, np.float32), np.asarray(piece.faces, np.uint32).ravel()
            for array in (vertices, faces):
                views.append({"buffer": 0, "byteOffset": len(blob), "byteLength": array.nbytes})
                blob += array.tobytes()
            bounds = {"min": vertices.min(axis=0).tolist(), "max": vertices.max(axis=0).tolist()}
            accessors.append(
                {"bufferView": at, "componentType": 5126, "count": len(vertices), "type": "VEC3", **bounds}
            )
            accessors.append({"bufferView": at + 1, "componentType": 5125, "count": len(faces), "type": "SCALAR"})
            look = {"material": at // 2 % 3} if materials else {}
            primitives.append({"attributes": {"POSITION": at}, "indices": at + 1, **look})
        found.append({"name": f"mesh {'abcdefgh'[number]}", "primitives": primitives})
    nodes = [{"name": one["name"], "mesh": n, "translation": [9 * n, 0, 0]} for n, one in enumerate(found)]
    document: dict[str, Any] = {"asset": {"version": "2.0"}, "scene": 0, "scenes": [{"nodes": list(range(len(nodes)))}]}
    document |= {"nodes": nodes, "meshes": found, "accessors": accessors, "bufferViews": views}
    document |= {"buffers": [{"byteLength": len(blob)}]}
    if materials:
        rows = np.eye(4)[:3] + [0, 0, 0, 1]
        document["materials"] = [{"pbrMetallicRoughness": {"baseColorFactor": row.tolist()}} for row in rows]
    text = json.dumps(document).encode()
    text += b" " * (-len(text) % 4)
    head = struct.pack("<4sII", b"glTF", 2, 28 + len(text) + len(blob))
    path.write_bytes(
        head + struct.pack("<I4s", len(text), b"JSON") + text + struct.pack("<I4s", len(blob), b"BIN\0") + blob
    )
    return path
