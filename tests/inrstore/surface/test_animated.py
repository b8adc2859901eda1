"""The animated file, read by trimesh and by the rules of glTF 2.0."""

from __future__ import annotations

import json
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import trimesh

from inrstore.errors import BadInput
from inrstore.surface.animated import there_and_back, write_animated

TYPES = {5126: np.dtype("<f4"), 5125: np.dtype("<u4")}
WIDTHS = {"SCALAR": 1, "VEC3": 3}
SOLIDS = (trimesh.creation.box(), trimesh.creation.icosphere(2), trimesh.creation.cone(0.5, 1))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    solids = [(np.asarray(one.vertices), np.asarray(one.faces)) for one in SOLIDS]
    return write_animated(solids, tmp_path / "solids.glb", seconds=0.5)


def opened(path: Path) -> tuple[dict[str, Any], bytes]:
    """The JSON and the buffer; lengths, order and padding of the chunks are checked (glTF 2.0, 4.4)."""
    content = path.read_bytes()
    magic, version, length = struct.unpack_from("<4sII", content)
    assert (magic, version, length) == (b"glTF", 2, len(content))
    size, kind = struct.unpack_from("<I4s", content, 12)
    assert kind == b"JSON" and size % 4 == 0
    whole = json.loads(content[20 : 20 + size])
    rest, kind = struct.unpack_from("<I4s", content, 20 + size)
    assert kind == b"BIN\0" and rest % 4 == 0 and 28 + size + rest == len(content)
    (buffer,) = whole["buffers"]
    assert "uri" not in buffer and 0 <= rest - buffer["byteLength"] < 4
    return whole, content[28 + size :][: buffer["byteLength"]]


def rows(whole: dict[str, Any], buffer: bytes, number: int) -> np.ndarray:
    accessor = whole["accessors"][number]
    view, kind = whole["bufferViews"][accessor["bufferView"]], TYPES[accessor["componentType"]]
    width = WIDTHS[accessor["type"]]
    assert "byteStride" not in view and accessor["count"] >= 1
    assert accessor["count"] * width * kind.itemsize == view["byteLength"]
    return np.frombuffer(buffer, kind, accessor["count"] * width, view["byteOffset"]).reshape(-1, width)


def test_views_are_aligned_and_fill_the_buffer_and_bounds_are_exact(path: Path) -> None:
    whole, buffer = opened(path)
    end = 0
    for view in whole["bufferViews"]:
        assert view["byteOffset"] == end and end % 4 == 0
        end += view["byteLength"]
    assert end == len(buffer)
    for number, accessor in enumerate(whole["accessors"]):
        found = rows(whole, buffer, number)
        assert np.isfinite(found).all()
        if "min" in accessor:
            assert accessor["min"] == found.min(axis=0).tolist() and accessor["max"] == found.max(axis=0).tolist()
    for mesh in whole["meshes"]:
        (primitive,) = mesh["primitives"]
        place, normal = primitive["attributes"]["POSITION"], primitive["attributes"]["NORMAL"]
        assert {"min", "max"} <= set(whole["accessors"][place])
        normals, corners = rows(whole, buffer, normal), rows(whole, buffer, primitive["indices"])
        np.testing.assert_allclose(np.linalg.norm(normals, axis=1), 1, atol=1e-5)
        assert len(normals) == whole["accessors"][place]["count"] and corners.max() < len(normals)
        targets = [whole["bufferViews"][whole["accessors"][n]["bufferView"]]["target"] for n in (place, normal)]
        assert targets == [34962] * 2


def test_each_surface_is_shown_in_turn_and_no_other_with_it(path: Path) -> None:
    whole, buffer = opened(path)
    (animation,) = whole["animations"]
    (times,) = {sampler["input"] for sampler in animation["samplers"]}
    assert {"min", "max"} <= set(whole["accessors"][times])
    np.testing.assert_allclose(rows(whole, buffer, times).ravel(), [0, 0.5, 1, 1.5, 2])
    targets = [(channel["target"]["node"], channel["target"]["path"]) for channel in animation["channels"]]
    assert targets == [(0, "scale"), (1, "scale"), (2, "scale")] and whole["scenes"][0]["nodes"] == [0, 1, 2]
    scales = []
    for channel in animation["channels"]:
        sampler = animation["samplers"][channel["sampler"]]
        assert sampler["interpolation"] == "STEP"
        scales.append(rows(whole, buffer, sampler["output"]))
    shown = np.stack(scales)  # (nodes, keys, 3)
    assert np.array_equal(shown[..., 0], shown[..., 1]) and np.array_equal(shown[..., 0], shown[..., 2])
    assert set(shown.ravel().tolist()) == {0, 1} and (shown[..., 0].sum(axis=0) == 1).all()
    assert shown[..., 0].argmax(axis=0)[:4].tolist() == [0, 1, 2, 1]  # then from the beginning
    assert [node["scale"] for node in whole["nodes"]] == [[1] * 3, [0] * 3, [0] * 3]


def test_another_reader_has_the_same_surfaces(path: Path) -> None:
    scene = trimesh.load_scene(path, process=False)
    assert sorted(scene.geometry) == ["00", "01", "02"]
    for solid, name in zip(SOLIDS, sorted(scene.geometry), strict=True):
        np.testing.assert_allclose(scene.geometry[name].triangles, solid.triangles, atol=1e-6)
        normals = scene.geometry[name].vertex_normals[scene.geometry[name].faces[:, 0]]
        assert np.einsum("fi,fi->f", normals, solid.face_normals).min() > -1e-6  # none points inwards
    np.testing.assert_allclose(scene.bounds, SOLIDS[0].bounds, atol=1e-6)  # only the first is seen where nothing plays


def test_a_vertex_of_faces_without_area_has_a_direction_too(tmp_path: Path) -> None:
    line = np.array([[0, 0, 0], [1, 0, 0], [2, 0, 0], [0, 1, 0], [0, 0, 1]], float)
    path = write_animated([(line, np.array([[0, 1, 2], [0, 3, 4]]))], tmp_path / "line.glb")
    whole, buffer = opened(path)
    normals = rows(whole, buffer, whole["meshes"][0]["primitives"][0]["attributes"]["NORMAL"])
    np.testing.assert_allclose(np.linalg.norm(normals, axis=1), 1, atol=1e-5)


@pytest.mark.parametrize(("count", "order"), [(1, [0]), (2, [0, 1]), (4, [0, 1, 2, 3, 2, 1])])
def test_there_and_back(count: int, order: list[int]) -> None:
    assert there_and_back(count) == order


def test_what_is_no_animation(tmp_path: Path) -> None:
    box = (np.asarray(SOLIDS[0].vertices), np.asarray(SOLIDS[0].faces))
    with pytest.raises(BadInput, match=r"end the path in \.glb"):
        write_animated([box], tmp_path / "a.obj")
    with pytest.raises(BadInput, match="not 0 for"):
        write_animated([], tmp_path / "a.glb")
    with pytest.raises(BadInput, match="no faces"):
        write_animated([box, (box[0], box[1][:0])], tmp_path / "a.glb")
    with pytest.raises(BadInput, match="create it first"):
        write_animated([box], tmp_path / "none" / "a.glb")
    assert not list(tmp_path.iterdir())
