"""What files say of the parts of shapes: beside them, and in themselves."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import trimesh

from ingest.files.geometry import Cloud, Limits, Mesh, Voxels
from ingest.files.load import load
from ingest.files.part_labels import Parted, beside, parted
from ingest.files.text import is_shape
from inrstore.errors import BadInput

BOX = trimesh.creation.box()  # of twelve triangles


def said(path: Path) -> Parted | None:
    return parted(path, load(path), Limits())


@pytest.fixture
def box(tmp_path: Path) -> Path:
    path = tmp_path / "box.ply"
    BOX.export(path)
    return path


def test_arrays_beside_a_mesh(box: Path) -> None:
    assert said(box) is None and beside(box) is None
    part = np.arange(12, dtype=np.uint8) % 3
    np.savez(box.with_name("box.parts.npz"), face_part=part, part_names=np.array(["leg", "seat", "back", "arm"]))
    found = said(box)
    assert found is not None and found.names == ("leg", "seat", "back", "arm") and found.part.tolist() == part.tolist()
    assert beside(str(box)) == box.with_name("box.parts.npz")
    np.savez(box.with_name("box.parts.npz"), face_part=part * 5)  # without names: those that are there, by their number
    unnamed = said(box)
    assert unnamed is not None and unnamed.names == ("part 0", "part 5", "part 10")
    assert unnamed.part.tolist() == part.tolist()


def test_numbers_a_line(box: Path) -> None:
    """Of the Princeton Segmentation Benchmark for faces, of ShapeNetPart for points, in a folder of their own."""
    box.with_suffix(".seg").write_text("\n".join(["4"] * 6 + ["9"] * 6) + "\n")
    found = said(box)
    assert found is not None and found.names == ("part 4", "part 9") and found.part.tolist() == [0] * 6 + [1] * 6
    cloud, labels = box.parent / "02691156" / "points", box.parent / "02691156" / "points_label"
    cloud.mkdir(parents=True)
    labels.mkdir()
    np.savetxt(cloud / "1a.pts", np.random.default_rng(0).normal(size=(5, 3)))
    (labels / "1a.seg").write_text("1\n1\n2\n2\n4\n")
    of_cloud = said(cloud / "1a.pts")
    assert of_cloud is not None and of_cloud.names == ("part 1", "part 2", "part 4")
    assert isinstance(of_cloud.geometry, Cloud) and of_cloud.part.tolist() == [0, 0, 1, 1, 2]


def test_the_seventh_column_of_a_cloud(tmp_path: Path) -> None:
    rows = np.random.default_rng(0).normal(size=(6, 6))
    rows[:, 3:] /= np.linalg.norm(rows[:, 3:], axis=1, keepdims=True)
    np.savetxt(tmp_path / "plane.txt", np.column_stack([rows, [12, 12, 13, 13, 14, 14]]), fmt="%.6f")
    found = said(tmp_path / "plane.txt")
    assert found is not None and found.names == ("part 12", "part 13", "part 14")
    assert found.part.tolist() == [0, 0, 1, 1, 2, 2]
    np.testing.assert_allclose(found.geometry.points, rows[:, :3], atol=1e-6)  # type: ignore[union-attr]
    np.savetxt(tmp_path / "bare.txt", rows)
    np.savetxt(tmp_path / "real.txt", np.column_stack([rows, rows[:, 0]]))
    scanned = np.column_stack([rows[:, :3], np.full((6, 4), 200)])  # intensity and colour, as of Leica's PTS
    np.savetxt(tmp_path / "leica.pts", scanned, fmt="%.4f")
    np.savetxt(tmp_path / "infinite.txt", np.column_stack([rows, [1, 1, 2, 2, np.inf, 3]]))
    (tmp_path / "uneven.txt").write_text("0 0 0 0 0 1 1\n" * 12 + "1 2 3 4\n")
    for name in ("bare.txt", "real.txt", "leica.pts", "infinite.txt", "uneven.txt"):
        assert said(tmp_path / name) is None, name


def test_which_texts_are_clouds(tmp_path: Path) -> None:
    for name, text, cloud in [
        ("a", "1 2 3\n4 5 6\n", True),
        ("b", "1,2,3,4,5,6,7\n1,2,3,4,5,6,7", True),
        ("readme", "Three models\n1 2 3\n", False),
        ("uneven", "1 2 3\n1 2 3 4\n1 2 3\n", False),
        ("empty", "", False),
    ]:
        (tmp_path / f"{name}.txt").write_text(text)
        assert is_shape(tmp_path / f"{name}.txt") is cloud, name


def test_groups_and_objects_of_obj(tmp_path: Path) -> None:
    corners = "v 0 0 0\nv 1 0 0\nv 0 1 0\nv 0 0 1\n"
    path = tmp_path / "a.obj"
    path.write_text(f"o all\n{corners}g leg\nf 1 2 3\ng seat back\nf 1 2 4\nf 2 3 4\ng leg\nf 1 3 4\n")
    found = said(path)
    assert found is not None and sorted(found.names) == ["leg", "seat back"]
    assert isinstance(found.geometry, Mesh)
    of_leg = {name: (found.part == place).sum() for place, name in enumerate(found.names)}
    assert of_leg == {"leg": 2, "seat back": 2}
    path.write_text(f"{corners}o leg\nf 1 2 3\no seat\nf 1 2 4\nf 2 3 4\n")
    found = said(path)
    assert found is not None and sorted(found.names) == ["leg", "seat"] and len(found.part) == 3
    path.write_text(f"{corners}o only\nf 1 2 3\nf 1 2 4\n")
    assert said(path) is None


def test_objects_of_a_scene_lie_where_they_stand(tmp_path: Path) -> None:
    scene = trimesh.Scene()
    scene.add_geometry(trimesh.creation.box(), node_name="seat", geom_name="seat")
    scene.add_geometry(
        trimesh.creation.box((0.1, 2, 0.1)),
        node_name="leg",
        geom_name="leg",
        transform=trimesh.transformations.translation_matrix([0, -1, 0]),
    )
    path = tmp_path / "stool.glb"
    scene.export(path)
    found = said(path)
    assert found is not None and sorted(found.names) == ["leg", "seat"] and isinstance(found.geometry, Mesh)
    leg = found.geometry.faces[found.part == found.names.index("leg")]
    assert found.geometry.vertices[leg].reshape(-1, 3).min(axis=0)[1] == pytest.approx(-2)


def test_colours_of_faces(tmp_path: Path) -> None:
    mesh = trimesh.creation.box()
    mesh.visual.face_colors = [[255, 0, 0, 255]] * 4 + [[0, 128, 0, 255]] * 8
    mesh.export(tmp_path / "box.ply")
    found = said(tmp_path / "box.ply")
    assert found is not None and set(found.names) == {"#ff0000", "#008000"}
    assert (found.part == found.names.index("#ff0000")).sum() == 4


@pytest.mark.parametrize(
    ("arrays", "reason"),
    [
        ({"face_part": np.zeros(10, int)}, "has parts for 10, but there are 12 triangles"),
        ({"face_part": np.zeros((12, 1), int)}, "face_part is int64 .*; give a whole number for each"),
        ({"face_part": np.zeros(12)}, "face_part is float64"),
        ({"other": np.zeros(12, int)}, "has the arrays other; it needs face_part or point_part"),
        ({"face_part": np.full(12, 2), "part_names": np.array(["a", "b"])}, "names a part 2, but part_names has 2"),
        ({"face_part": np.full(12, -1), "part_names": np.array(["a", "b"])}, "names a part -1"),
        ({"face_part": np.zeros(12, int), "part_names": np.array(["a", "a"])}, "empty or the same: a, a"),
        ({"face_part": np.zeros(12, int), "part_names": np.arange(300).astype(str)}, "300 parts; up to 256"),
    ],
)
def test_what_does_not_fit(box: Path, arrays: dict[str, Any], reason: str) -> None:
    np.savez(box.with_name("box.parts.npz"), **arrays)
    with pytest.raises(BadInput, match=f"box.parts.npz.*{reason}|{reason}"):
        said(box)


def test_arrays_of_parts_that_hold_their_surface(tmp_path: Path) -> None:
    path = tmp_path / "seat.npz"
    part = np.arange(12) % 2
    np.savez(path, vertices=BOX.vertices, faces=BOX.faces, face_part=part, part_names=np.array([b"a", b"b"]))
    found = said(path)
    assert found is not None and found.names == ("a", "b") and found.part.tolist() == part.tolist()


def test_names_that_cannot_be_stored(box: Path) -> None:
    np.savez(box.with_name("box.parts.npz"), face_part=np.zeros(12, int), part_names=np.array(["\ud800"]))
    with pytest.raises(BadInput, match="its parts in box.parts.npz cannot be read"):
        said(box)


def test_what_cannot_be_read(box: Path) -> None:
    box.with_suffix(".seg").write_text("1\ntwo\n")
    with pytest.raises(BadInput, match="its parts in box.seg cannot be read"):
        said(box)
    box.with_name("box.parts.npz").write_bytes(b"PK\x03\x04 cut short")
    with pytest.raises(BadInput, match="its parts in box.parts.npz cannot be read"):
        said(box)
    assert parted(box, Voxels.centred(np.ones((2, 2, 2))), Limits()) is None
