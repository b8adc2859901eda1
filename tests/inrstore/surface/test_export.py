"""Every format comes back with the source's own coordinates; what cannot be written is refused by name."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import trimesh

from ingest.files.load import load
from inrstore.errors import BadInput, NoEncoder, ShapeNotFound, StorageFull
from inrstore.model import from_recipe
from inrstore.network.recipe import Recipe
from inrstore.records import Inr, NewShape
from inrstore.store import init_store
from inrstore.surface.export import FORMATS, MESH_FORMATS, export_shape, shape_cloud, shape_mesh, write_shape
from tests.inrstore.surface.decoding import HALF, RADIUS, UP, OneShape, box_weights

Z_UP = (1.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0, -1.0, 0.0)
"""Rows: where the normalised frame's axes lie in a source whose Z is up."""
REF = "abcdef0123"


def export(store: Any, *args: Any, **options: Any) -> Path:
    return export_shape(store, REF, *args, **{"resolution": 48, "count": 3000, **options})


def assert_bounds(found: np.ndarray, center: Any, half: Any, tolerance: float) -> None:
    half = np.asarray(half)
    expected = np.array([np.asarray(center) - half, np.asarray(center) + half])
    assert np.abs(np.asarray(found) - expected).max() < tolerance


@pytest.mark.parametrize("format", MESH_FORMATS)
@pytest.mark.parametrize("rotation", [None, Z_UP], ids=["y-up", "z-up"])
def test_meshes_in_source_coordinates(tmp_path: Path, format: str, rotation: Any) -> None:
    path = export(OneShape(rotation=rotation), tmp_path / f"out.{format}")
    mesh = trimesh.load(path, force="mesh")
    half = 4.0 * (HALF if rotation is None else HALF[[0, 2, 1]])
    assert_bounds(mesh.bounds, (10, 20, 30), half, 0.15)
    assert mesh.volume == pytest.approx(8 * half.prod(), rel=0.05)  # positive: outward also when rotated
    assert [p.name for p in tmp_path.iterdir()] == [path.name]


@pytest.mark.parametrize("format", ["xyz", "npy"])
def test_clouds(tmp_path: Path, format: str) -> None:
    path = export(OneShape(field="udf", kind="cloud"), tmp_path / f"out.{format}")
    points = np.load(path) if format == "npy" else np.loadtxt(path)
    assert points.shape == (3000, 3)
    assert_bounds([points.min(axis=0), points.max(axis=0)], (10, 20, 30), 4.0 * HALF, 0.25)


@pytest.mark.parametrize("scale", [1e-6, 1e6])
@pytest.mark.parametrize("format", ["obj", "off", "xyz", "stl"])
def test_any_unit_keeps_its_digits(tmp_path: Path, format: str, scale: float) -> None:
    store = OneShape(center=(0.0, 0.0, 0.0), scale=scale)
    path = export(store, tmp_path / f"out.{format}")
    mesh = shape_mesh(store, REF, resolution=48)
    if format == "xyz":
        found, true = np.loadtxt(path), shape_cloud(store, REF, resolution=48, count=3000)
        assert np.abs(found - true).max() < 2e-7 * scale
    else:
        read = trimesh.load(path, process=False)  # which would merge what is 1e-8 apart
        assert np.abs(read.bounds - mesh.bounds).max() < 2e-7 * scale


@pytest.mark.parametrize("rotation", [None, Z_UP], ids=["y-up", "z-up"])
def test_voxels(tmp_path: Path, rotation: tuple[float, ...] | None) -> None:
    store = OneShape(field="occ", kind="voxels", rotation=rotation)
    grid = np.load(export(store, tmp_path / "out.npy"))
    assert grid.shape == (48, 48, 48) and grid.dtype == bool
    axis = np.abs((np.arange(48) + 0.5) / 24 - 1)
    x, y, z = (axis < half for half in (HALF if rotation is None else HALF[[0, 2, 1]]))
    true = x[:, None, None] & y[:, None] & z
    assert (grid & true).sum() > 0.75 * (grid | true).sum()  # with two axes swapped it would be 0.43
    voxels = load(export(store, tmp_path / "out.binvox"))
    assert np.array_equal(voxels.grid, grid)
    assert voxels.pitch == pytest.approx(8 / 48)
    assert voxels.origin == pytest.approx(np.array([10, 20, 30]) - 4 + 4 / 48)


def test_fewer_faces_on_request(tmp_path: Path) -> None:
    store: Any = OneShape()
    written = write_shape(store, REF, tmp_path / "out.glb", resolution=48, faces=200)
    mesh = trimesh.load(written.path, force="mesh")
    assert written.faces == len(mesh.faces) <= 200 and written.vertices == len(mesh.vertices) and written.watertight
    assert_bounds(mesh.bounds, (10, 20, 30), 4.0 * HALF, 0.2)
    assert len(shape_mesh(store, REF, resolution=48, faces=200).faces) == written.faces
    cloud = write_shape(store, REF, tmp_path / "out.xyz", count=10, faces=200)
    assert (cloud.vertices, cloud.faces, cloud.watertight) == (None, None, None)
    with pytest.raises(BadInput, match="faces: 3"):
        shape_mesh(store, REF, resolution=48, faces=3)


def test_up_goes_where_the_source_has_it(tmp_path: Path) -> None:
    store = OneShape(kind="voxels", rotation=Z_UP)
    sphere = shape_mesh(store, REF, via="decoder", resolution=48)  # type: ignore[arg-type]
    assert sphere.bounds.mean(axis=0) == pytest.approx((10, 20, 30 + 4 * UP), abs=0.01)
    grid = np.load(export(store, tmp_path / "out.npy", via="decoder"))
    assert np.argwhere(grid).mean(axis=0) == pytest.approx((23.5, 23.5, 23.5 + 24 * UP), abs=0.1)


def test_default_names_stay_inside_the_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = export(OneShape(name="../../étagère n° 1.obj"), tmp_path)
    assert path == tmp_path / "étagère_n_1.obj-abcdef01.obj"
    assert export(OneShape(name="///", kind="cloud", field="udf"), tmp_path).name == "shape-abcdef01.xyz"
    monkeypatch.chdir(tmp_path)
    assert export(OneShape(), format="ply") == Path("box-abcdef01.ply")
    assert (tmp_path / "box-abcdef01.ply").is_file()


def test_by_source_path_and_unknown_shapes(tmp_path: Path) -> None:
    store: Any = OneShape()
    assert export_shape(store, "box.obj", tmp_path / "a.stl", resolution=32).is_file()
    with pytest.raises(ShapeNotFound):
        export_shape(store, "nothing", tmp_path / "b.stl")


def test_decoder_and_profiles(tmp_path: Path) -> None:
    store: Any = OneShape()
    sphere = shape_mesh(store, REF, via="decoder", resolution=64)
    assert sphere.volume == pytest.approx(4 / 3 * np.pi * (4 * RADIUS) ** 3, rel=0.01)
    with pytest.raises(NoEncoder, match="no embedding"):
        shape_mesh(OneShape(embedded=False), REF, via="decoder")  # type: ignore[arg-type]
    with pytest.raises(BadInput, match="'magic' is neither"):
        shape_mesh(store, REF, via="magic")
    with pytest.raises(BadInput, match="leave it out"):
        shape_mesh(store, REF, via="decoder", profile="default")
    with pytest.raises(BadInput, match="it has default"):
        shape_mesh(store, REF, profile="fidelity")


def test_the_surface_comes_from_the_last_profile_beyond_the_default() -> None:
    empty = np.zeros_like(box_weights("sdf"))
    store: Any = OneShape(profiles={"default": empty, "paper": empty, "fidelity": box_weights("sdf")})
    assert shape_mesh(store, REF, resolution=48).volume > 0
    with pytest.raises(ValueError, match="no surface"):
        shape_mesh(store, REF, profile="default", resolution=48)


@pytest.mark.parametrize(
    ("path", "format", "message"),
    [
        ("out.docx", None, "'docx' is not known; choose one of obj, ply"),
        ("out.obj", "fbx", "'fbx' is not known"),
        ("out.obj", "ply", "contradicts the ending"),
        ("nowhere/out.obj", None, "does not exist"),
    ],
)
def test_refusals_write_nothing(tmp_path: Path, path: str, format: str | None, message: str) -> None:
    with pytest.raises(BadInput, match=message):
        export(OneShape(), tmp_path / path, format=format)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(("number", "error"), [(errno.ENOSPC, StorageFull), (errno.EACCES, PermissionError)])
def test_a_failed_write_keeps_the_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, error: type[Exception]
) -> None:
    path = tmp_path / "out.obj"
    path.write_text("old")

    def refuse(*args: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "replace", refuse)
    with pytest.raises(error):
        export(OneShape(), path)
    assert path.read_text() == "old" and len(list(tmp_path.iterdir())) == 1


def test_from_a_real_store(tmp_path: Path) -> None:
    model = from_recipe(Recipe("test", hidden=32, base="random"))
    inr = Inr(model.base.id, "default", "sdf", box_weights("sdf"), error=0.0, steps=250)
    store = init_store(tmp_path / "shapes.store", model)
    frame: Any = ((10.0, 20.0, 30.0), 4.0, None)
    shape = NewShape("ab" * 32, "box", "sdf", "mesh", *frame, "/box.obj", "cd" * 32, 1, (inr,), None)
    store.commit([shape])
    path = export_shape(store, "abab", tmp_path / "out.ply", resolution=48)
    assert_bounds(trimesh.load(path).bounds, (10, 20, 30), 4.0 * HALF, 0.15)
    with pytest.raises(NoEncoder):
        export_shape(store, "abab", tmp_path / "other.ply", via="decoder")


def test_the_formats_are_those_that_the_command_offers() -> None:
    assert set(FORMATS) == {"obj", "ply", "stl", "glb", "off", "xyz", "npy", "binvox", "inr"}
