"""Every format gives the same box; every damaged, huge or hostile file a sentence."""

from __future__ import annotations

import io
import os
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import trimesh

from ingest.files.geometry import Cloud, Limits, Mesh, Voxels
from ingest.files.load import load
from inrstore.errors import BadInput

BOX = trimesh.creation.box((1, 2, 3))
POINTS = np.random.default_rng(0).normal(size=(20, 3))


def write(path: Path, data: bytes | str) -> Path:
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return path


def exported(path: Path, mesh: trimesh.Trimesh | trimesh.Scene = BOX) -> Path:
    mesh.export(path)
    return path


def area(mesh: Mesh | Cloud | Voxels) -> float:
    assert isinstance(mesh, Mesh)
    return float(trimesh.Trimesh(mesh.vertices, mesh.faces, process=False).area)


@pytest.mark.parametrize("suffix", ["obj", "stl", "ply", "off", "glb", "gltf", "3mf", "dae"])
def test_mesh_formats(tmp_path: Path, suffix: str) -> None:
    mesh = load(exported(tmp_path / f"box.{suffix}"))
    assert area(mesh) == pytest.approx(22, rel=1e-6)


def test_suffixes_in_capitals_and_ascii_forms(tmp_path: Path) -> None:
    assert area(load(write(tmp_path / "B.STL", BOX.export(file_type="stl_ascii")))) == pytest.approx(22)
    assert area(load(write(tmp_path / "B.PLY", BOX.export(file_type="ply", encoding="ascii")))) == pytest.approx(22)


def test_modelnets_off_header_without_a_line_break(tmp_path: Path) -> None:
    text = BOX.export(file_type="off").replace("OFF\n", "OFF", 1)
    assert area(load(write(tmp_path / "m.off", text))) == pytest.approx(22)


def test_polygons_are_cut_into_triangles(tmp_path: Path) -> None:
    mesh = load(write(tmp_path / "q.obj", "v 0 0 0\nv 2 0 0\nv 2 1 0\nv 0 1 0\nf 1 2 3 4\n"))
    assert area(mesh) == pytest.approx(2)


def test_a_scene_is_flattened_with_its_transforms(tmp_path: Path) -> None:
    scene = trimesh.Scene()
    move = trimesh.transformations.translation_matrix((10, 0, 0)) @ np.diag((2.0, 2, 2, 1))
    scene.add_geometry(BOX, node_name="a", geom_name="g")
    scene.add_geometry(BOX, node_name="b", geom_name="h", transform=move)
    mesh = load(exported(tmp_path / "s.glb", scene))
    assert area(mesh) == pytest.approx(22 + 88)
    assert isinstance(mesh, Mesh) and mesh.vertices[:, 0].max() == pytest.approx(11)
    assert mesh.units == "meters"


def test_a_material_that_is_missing_does_not_matter(tmp_path: Path) -> None:
    assert area(load(write(tmp_path / "m.obj", "mtllib gone.mtl\nusemtl x\n" + BOX.export(file_type="obj")))) > 0


@pytest.mark.parametrize("suffix", ["ply", "obj"])
def test_points_without_faces_are_a_cloud(tmp_path: Path, suffix: str) -> None:
    if suffix == "obj":
        path = write(tmp_path / "c.obj", "".join(f"v {x} {y} {z}\n" for x, y, z in POINTS))
    else:
        path = write(tmp_path / "c.ply", trimesh.PointCloud(POINTS).export(file_type="ply"))
    cloud = load(path)
    assert isinstance(cloud, Cloud)
    np.testing.assert_allclose(cloud.points, POINTS, atol=1e-6)


def rows(separator: str) -> str:
    return "".join(separator.join(f"{v:.9f}" for v in row) + "\n" for row in POINTS)


@pytest.mark.parametrize(
    "name, text",
    [
        ("a.xyz", rows(" ")),
        ("b.xyz", "# made by hand\nx y z\n" + rows("\t")),
        ("c.xyz", rows(", ")),
        ("d.xyz", "".join(line + " 255 0 7\n" for line in rows(" ").splitlines())),
        ("e.pts", "20\n" + rows(" ")),
    ],
)
def test_text_clouds(tmp_path: Path, name: str, text: str) -> None:
    cloud = load(write(tmp_path / name, text))
    assert isinstance(cloud, Cloud)
    np.testing.assert_allclose(cloud.points, POINTS, atol=1e-8)


PCD = (
    "# .PCD v0.7\nVERSION 0.7\nFIELDS rgb x y z\nSIZE 4 4 4 4\nTYPE U F F F\nCOUNT 1 1 1 1\n"
    "WIDTH 20\nHEIGHT 1\nPOINTS 20\n"
)


def pcd(coding: str) -> bytes:
    columns = [np.arange(20, dtype="<u4"), *(POINTS[:, i].astype("<f4") for i in range(3))]
    if coding == "ascii":
        lines = [" ".join(str(c[i]) for c in columns) for i in range(20)]
        body = ("\n".join(lines) + "\n").encode()
    elif coding == "binary":
        body = b"".join(c[i].tobytes() for i in range(20) for c in columns)
    else:
        plain = b"".join(c.tobytes() for c in columns)
        packed = b"".join(bytes([len(plain[i : i + 32]) - 1]) + plain[i : i + 32] for i in range(0, 320, 32))
        body = struct.pack("<II", len(packed), len(plain)) + packed
    return f"{PCD}DATA {coding}\n".encode() + body


@pytest.mark.parametrize("coding", ["ascii", "binary", "binary_compressed"])
def test_pcd(tmp_path: Path, coding: str) -> None:
    cloud = load(write(tmp_path / "c.pcd", pcd(coding)))
    assert isinstance(cloud, Cloud)
    np.testing.assert_allclose(cloud.points, POINTS, atol=1e-6)


def test_lzf_copies() -> None:
    from ingest.files.pcd import _lzf

    # literal "ab", then seven bytes from two back (overlapping itself), then a long copy of twelve
    assert _lzf(b"\x01ab" + bytes([5 << 5, 1]) + bytes([7 << 5, 3, 0]), 21) == b"ab" + b"abababa" + b"a" * 12
    with pytest.raises(ValueError, match="damaged"):
        _lzf(bytes([1 << 5, 9]), 100)


def test_arrays(tmp_path: Path) -> None:
    np.save(tmp_path / "c.npy", np.hstack([POINTS, POINTS]))
    cloud = load(tmp_path / "c.npy")
    assert isinstance(cloud, Cloud) and cloud.points.shape == (20, 3)
    grid = np.zeros((4, 5, 6), bool)
    grid[1, 2, 3] = True
    np.save(tmp_path / "g.npy", grid)
    voxels = load(tmp_path / "g.npy")
    assert isinstance(voxels, Voxels) and voxels.grid.sum() == 1
    np.testing.assert_allclose(voxels.origin, (-1.5, -2, -2.5))
    np.savez(tmp_path / "m.npz", vertices=BOX.vertices, faces=BOX.faces)
    assert area(load(tmp_path / "m.npz")) == pytest.approx(22)
    np.savez_compressed(tmp_path / "p.npz", points=POINTS, other=grid)
    assert isinstance(load(tmp_path / "p.npz"), Cloud)


def test_an_archive_that_is_named(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "z.zip", "w") as archive:
        archive.writestr("../../evil.obj", BOX.export(file_type="obj"))
    assert area(load(tmp_path / "z.zip")) == pytest.approx(22)
    assert not (tmp_path.parent.parent / "evil.obj").exists()


DAMAGED: dict[str, Callable[[], bytes | str]] = {
    "empty.obj": lambda: b"",
    "empty.ply": lambda: b"",
    "noise.obj": lambda: os.urandom(2000),
    "noise.stl": lambda: b"\x00" + os.urandom(2000),
    "noise.ply": lambda: os.urandom(2000),
    "noise.glb": lambda: os.urandom(2000),
    "noise.npy": lambda: os.urandom(2000),
    "noise.npz": lambda: os.urandom(2000),
    "noise.pcd": lambda: os.urandom(2000),
    "noise.binvox": lambda: os.urandom(2000),
    "noise.xyz": lambda: os.urandom(2000),
    "cut.ply": lambda: BOX.export(file_type="ply")[:-20],
    "header.ply": lambda: b"ply\nformat ascii 1.0\nelement vertex 3\n",
    "cut.glb": lambda: BOX.export(file_type="glb")[:-200],
    "cut.stl": lambda: BOX.export(file_type="stl")[:-100],
    "cut.3mf": lambda: BOX.export(file_type="3mf")[:-100],
    "cut.dae": lambda: BOX.export(file_type="dae")[:-100],
    "cut.off": lambda: BOX.export(file_type="off")[:150],
    "cut.pcd": lambda: pcd("binary")[:-8],
    "cut.xyz": lambda: "1 2 3\n4 5\n",
    "index.obj": lambda: "v 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 9\n",
    "index.off": lambda: "OFF\n3 1 0\n0 0 0\n1 0 0\n0 1 0\n3 0 1 7\n",
    "lines.obj": lambda: "v 0 0 0\nv 1 0 0\nl 1 2\n",
    "count.ply": lambda: "ply\nformat ascii 1.0\nelement vertex 999999999\nproperty float x\nend_header\n1\n",
    "pickle.npy": lambda: npy(np.array([{}], dtype=object)),
    "text.npy": lambda: npy(np.array(["a"])),
    "flat.npy": lambda: npy(np.zeros(7)),
    "several.npy": lambda: npy(np.zeros((5, 100, 3))),
    "script.sh": lambda: "1 2 3\n",
    "plain": lambda: "1 2 3\n",
}


def npy(array: np.ndarray) -> bytes:
    file = io.BytesIO()
    np.save(file, array, allow_pickle=True)
    return file.getvalue()


@pytest.mark.parametrize("name", DAMAGED)
def test_damaged_files_are_refused_by_name(tmp_path: Path, name: str) -> None:
    path = write(tmp_path / name, DAMAGED[name]())
    try:
        geometry = load(path)
    except BadInput as error:
        assert str(path) in str(error) and len(str(error)) < len(str(path)) + 400
    else:  # a reader may make something of lines and noise, but not a mesh
        assert isinstance(geometry, Cloud) and name in ("lines.obj", "noise.obj")


def test_a_truncated_obj_is_what_is_left_of_it(tmp_path: Path) -> None:
    text = BOX.export(file_type="obj")
    mesh = load(write(tmp_path / "t.obj", text[:-9]))
    assert isinstance(mesh, Mesh) and len(mesh.faces) == 11


def test_a_folder_a_pipe_and_nothing(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "p.obj")
    (tmp_path / "d.obj").mkdir()
    for name in ("p.obj", "d.obj", "gone.obj"):
        with pytest.raises(BadInput, match=name):
            load(tmp_path / name)


def test_limits_and_their_override(tmp_path: Path) -> None:
    path = exported(tmp_path / "b.obj")
    with pytest.raises(BadInput, match="over the limit of 100; raise max_bytes"):
        load(path, Limits(max_bytes=100))
    with pytest.raises(BadInput, match="12 faces, over the limit of 11"):
        load(path, Limits(max_faces=11))
    assert load(path, Limits(max_faces=12))


def test_a_zip_bomb_in_a_3mf_is_not_unpacked(tmp_path: Path) -> None:
    path = tmp_path / "bomb.3mf"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("3D/3dmodel.model", b" " * (100 * 2**20))
    assert path.stat().st_size < 200_000
    with pytest.raises(BadInput, match="zip bomb"):
        load(path)
    with pytest.raises(BadInput, match="when unpacked"):
        load(path, Limits(max_bytes=2**20))


def test_bombs_within_archives(tmp_path: Path) -> None:
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("3D/3dmodel.model", b" " * (100 * 2**20))
    with zipfile.ZipFile(tmp_path / "outer.zip", "w") as archive:
        archive.writestr("a.3mf", inner.getvalue())
    with pytest.raises(BadInput, match="zip bomb"):
        load(tmp_path / "outer.zip")


def test_nothing_outside_the_folder_is_opened(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    gltf = folder / "s.gltf"
    files = BOX.export(file_type="gltf")
    text = files["model.gltf"].decode()
    for name, data in files.items():
        if name.endswith(".bin"):
            write(tmp_path / name, data)
            text = text.replace(name, f"../{name}")
    write(gltf, text)
    with pytest.raises(BadInput, match="outside its own folder"):
        load(gltf)
    for name in files:
        if name.endswith(".bin"):
            (folder / name).symlink_to(tmp_path / name)
    write(gltf, text.replace("../", ""))
    with pytest.raises(BadInput, match="outside its own folder"):
        load(gltf)


def test_no_entity_reads_a_file(tmp_path: Path) -> None:
    secret = write(tmp_path / "secret", "9 9 9")
    entity = f'<!DOCTYPE x [<!ENTITY e SYSTEM "file://{secret}">]>'
    text = BOX.export(file_type="dae").decode().replace("?>", "?>" + entity, 1)
    start = text.index("<float_array")
    at = text.index(">", start) + 1
    path = write(tmp_path / "x.dae", text[:at] + "&e; " + text[at:])
    try:
        geometry = load(path)
    except BadInput:
        return
    assert isinstance(geometry, Mesh) and not (geometry.vertices == 9).any()
