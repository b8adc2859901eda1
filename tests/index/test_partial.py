"""Pieces that find their whole, cut from what stored networks decode to."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import trimesh
from scipy.spatial.transform import Rotation

import index
from inrstore.errors import BadInput
from inrstore.model import load_model
from inrstore.store import Store, init_store
from inrstore.surface.export import write_shape
from tests.shapes import digest, new_shape, packaged_networks, with_networks

WHOLE, LYING = 2, 5
Z_UP = np.array([[1, 0, 0], [0, 0, 1], [0, -1, 0]])
TURN = Rotation.from_euler("y", 60, degrees=True).as_matrix()


@pytest.fixture
def posed() -> None:
    """Of tests in which queries are turned."""


@pytest.fixture(scope="module")
def objects(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """Eight household objects, none as large as another."""
    model = load_model("default")
    networks = packaged_networks(model)[:8]
    store = init_store(tmp_path_factory.mktemp("partial") / "shapes.store", model)
    made = [new_shape(model, n, scale=1.0 + 0.1 * n) for n in range(len(networks))]
    made[LYING] = replace(made[LYING], rotation=tuple(float(x) for x in Z_UP.ravel()))
    store.commit(with_networks(model, made, networks))
    return store


@pytest.fixture(scope="module")
def half(objects: Store, tmp_path_factory: pytest.TempPathFactory) -> trimesh.Trimesh:
    return half_of(objects, WHOLE, tmp_path_factory.mktemp("half"))


def half_of(objects: Store, number: int, folder: Path) -> trimesh.Trimesh:
    """Of a stored shape, in its source's units, what is on one side of its middle."""
    path = folder / "whole.ply"
    write_shape(objects, digest(number), path, resolution=64)
    mesh = trimesh.load(path)
    side = mesh.triangles_center[:, 0] > mesh.bounds[:, 0].mean()
    return mesh.submesh([np.flatnonzero(side)], append=True)


def written(mesh: trimesh.Trimesh, path: Path) -> Path:
    mesh.export(path)
    return path


def test_a_half_finds_its_whole(objects: Store, half: trimesh.Trimesh, tmp_path: Path, posed: None) -> None:
    (found,) = index.search(objects, written(half, tmp_path / "half.ply"), k=4, partial=True)
    first = found.hits[0]
    assert first.id == digest(WHOLE) and first.pose is None and first.distance is not None and first.distance < 0.02
    assert [hit.rank for hit in found.hits] == [1, 2, 3, 4]
    distances = [hit.distance for hit in found.hits]
    assert distances == sorted(distances) and "distance" in repr(found)  # type: ignore[type-var]
    assert found.to_dict()["hits"][0]["distance"] == first.distance


def test_a_turned_half_finds_it_in_that_pose(
    objects: Store, half: trimesh.Trimesh, tmp_path: Path, posed: None
) -> None:
    turned = half.copy()
    turned.vertices = turned.vertices @ TURN.T + (7, 8, 9)
    (found,) = index.search(
        objects, written(turned, tmp_path / "turned.ply"), k=1, partial=True, pose="up", mirror=False
    )
    assert found.hits[0].id == digest(WHOLE) and found.hits[0].pose
    np.testing.assert_allclose(np.array(found.hits[0].pose.matrix), TURN.T, atol=0.1)


def test_a_half_finds_a_whole_whose_file_has_z_up(objects: Store, tmp_path: Path, posed: None) -> None:
    path = written(half_of(objects, LYING, tmp_path), tmp_path / "half.ply")
    for up in ("y", "z"):  # as it lies in its file, whichever way the query is read
        (found,) = index.search(objects, path, k=1, partial=True, up=up)
        first = found.hits[0]
        assert first.id == digest(LYING) and first.distance is not None and first.distance < 0.02
        if up == "z":
            assert first.pose is None
        else:
            assert first.pose is not None
            np.testing.assert_allclose(np.array(first.pose.matrix), Z_UP, atol=0.05)


def test_what_is_larger_is_no_piece(objects: Store, half: trimesh.Trimesh, tmp_path: Path, posed: None) -> None:
    large = half.copy().apply_scale(10)
    (found,) = index.search(objects, written(large, tmp_path / "large.ply"), k=3, partial=True)
    assert len(found.hits) == 3 and all(hit.distance is None for hit in found.hits)


def test_a_stored_shape_is_a_piece_of_its_neighbours(objects: Store, posed: None) -> None:
    (found,) = index.search(objects, digest(0), k=2, partial=True)
    assert digest(0) not in [hit.id for hit in found.hits]
    (own,) = index.search(objects, digest(0), k=1, partial=True, exclude_self=False)
    assert own.hits[0].id == digest(0) and own.hits[0].distance == pytest.approx(0, abs=1e-3)


def test_what_does_not_go_together(objects: Store, posed: None) -> None:
    with pytest.raises(BadInput, match="vector 0: a vector has no geometry; leave out partial"):
        index.search(objects, objects.embeddings()[1][0], partial=True)
    for other in ({"rerank": 3}, {"threshold": 0.5}):
        with pytest.raises(BadInput, match="found by its geometry"):
            index.search(objects, digest(0), partial=True, **other)  # type: ignore[arg-type]
