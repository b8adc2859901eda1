"""What a glTF file says of itself before it is read: whether it is packed in a way that nobody here unpacks."""

from __future__ import annotations

import json
import struct
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from inrstore.errors import BadInput

PACKED = {"KHR_draco_mesh_compression": "Draco", "EXT_meshopt_compression": "meshopt"}
"""Extensions without which a file's coordinates cannot be had; a reader that passes over them finds zeros."""


def check_packing(path: Path) -> None:
    """Refuse a .gltf or .glb whose geometry is compressed. Errors: BadInput; whatever a damaged file leads to."""
    described = _json(path)
    needed = described.get("extensionsRequired", []) if isinstance(described, dict) else []
    for name, kind in PACKED.items():
        if name in needed and not (kind == "Draco" and find_spec("DracoPy")):
            raise BadInput(
                f"its geometry is compressed by {kind}, which is not read; unpack it with: "
                "npx @gltf-transform/cli copy IN.glb OUT.glb"
            )


def _json(path: Path) -> Any:
    """The JSON of a .gltf, or of a .glb's first chunk."""
    if path.suffix.lower() == ".gltf":
        return json.loads(path.read_bytes())
    with path.open("rb") as file:
        _, version, _, length, _ = struct.unpack("<5I", file.read(20))
        return json.loads(file.read(length)) if version == 2 else {}
