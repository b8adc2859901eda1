"""Shapes laid upon others and turned by poses, against the turns by which the copies were made."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

import index
from index.poses import MIRROR
from inrstore.errors import BadInput, ShapeNotFound
from inrstore.model import load_model
from inrstore.network.turning import turned
from inrstore.store import Store, init_store
from inrstore.surface.export import write_shape
from tests.shapes import digest, new_shape, packaged_networks, with_networks

TURNS = {
    1: Rotation.from_euler("y", 70, degrees=True).as_matrix(),
    2: Rotation.from_euler("y", 200, degrees=True).as_matrix() @ MIRROR,
    3: Rotation.random(random_state=3).as_matrix(),
}
Z_UP = (1.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0, -1.0, 0.0)


@pytest.fixture
def posed() -> None:
    """Of tests in which queries are turned."""


@pytest.fixture(scope="module")
def copies(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """A desk lamp as shape 0, its turned copies, and another object as shape 4; all lie in other frames."""
    model = load_model("default")
    networks = packaged_networks(model)
    mirrored = np.concatenate([turned(model.siren, one, MIRROR[None].astype(np.float32)) for one in networks])
    alike = (model.encode("sdf", networks) * model.encode("sdf", mirrored)).sum(axis=1)
    first, other = networks[np.argsort(alike)[:2]]
    weights = [first, *turned(model.siren, first, np.array(list(TURNS.values()), np.float32)), other]
    store = init_store(tmp_path_factory.mktemp("laying") / "shapes.store", model)
    made = [new_shape(model, n, rotation=Z_UP if n == 3 else None, scale=1.0 + n) for n in range(5)]
    store.commit(with_networks(model, made, np.array(weights)))
    return store


@pytest.mark.parametrize("copy", [1, 2, 3])
def test_a_shape_is_laid_upon_its_copy(copies: Store, copy: int) -> None:
    target = copies.shape(digest(copy))
    frame = index.Overlay(copies, digest(copy)).frame(digest(0))
    own = np.eye(3) if target.rotation is None else np.reshape(target.rotation, (3, 3))
    np.testing.assert_allclose(np.reshape(frame.rotation, (3, 3)), TURNS[copy].T @ own, atol=0.03)  # type: ignore[arg-type]
    assert frame.scale == pytest.approx(target.scale, rel=0.02)
    np.testing.assert_allclose(frame.center, target.center, atol=0.02 * target.scale)


def test_without_mirror_images_it_is_only_turned(copies: Store) -> None:
    frame = index.Overlay(copies, digest(2), mirror=False).frame(digest(0))
    assert np.linalg.det(np.reshape(frame.rotation, (3, 3))) == pytest.approx(1, abs=1e-6)  # type: ignore[arg-type]


def test_the_pose_of_a_hit_leads_to_how_the_query_lay(copies: Store, posed: None) -> None:
    """Exactly by the matrix of the search: the copy's network turned back, in the copy's place and size."""
    (found,) = index.search(copies, digest(0), k=4)
    hit = next(hit for hit in found.hits if hit.id == digest(1))
    assert hit.pose
    shape, matrix = copies.shape(hit.id), np.array(hit.pose.matrix)
    frame = index.posed(shape, matrix)
    assert (frame.center, frame.scale) == (shape.center, shape.scale)
    np.testing.assert_allclose(np.reshape(frame.rotation, (3, 3)), matrix, atol=1e-5)  # type: ignore[arg-type]
    away = Rotation.from_matrix(TURNS[1].T @ np.reshape(frame.rotation, (3, 3))).magnitude()  # type: ignore[arg-type]
    assert np.degrees(away) < 15.1
    with pytest.raises(BadInput, match="orthogonal"):
        index.posed(shape, matrix * 2)


def test_what_is_neither_a_file_nor_stored(copies: Store) -> None:
    with pytest.raises(ShapeNotFound):
        index.Overlay(copies, "nowhere.obj")


@pytest.mark.parametrize("copy", [1, 2])
def test_reranked_the_copy_is_as_near_as_points_tell(copies: Store, copy: int, posed: None) -> None:
    (found,) = index.search(copies, digest(0), k=4, rerank=4, pose="up")
    assert [hit.rank for hit in found.hits] == [1, 2, 3, 4]
    distances = [hit.chamfer for hit in found.hits]
    assert all(distances) and distances == sorted(distances)  # type: ignore[type-var]
    assert found.hits[-1].id == digest(4) and distances[-1] > 0.03 > 0.02 > distances[-2]  # type: ignore[operator]
    hit = next(hit for hit in found.hits if hit.id == digest(copy))
    assert hit.pose and hit.pose.mirrored == (copy == 2)
    np.testing.assert_allclose(np.array(hit.pose.matrix), TURNS[copy], atol=0.03)
    assert "chamfer" in repr(found) and found.to_dict()["hits"][0]["chamfer"] == distances[0]


def test_reranked_as_it_lies_a_turned_copy_is_far(copies: Store, posed: None) -> None:
    (found,) = index.search(copies, digest(0), k=1, rerank=4, pose="none")
    (plain,) = index.search(copies, digest(0), k=4, pose="none")
    assert len(found.hits) == 1 and found.hits[0].pose is None
    assert found.hits[0].chamfer and found.hits[0].chamfer > 0.03
    assert all(hit.chamfer is None for hit in plain.hits) and "chamfer" not in repr(plain)
    assert "chamfer" not in plain.to_dict()["hits"][0]


def test_vectors_have_no_geometry(copies: Store, posed: None) -> None:
    with pytest.raises(BadInput, match="vector 0: a vector has no geometry"):
        index.search(copies, copies.embeddings()[1][0], rerank=3)
    with pytest.raises(BadInput, match="rerank -1"):
        index.search(copies, digest(0), rerank=-1)


def test_an_export_in_a_mirror_is_not_inside_out(copies: Store, tmp_path: object) -> None:
    import trimesh

    shape = copies.shape(digest(1))
    plain = write_shape(copies, shape, f"{tmp_path}/plain.ply", resolution=48)
    frame = index.posed(shape, MIRROR)
    mirrored = write_shape(copies, shape, f"{tmp_path}/mirrored.ply", resolution=48, frame=frame)
    one, other = (trimesh.load(str(written.path), process=False) for written in (plain, mirrored))
    assert one.volume == pytest.approx(other.volume, rel=1e-4) and one.volume > 0
    due = (one.vertices - shape.center) * (-1, 1, 1) + shape.center
    np.testing.assert_allclose(other.vertices, due, atol=1e-4)
