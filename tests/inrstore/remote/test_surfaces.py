"""What a server decodes is what the library decodes."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from inrstore.errors import BadInput, ShapeNotFound
from inrstore.surface.export import export_shape, shape_mesh
from tests.shapes import digest

from .conftest import Served


def test_surface(served: Served) -> None:
    store, remote, _ = served
    mesh, truth = remote.surface(digest(1), resolution=24), shape_mesh(store, digest(1), resolution=24)
    shape = remote.shape(digest(1))
    np.testing.assert_allclose(mesh.vertices * shape.scale + shape.center, truth.vertices, atol=1e-5)
    np.testing.assert_array_equal(mesh.faces, truth.faces)
    with pytest.raises(BadInput, match="no network of profile 'fine'"):
        remote.surface(shape, profile="fine")
    for wrong in ({"resolution": 4}, {"via": "x"}):
        with pytest.raises(BadInput):
            remote.surface(shape, **wrong)  # type: ignore[arg-type]


def test_between(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    """The server's own tests have the way itself, which takes long."""
    asked: list[Any] = []
    corner = np.eye(3, dtype=np.float32), np.array([[0, 1, 2]])

    def ways(gallery: Any, *ends: str) -> Any:
        def step(*where: float) -> Any:
            asked.append((*ends, *where))
            return SimpleNamespace(vertices=corner[0], faces=corner[1])

        return SimpleNamespace(step=step)

    monkeypatch.setattr("cli.serve.between.ways", ways)
    for t in (0, 1 / 3, 1):
        mesh = served.remote.between(digest(0), served.remote.shape(digest(1)), t, resolution=16)
        np.testing.assert_array_equal(mesh.vertices, corner[0])
        np.testing.assert_array_equal(mesh.faces, corner[1])
    assert asked == [(digest(0), digest(1), t, 16) for t in (0, 0.333, 1)]
    with pytest.raises(BadInput):
        served.remote.between(digest(0), digest(1), 1.5)


def test_files_are_those_of_the_library(served: Served, tmp_path: Path) -> None:
    store, remote, _ = served
    for name in ("a.ply", "a.xyz", "a.safetensors"):
        written = remote.export(digest(2), tmp_path / name, resolution=24)
        truth = export_shape(store, digest(2), tmp_path / f"true {name}", resolution=24)
        assert written == tmp_path / name and written.read_bytes() == truth.read_bytes()
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".")]


def test_names_are_those_of_the_library(served: Served, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store, remote, _ = served
    monkeypatch.chdir(tmp_path)
    for folder in (None, tmp_path):
        for number, format in ((1, None), (2, "inr")):
            found = remote.export(digest(number), folder, format=format, resolution=16)
            assert found.is_file() and found.parent == (folder or Path())
            assert found == export_shape(store, digest(number), folder, format=format, resolution=16)


def test_no_file_of_what_is_refused(served: Served, tmp_path: Path) -> None:
    remote, kept = served.remote, tmp_path / "kept.obj"
    kept.write_text("as it was")
    with pytest.raises(ShapeNotFound):
        remote.export("0" * 64, kept)
    with pytest.raises(BadInput, match="contradicts"):
        remote.export(digest(1), kept, format="stl")
    with pytest.raises(BadInput, match="is not known"):
        remote.export(digest(1), tmp_path / "a.doc")
    with pytest.raises(BadInput, match="does not exist; create it first"):
        remote.export(digest(1), tmp_path / "none" / "a.obj")
    with pytest.raises(BadInput):
        remote.export(digest(1), kept, resolution=1000)
    assert kept.read_text() == "as it was" and list(tmp_path.iterdir()) == [kept]


def test_thumbnail(served: Served) -> None:
    picture = served.remote.thumbnail(digest(1))
    assert picture[:4] == b"RIFF" and picture[8:12] == b"WEBP"
