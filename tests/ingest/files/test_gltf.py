"""Files that trimesh writes, said to be packed; the reader must not take what it cannot unpack for zeros."""

from __future__ import annotations

import json
import struct
from pathlib import Path
from typing import Any

import pytest
import trimesh

from ingest.files import gltf
from ingest.files.geometry import Mesh
from ingest.files.load import load, load_objects
from inrstore.errors import BadInput

BOX = trimesh.creation.box((1, 2, 3))


def write(folder: Path, suffix: str, **more: Any) -> Path:
    """A box as glTF with further entries in its JSON."""
    path = folder / f"box.{suffix}"
    if suffix == "gltf":
        for name, data in BOX.scene().export(file_type="gltf").items():
            (folder / name).write_bytes(data)
        (folder / "model.gltf").rename(path)
        path.write_text(json.dumps({**json.loads(path.read_text()), **more}))
        return path
    data = BOX.export(file_type="glb")
    (length,) = struct.unpack("<I", data[12:16])
    text = json.dumps({**json.loads(data[20 : 20 + length]), **more}).encode()
    text += b" " * (-len(text) % 4)
    rest = data[20 + length :]
    size = struct.pack("<4sIII", b"glTF", 2, 20 + len(text) + len(rest), len(text))
    path.write_bytes(size + b"JSON" + text + rest)
    return path


@pytest.mark.parametrize("suffix", ["glb", "gltf"])
@pytest.mark.parametrize(
    ("extension", "kind"), [("KHR_draco_mesh_compression", "Draco"), ("EXT_meshopt_compression", "meshopt")]
)
def test_packed_geometry_is_refused_with_what_to_do(
    tmp_path: Path, suffix: str, extension: str, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gltf, "find_spec", lambda name: None)
    path = write(tmp_path, suffix, extensionsRequired=[extension])
    for read in (load, load_objects):
        with pytest.raises(BadInput, match=f"compressed by {kind}.*unpack it with: npx @gltf-transform/cli"):
            read(path)


@pytest.mark.parametrize("suffix", ["glb", "gltf"])
def test_what_is_not_needed_or_changes_no_coordinates_is_read(tmp_path: Path, suffix: str) -> None:
    path = write(
        tmp_path,
        suffix,
        extensionsUsed=["KHR_draco_mesh_compression", "KHR_materials_unlit"],
        extensionsRequired=["KHR_materials_unlit"],
    )
    found = load(path)
    assert isinstance(found, Mesh) and len(found.faces) == 12
    assert trimesh.Trimesh(found.vertices, found.faces).volume == pytest.approx(6)
