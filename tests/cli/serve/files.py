"""True files of every ending, and the pieces that they are made of, for those who break them."""

from __future__ import annotations

import base64
import io
import json
import struct
import tempfile
import zipfile
from pathlib import Path

import numpy as np
import trimesh

from tests.ingest.files import iges, step

CORE = "http://schemas.microsoft.com/3dmanufacturing/core/2015/02"
BALL = trimesh.creation.icosphere(subdivisions=1)


def good() -> dict[str, bytes]:
    """A true file of every ending but USD's binary ones, whose library is not everywhere."""
    arrays, binvox = io.BytesIO(), io.BytesIO()
    np.save(arrays, BALL.vertices)
    archive = io.BytesIO()
    np.savez(archive, points=BALL.vertices)
    grid = np.zeros((12, 12, 12), bool)
    grid[3:9, 2:10, 4:8] = True
    runs = b"".join(bytes([cell, 1]) for cell in grid.ravel().astype(np.uint8))
    binvox.write(b"#binvox 1\ndim 12 12 12\ntranslate 0 0 0\nscale 1\ndata\n" + runs)
    found: dict[str, bytes] = {}
    for ending in ("obj", "ply", "stl", "off", "glb", "dae", "3mf"):
        data = BALL.export(file_type=ending)
        found[ending] = data.encode() if isinstance(data, str) else bytes(data)
    points = "\n".join(" ".join(map(str, point)) for point in BALL.vertices)
    return found | {
        "gltf": gltf(),
        "zip": zipped({"a/ball.obj": found["obj"], "read.me": b"hello"}),
        "xyz": points.encode(),
        "txt": points.encode(),
        "pts": f"{len(BALL.vertices)}\n{points}".encode(),
        "pcd": pcd(len(BALL.vertices)) + points.encode(),
        "npy": arrays.getvalue(),
        "npz": archive.getvalue(),
        "binvox": binvox.getvalue(),
        "igs": iges.box_file().encode(),
        "stp": step.box_file().encode(),
        "usda": usda(),
    }


def pcd(points: int, width: int | None = None) -> bytes:
    width = points if width is None else width
    return (
        f"VERSION .7\nFIELDS x y z\nSIZE 4 4 4\nTYPE F F F\nCOUNT 1 1 1\nWIDTH {width}\nHEIGHT 1\n"
        f"VIEWPOINT 0 0 0 1 0 0 0\nPOINTS {points}\nDATA ascii\n"
    ).encode()


def usda(points: str = "(0,0,0),(1,0,0),(0,1,0),(0,0,1)", more: str = "", counts: str = "3,3,3,3") -> bytes:
    faces = "0,2,1, 0,1,3, 1,2,3, 0,3,2"
    return (
        f'#usda 1.0\n({more})\ndef Mesh "a" {{\n point3f[] points = [{points}]\n int[] faceVertexCounts = [{counts}]\n'
        f" int[] faceVertexIndices = [{faces}]\n}}\n"
    ).encode()


def gltf(uri: str | None = None, **changed: object) -> bytes:
    """A tetrahedron; `changed` replaces whole members."""
    corners = np.array([(0, 0, 0), (1, 0, 0), (0, 1, 0), (0, 0, 1)], np.float32).tobytes()
    faces = np.array([0, 2, 1, 0, 1, 3, 1, 2, 3, 0, 3, 2], np.uint16).tobytes()
    data = corners + faces
    own = "data:application/octet-stream;base64," + base64.b64encode(data).decode()
    document: dict[str, object] = {
        "asset": {"version": "2.0"},
        "scene": 0,
        "scenes": [{"nodes": [0]}],
        "nodes": [{"mesh": 0}],
        "meshes": [{"primitives": [{"attributes": {"POSITION": 0}, "indices": 1}]}],
        "buffers": [{"uri": own if uri is None else uri, "byteLength": len(data)}],
        "bufferViews": [
            {"buffer": 0, "byteLength": len(corners)},
            {"buffer": 0, "byteOffset": len(corners), "byteLength": len(faces)},
        ],
        "accessors": [
            {"bufferView": 0, "componentType": 5126, "count": 4, "type": "VEC3", "min": [0, 0, 0], "max": [1, 1, 1]},
            {"bufferView": 1, "componentType": 5123, "count": 12, "type": "SCALAR"},
        ],
    }
    return json.dumps(document | changed).encode()


def zipped(files: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return buffer.getvalue()


def threemf(body: str, before: str = "") -> bytes:
    return zipped({"3D/3dmodel.model": f'<?xml version="1.0"?>{before}<model xmlns="{CORE}">{body}</model>'.encode()})


def dae(body: str = "", before: str = "") -> bytes:
    text = '<COLLADA xmlns="http://www.collada.org/2005/11/COLLADASchema" version="1.4.1">'
    return f'<?xml version="1.0"?>{before}{text}{body}</COLLADA>'.encode()


def stl(count: int, triangles: bytes) -> bytes:
    return b"\0" * 80 + struct.pack("<I", count) + triangles


def triangles(*corners: float) -> bytes:
    """Of an STL, from nine numbers each."""
    values = np.array(corners, np.float32).reshape(-1, 9)
    return b"".join(struct.pack("<3f", 0, 0, 0) + row.tobytes() + b"\0\0" for row in values)


def npy(header: str, data: bytes = b"\0" * 64) -> bytes:
    text = header.encode() + b" " * (63 - (len(header) + 10) % 64) + b"\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text + data


def ply(vertices: object, faces: object, body: bytes, kind: str = "ascii") -> bytes:
    return (
        f"ply\nformat {kind} 1.0\nelement vertex {vertices}\nproperty float x\nproperty float y\nproperty float z\n"
        f"element face {faces}\nproperty list uchar int vertex_indices\nend_header\n"
    ).encode() + body


def usdc() -> bytes:
    """A stage in USD's binary form; nothing where its library is not."""
    try:
        from pxr import Usd, UsdGeom
    except ImportError:
        return b""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.usdc"
        stage = Usd.Stage.CreateNew(str(path))
        mesh = UsdGeom.Mesh.Define(stage, "/a")
        mesh.CreatePointsAttr([(0, 0, 0), (1, 0, 0), (0, 1, 0), (0, 0, 1)])
        mesh.CreateFaceVertexCountsAttr([3, 3, 3, 3])
        mesh.CreateFaceVertexIndicesAttr([0, 2, 1, 0, 1, 3, 1, 2, 3, 0, 3, 2])
        stage.Save()
        return path.read_bytes()
