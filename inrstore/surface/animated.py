"""Several surfaces as one animated file, which shows them in turn: glTF 2.0 in its binary form, GLB.

Each surface is a node, and the animation scales a node to one while it is shown and to nothing while it is not; what
is scaled to nothing is not drawn (Khronos, glTF 2.0 specification, 3.5.2). Every viewer of glTF plays it.
"""

from __future__ import annotations

import json
import os
import struct
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import igl
import numpy as np
from numpy.typing import NDArray

from inrstore.errors import BadInput
from inrstore.files import write_atomically

from .points import Faces, Vertices

FLOAT, UNSIGNED = 5126, 5125
VERTICES, INDICES = 34962, 34963
"""What a buffer view is for, in the numbers of OpenGL, as those of component types above."""
COLOR = (0.125, 0.284, 0.552, 1.0)
"""That of pictures, in linear light."""
Array = NDArray[np.float32] | NDArray[np.uint32]


def there_and_back(count: int) -> list[int]:
    """The order in which so many frames are shown, again and again: to the last and back, neither end twice."""
    return [*range(count), *range(count - 2, 0, -1)]


def write_animated(
    surfaces: Sequence[tuple[Vertices, Faces]], path: str | os.PathLike[str], seconds: float = 0.4
) -> Path:
    """Write surfaces, vertices (v, 3) and faces (f, 3), as a GLB that shows each for so many seconds, there and back.

    Errors: BadInput for another ending, without surfaces, or for one without faces; StorageFull.
    """
    target = Path(path)
    if target.suffix.lower() != ".glb":
        raise BadInput(f"{target}: an animation of surfaces is written as GLB; end the path in .glb")
    write_atomically(target, animated_bytes(surfaces, seconds))
    return target


def animated_bytes(surfaces: Sequence[tuple[Vertices, Faces]], seconds: float) -> bytes:
    """See `write_animated`."""
    if not surfaces or not seconds > 0:
        raise BadInput(f"an animation has surfaces and time for each, not {len(surfaces)} for {seconds} s each")
    content = _Content()
    for number, (vertices, faces) in enumerate(surfaces):
        content.add_surface(f"{number:02d}", vertices, faces)
    content.animate(there_and_back(len(surfaces)), seconds)
    return content.to_bytes()


class _Content:
    """A glTF in the making: its JSON, and the one buffer, of which all that is put there has four bytes a number."""

    def __init__(self) -> None:
        self.nodes: list[dict[str, Any]] = []
        self.meshes: list[dict[str, Any]] = []
        self.animations: list[dict[str, Any]] = []
        self.accessors: list[dict[str, Any]] = []
        self.views: list[dict[str, Any]] = []
        self.buffer = bytearray()

    def add_surface(self, name: str, vertices: Vertices, faces: Faces) -> None:
        """Errors: BadInput."""
        if not len(faces):
            raise BadInput(f"surface {name} has no faces, so there is nothing to show; leave it out")
        attributes = {
            "POSITION": self._accessor(vertices.astype(np.float32), "VEC3", VERTICES, bounds=True),
            "NORMAL": self._accessor(_normals(vertices, faces), "VEC3", VERTICES),
        }
        indices = self._accessor(faces.astype(np.uint32).ravel(), "SCALAR", INDICES)
        primitive = {"attributes": attributes, "indices": indices, "material": 0}
        shown = 0.0 if self.nodes else 1.0  # where nothing plays, the first is seen
        self.nodes.append({"name": name, "mesh": len(self.meshes), "scale": [shown] * 3})
        self.meshes.append({"name": name, "primitives": [primitive]})

    def animate(self, order: Sequence[int], seconds: float) -> None:
        """Shows the surfaces in this order."""
        frames = np.array([*order, order[-1]])  # the last key ends the last frame
        times = self._accessor(np.arange(len(frames), dtype=np.float32) * np.float32(seconds), "SCALAR", bounds=True)
        samplers, channels = [], []
        for node in range(len(self.nodes)):
            scale = np.repeat((frames == node).astype(np.float32)[:, None], 3, axis=1)
            output = self._accessor(scale, "VEC3")
            samplers.append({"input": times, "output": output, "interpolation": "STEP"})
            channels.append({"sampler": node, "target": {"node": node, "path": "scale"}})
        self.animations.append({"name": "steps", "samplers": samplers, "channels": channels})

    def to_bytes(self) -> bytes:
        material = {"pbrMetallicRoughness": {"baseColorFactor": COLOR, "metallicFactor": 0.0, "roughnessFactor": 0.7}}
        whole = {
            "asset": {"version": "2.0", "generator": "inrstore"},
            "scene": 0,
            "scenes": [{"nodes": list(range(len(self.nodes)))}],
            "nodes": self.nodes,
            "meshes": self.meshes,
            "materials": [material],
            "animations": self.animations,
            "accessors": self.accessors,
            "bufferViews": self.views,
            "buffers": [{"byteLength": len(self.buffer)}],
        }
        text = json.dumps(whole, separators=(",", ":")).encode()
        text += b" " * (-len(text) % 4)
        chunks = _chunk(b"JSON", text) + _chunk(b"BIN\0", bytes(self.buffer))
        return struct.pack("<4sII", b"glTF", 2, 12 + len(chunks)) + chunks

    def _accessor(self, array: Array, kind: str, target: int | None = None, *, bounds: bool = False) -> int:
        """The number of an accessor of the array's rows, each a `kind`; `bounds` gives their extremes, too."""
        view = {"buffer": 0, "byteOffset": len(self.buffer), "byteLength": array.nbytes}
        self.views.append(view if target is None else {**view, "target": target})
        self.buffer += array.astype(array.dtype.newbyteorder("<")).tobytes()
        component = FLOAT if array.dtype == np.float32 else UNSIGNED
        made = {"bufferView": len(self.views) - 1, "componentType": component, "count": len(array), "type": kind}
        if bounds:
            rows = array.reshape(len(array), -1)
            made |= {"min": rows.min(axis=0).tolist(), "max": rows.max(axis=0).tolist()}
        self.accessors.append(made)
        return len(self.accessors) - 1


def _normals(vertices: Vertices, faces: Faces) -> NDArray[np.float32]:
    """(v, 3) of length one; where faces have no area any direction is as good."""
    found = np.asarray(igl.per_vertex_normals(vertices.astype(np.float64), faces.astype(np.int64)))
    length = np.linalg.norm(found, axis=1, keepdims=True)
    some = np.isfinite(length) & (length > 0)
    return np.where(some, found / np.where(some, length, 1), (0.0, 1.0, 0.0)).astype(np.float32)


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack("<I4s", len(content), kind) + content
