"""Pictures of sources: what they show, that they cost no shape and change none, and which runs draw them."""

from __future__ import annotations

import pickle
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import trimesh
from trimesh.visual import TextureVisuals
from trimesh.visual.material import PBRMaterial

import ingest
from ingest import thumbnails, worker
from ingest.discover import discover
from ingest.files.geometry import Cloud, Geometry, Limits, Mesh, Voxels
from ingest.files.load import load
from ingest.options import IngestOptions, Options
from ingest.sampling.normalise import normalise
from ingest.settings import settings_for
from ingest.thumbnails import boxes, draw, thumbnail
from inrstore.pictures.render import render_mesh
from inrstore.pictures.webp import from_webp
from inrstore.records import THUMBNAIL_BYTES
from inrstore.store import Store
from tests.ingest.files.test_networks import official
from tests.ingest.runs import BOX, counts, run
from tests.ingest.runs import boxes as write_boxes
from tests.ingest.test_rerun import writes


def picture(geometry: Geometry, up: str = "y") -> np.ndarray:
    return draw(geometry, normalise(geometry, up)).astype(int)


def shown(image: np.ndarray) -> np.ndarray:
    """Where the shape is: it has a colour, background and shadow are grey."""
    return np.asarray(np.ptp(image, axis=2) > 25)


def colored(tmp_path: Path, color: tuple[float, float, float], mesh: trimesh.Trimesh = BOX) -> Path:
    mesh = mesh.copy()
    mesh.visual = TextureVisuals(material=PBRMaterial(baseColorFactor=[*color, 1.0]))
    mesh.export(tmp_path / "a.glb")
    return tmp_path / "a.glb"


# --- what they show


def test_a_mesh_has_its_own_colour(tmp_path: Path) -> None:
    image = picture(load(colored(tmp_path, (1, 0, 0)), Limits(appearance=True)))
    red = (image[..., 0] > 90) & (image[..., 1:].max(axis=2) < 30)
    assert red.mean() > 0.2 and (red ^ shown(image)).mean() < 0.03


def test_colours_do_not_change_where_the_shape_is(tmp_path: Path) -> None:
    """Drawn as it was loaded, a mesh lies where the cleaned one does, also turned and far from the origin."""
    mesh = trimesh.creation.cone(1, 3).apply_translation((500, -20, 3))
    path = colored(tmp_path, (0, 0, 1), mesh)
    for up in ("y", "z"):
        one = shown(picture(load(path, Limits(appearance=True)), up))
        other = shown(picture(load(path), up))
        assert 0.1 < one.mean() < 0.7 and (one ^ other).mean() < 0.01


def test_up_is_up() -> None:
    """The same cone, once along y and once along z with z up."""
    mesh = trimesh.creation.cone(1, 3)
    turned = mesh.vertices[:, [1, 2, 0]]
    z_up = picture(Mesh(np.asarray(mesh.vertices), np.asarray(mesh.faces)), "z")
    y_up = picture(Mesh(turned, np.asarray(mesh.faces)))
    rows = shown(z_up).sum(axis=1)
    filled = np.flatnonzero(rows)
    assert rows[filled[0] + 10] < rows[filled[-1] - 40] / 3, "its tip is above"
    assert (shown(y_up) ^ shown(z_up)).mean() < 0.02


def test_clouds_are_balls_and_voxels_boxes() -> None:
    points = trimesh.creation.icosphere(4).vertices
    assert 0.2 < shown(picture(Cloud(np.asarray(points)))).mean() < 0.7
    grid = np.zeros((9, 9, 9), bool)
    grid[2:7, 2:7, 2:7] = True
    solid = trimesh.creation.box((5, 5, 5))
    cube = render_mesh(solid.vertices, solid.faces).astype(int)
    assert (shown(picture(Voxels.centred(grid))) ^ shown(cube)).mean() < 0.005


def test_the_boxes_of_voxels_are_their_surface() -> None:
    """Two cells that touch, and one alone: 16 sides of width 0.5, around where the cells are."""
    grid = np.zeros((4, 3, 2), bool)
    grid[0, 0, 0] = grid[1, 0, 0] = grid[3, 2, 1] = True
    vertices, faces = boxes(Voxels(grid, np.array([10.0, 0, 0]), pitch=0.5))
    mesh = trimesh.Trimesh(vertices, faces)
    assert len(faces) == 2 * 16 and mesh.area == pytest.approx(16 * 0.25)
    assert np.allclose(mesh.bounds, [(9.75, -0.25, -0.25), (11.75, 1.25, 0.75)])


def test_a_fine_grid_is_drawn_coarser(monkeypatch: pytest.MonkeyPatch) -> None:
    grid = np.zeros((10, 10, 10), bool)
    grid[:9] = True
    whole = trimesh.Trimesh(*boxes(Voxels(grid, np.zeros(3))))
    monkeypatch.setattr(thumbnails, "CELLS", 5)
    coarse = trimesh.Trimesh(*boxes(Voxels(grid, np.zeros(3))))
    assert len(coarse.faces) < len(whole.faces) / 3
    assert np.allclose(coarse.bounds, [(-0.5,) * 3, (9.5,) * 3])


# --- what they cost


def test_what_cannot_be_drawn_is_no_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object) -> None:
        raise RuntimeError("a library")

    monkeypatch.setattr(thumbnails, "draw", fails)
    mesh = Mesh(np.asarray(BOX.vertices), np.asarray(BOX.faces))
    assert thumbnail(mesh, normalise(mesh)) is None


@pytest.fixture
def prepared(store: Store, tmp_path: Path) -> Iterator[dict[bool, Any]]:
    """The same coloured file, prepared with and without a picture."""
    (file,) = discover([colored(tmp_path, (1, 0.5, 0), trimesh.creation.torus(1, 0.3))]).sources
    found = {}
    for wanted in (True, False):
        worker.start(pickle.dumps(settings_for(store, IngestOptions(thumbnails=wanted, keep_samples=20_000))))
        found[wanted] = worker.prepare(file), worker.run(file)
    yield found


def test_pictures_and_colours_change_nothing_else(prepared: dict[bool, Any]) -> None:
    (with_picture, shape), (without, plain) = prepared[True], prepared[False]
    assert with_picture.thumbnail and without.thumbnail is None and plain.thumbnail is None
    assert shape.thumbnail == with_picture.thumbnail, "the same bytes each time"
    assert len(shape.thumbnail) <= THUMBNAIL_BYTES
    assert (shape.sha256, shape.twins, shape.quality) == (plain.sha256, plain.twins, plain.quality)
    assert (shape.center, shape.scale, shape.rotation) == (plain.center, plain.scale, plain.rotation)
    for one, other in zip(with_picture.samples, without.samples, strict=True):
        assert np.array_equal(one.points, other.points) and np.array_equal(one.values, other.values)
    assert np.array_equal(with_picture.kept.points, without.kept.points)
    assert np.array_equal(shape.inrs[0].weights, plain.inrs[0].weights)
    assert np.array_equal(shape.embedding, plain.embedding)


# --- which runs draw them


def test_new_shapes_have_one_unless_it_is_refused(store: Store, tmp_path: Path) -> None:
    run(store, write_boxes(tmp_path / "in", 2))
    run(store, write_boxes(tmp_path / "more", 1, start=7), thumbnails=False)
    having = [store.thumbnail(key) is not None for key in store.keys().tolist()]
    assert having == [True, True, False]
    image = from_webp(store.thumbnails(store.keys())[int(store.keys()[0])])
    assert image.shape == (256, 256, 3) and 0.1 < shown(image.astype(int)).mean() < 0.8


def test_stored_shapes_get_one_if_it_is_asked_for(store: Store, tmp_path: Path) -> None:
    folder = write_boxes(tmp_path / "in", 3)
    run(store, folder, thumbnails=False)
    with writes(store) as found:
        assert counts(run(store, folder)) == (0, 3, 0)
    assert found == [] and not len(store.thumbnail_keys())
    before = store.weights(store.keys())
    assert counts(run(store, folder, thumbnails=True)) == (3, 0, 0)
    assert len(store.thumbnail_keys()) == 3 and np.array_equal(store.weights(store.keys()), before)
    with writes(store) as found:
        assert counts(run(store, folder, thumbnails=True)) == (0, 3, 0)
    assert found == []


def test_imported_networks_have_one(store: Store, tmp_path: Path) -> None:
    path = official(tmp_path / "network.h5", "sdf")
    assert counts(ingest.import_inrs(store, [path], jobs=1, thumbnails=False)) == (1, 0, 0)
    assert store.thumbnail(str(path)) is None
    assert counts(ingest.import_inrs(store, [path], jobs=1, thumbnails=True)) == (1, 0, 0)
    kept = store.thumbnail(str(path))
    assert kept is not None and 0.1 < shown(from_webp(kept).astype(int)).mean() < 0.8


def test_queries_draw_nothing() -> None:
    assert Options().thumbnails is False and not Options().limits.appearance
    assert IngestOptions().thumbnails is None and IngestOptions().limits.appearance
