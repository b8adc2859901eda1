"""Queries in every pose, against turned networks, and the best of several poses against all of them at once."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

import index
from index.poses import COST, KINDS, MIRROR, MIRRORED, Pose, Turner, best_of, turns
from index.protocol import NO_KEY
from inrstore.errors import BadInput
from inrstore.model import Encoding, Model, load_model
from inrstore.model.encoders.spectral import without_spectrum
from inrstore.network.turning import by_cube, turned
from inrstore.store import Store, init_store
from tests.shapes import digest, new_shape, packaged_networks, with_networks


def pose(matrix: np.ndarray) -> Pose:
    return Pose(tuple(map(tuple, matrix.tolist())))


@pytest.fixture
def posed() -> None:
    """Of tests in which queries are turned."""


def test_sets_of_poses(posed: None) -> None:
    for kind in KINDS:
        found = turns(kind)
        assert np.allclose(found @ found.transpose(0, 2, 1), np.eye(3), atol=1e-5) and np.array_equal(
            found[0], np.eye(3)
        )
        assert (np.linalg.det(turns(kind, mirror=False)) > 0).all()
        half = len(found) // 2
        assert kind == "none" or (np.linalg.det(found[half:]) < 0).all() and len(turns(kind, False)) == half
    assert len(turns("none")) == 1
    up = turns("up", mirror=False)
    assert np.allclose(up @ [0, 1, 0], [0, 1, 0])
    angles = np.sort(np.degrees(np.arctan2(up[:, 0, 2], up[:, 0, 0])) % 360)
    assert np.allclose(np.diff(angles), 30, atol=1e-3)
    with pytest.raises(BadInput, match="none, up, free"):
        turns("down")


def test_free_turns_leave_no_gap(posed: None) -> None:
    spread = Rotation.from_matrix(turns("free", mirror=False))
    asked = Rotation.random(3000, random_state=0)
    away = np.array([(spread * one.inv()).magnitude().min() for one in asked])
    assert np.degrees(away.max()) < 31.5 and np.degrees(away.mean()) < 18


def test_sets_need_few_readings(posed: None) -> None:
    """Of a lattice, by the cube's 48: 3 of 24 poses about up, 13 of 624 in all; and free ones hold those about up."""
    up, free = turns("up"), turns("free")
    assert len(up) == 24 and len(set(by_cube(up)[0])) == 3
    assert len(free) == 13 * 48 and len(set(by_cube(free)[0])) == 13
    assert all(np.abs(free - one).max(axis=(1, 2)).min() < 1e-6 for one in up)


def test_words(posed: None) -> None:
    quarter = Rotation.from_euler("y", 90, degrees=True).as_matrix()
    assert str(pose(quarter)) == "90° about up" and str(pose(quarter.T)) == "270° about up"
    assert str(pose(MIRROR)) == "mirrored" and pose(MIRROR).mirrored and not pose(quarter).mirrored
    assert str(pose(quarter @ MIRROR)) == "mirrored, 90° about up"
    assert str(pose(Rotation.from_euler("x", 40, degrees=True).as_matrix())) == "40° about (1.00, 0.00, 0.00)"
    assert str(pose(np.eye(3))) == "as it is"


@pytest.mark.parametrize("k", [1, 4, 40])
def test_the_best_over_the_poses(posed: None, k: int) -> None:
    """The same from the k best of each pose as from all rows in all poses."""
    rng = np.random.default_rng(k)
    full = rng.uniform(0.5, 1, (5, 30)).astype(np.float32)
    order = np.argsort(-full, axis=1)[:, :k]
    scores, keys = np.take_along_axis(full, order, axis=1), order.astype(np.int64) + 100
    if k > 30:
        scores = np.pad(scores, [(0, 0), (0, 3)], constant_values=-np.inf)
        keys = np.pad(keys, [(0, 0), (0, 3)], constant_values=NO_KEY)
    costs = rng.uniform(0, 0.2, (5, 2)).astype(np.float32)
    less = np.where(full < 0.9, full - costs[:, :1], full - costs[:, :1] * (1 - full) / 0.1) - costs[:, 1:]
    due = np.argsort(-less.max(axis=0))[:k]
    found = best_of(scores, keys, costs, k)
    assert found.keys.tolist() == (due + 100).tolist()
    np.testing.assert_allclose(found.scores, less.max(axis=0)[due], atol=1e-6)
    assert found.poses.tolist() == less.argmax(axis=0)[due].tolist()


@pytest.fixture(scope="module")
def lying(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """Default networks of fifty objects, the least like its mirror image first, and copies of that one.

    They are turned by 70° about up, mirrored, and turned freely.
    """
    model, mirror = load_model("default"), MIRROR.astype(np.float32)[None]
    networks = packaged_networks(model)
    mirrored = np.concatenate([turned(model.siren, network, mirror) for network in networks])
    alike = (model.encode("sdf", networks) * model.encode("sdf", mirrored)).sum(axis=1)
    networks = networks[np.argsort(alike)]
    turn, free = Rotation.from_euler("y", 70, degrees=True), Rotation.random(random_state=3)
    moved = np.array([turn.as_matrix(), MIRROR, free.as_matrix()], np.float32)
    networks = np.concatenate([networks, turned(model.siren, networks[0], moved)])
    store = init_store(tmp_path_factory.mktemp("lying") / "shapes.store", model)
    store.commit(with_networks(model, [new_shape(model, n) for n in range(len(networks))], networks))
    return store


@pytest.fixture
def copies(lying: Store) -> list[str]:
    """Ids of the turned, the mirrored and the freely turned copy of shape 0."""
    return [digest(lying.count() - 3 + place) for place in range(3)]


def score(result: index.Result, shape: str) -> float:
    return next(hit.score for hit in result.hits if hit.id == shape)


def test_turned_and_mirrored_copies_are_found_in_their_pose(lying: Store, copies: list[str], posed: None) -> None:
    (found,) = index.search(lying, digest(0), k=lying.count())
    assert {hit.id for hit in found.hits[:2]} == set(copies[:2])
    poses = {hit.id: str(hit.pose) for hit in found.hits}
    assert "60° about up" in poses[copies[0]] and "mirrored" in poses[copies[1]]
    assert score(found, copies[0]) > 0.75  # a chair of thin parts, which sound otherwise as they lie otherwise
    assert 0.9 < score(found, copies[1]) < 1 - MIRRORED + 2e-3
    assert poses[copies[0]] in {hit["pose"]["text"] for hit in found.to_dict()["hits"] if hit["pose"]}
    assert poses[copies[0]] in repr(found)
    (plain,) = index.search(lying, digest(0), k=lying.count(), pose="none")
    assert all(hit.pose is None for hit in plain.hits) and "pose" not in repr(plain)
    assert score(plain, copies[0]) < score(found, copies[0]) - 0.05
    (unmirrored,) = index.search(lying, digest(0), k=lying.count(), mirror=False)
    assert score(unmirrored, copies[1]) < score(found, copies[1]) + COST + MIRRORED
    assert not any(hit.pose and hit.pose.mirrored for hit in unmirrored.hits)


def test_what_is_its_own_mirror_image_is_said_to_be_turned(lying: Store, posed: None) -> None:
    """Asked with after a turn halfway between two of the set, so that turned and mirrored it fits as well."""
    model, turn = lying.model, Rotation.from_euler("y", 45, degrees=True).as_matrix().astype(np.float32)
    for number in reversed(range(lying.count() - 3)):  # the most like its mirror image first
        weights = turned(model.siren, lying.weights([digest(number)])[0], turn[None])
        (embedding,) = model.encode("sdf", weights)
        if embedding @ lying.embeddings([digest(number)])[1][0] < 0.85:  # and no body of revolution
            break
    copy = new_shape(model, 99)
    lying.commit([replace(copy, embedding=embedding, inrs=(replace(copy.inrs[0], weights=weights[0]),))])
    (found,) = index.search(lying, digest(99), k=1)
    lying.remove([digest(99)])
    assert found.hits[0].id == digest(number) and found.hits[0].pose and not found.hits[0].pose.mirrored


def test_a_freely_turned_copy_is_found_with_free_poses(lying: Store, copies: list[str], posed: None) -> None:
    (free,) = index.search(lying, digest(0), k=lying.count(), pose="free", mirror=False)
    assert copies[2] in {hit.id for hit in free.hits[:3]}
    there = next(hit for hit in free.hits if hit.id == copies[2])
    assert there.pose is not None and there.chamfer is not None and there.chamfer < 0.01


class Halves:
    """An encoder that puts all of a loosened query's weight on the second half of its numbers, and turns the first."""

    looseness = 0.9

    def __init__(self, dim: int) -> None:
        self.half = dim // 2

    def encode_turned(self, field: str, weights: np.ndarray, turns: np.ndarray) -> np.ndarray:
        rows = np.zeros((len(turns), 2 * self.half), np.float32)
        rows[:, 0], rows[:, self.half] = np.sqrt(0.5), np.sqrt(0.5)
        return rows

    def encode(self, field: str, weights: np.ndarray) -> np.ndarray:
        return self.encode_turned(field, weights[0], np.stack([np.eye(3)] * len(weights)))

    def loosened(self, rows: np.ndarray) -> np.ndarray:
        return rows * np.repeat([0.2, 1.8], self.half).astype(np.float32)


@pytest.fixture
def bending(tiny_model: Model, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    """Shape 0 asks; 1 lies as it does and bends otherwise, 2 the other way round."""
    encoder = Halves(8)
    monkeypatch.setattr(Encoding, "encoder", encoder)
    root = np.sqrt(0.5)
    rows = np.zeros((3, 8), np.float32)
    rows[:, 0], rows[:, 4] = root, root
    rows[1, 4:6] = root * np.array((0, 1))
    rows[2, :2] = root * np.array((0, 1))
    store = init_store(tmp_path / "bending.store", tiny_model)
    store.commit([replace(new_shape(tiny_model, n), embedding=row) for n, row in enumerate(rows)])
    return store


def test_where_the_pose_is_free_what_bending_does_not_change_counts_most(bending: Store, posed: None) -> None:
    (up,) = index.search(bending, digest(0), pose="none")
    assert [round(hit.score, 3) for hit in up.hits] == [0.5, 0.5]
    (free,) = index.search(bending, digest(0), pose="free", rerank=0)
    assert [hit.id for hit in free.hits] == [digest(2), digest(1)]
    assert [round(hit.score, 2) for hit in free.hits] == [0.9, 0.1]
    (own,) = index.search(bending, digest(0), k=1, pose="free", rerank=0, exclude_self=False)
    assert own.hits[0].id == digest(0) and own.hits[0].score == pytest.approx(1, abs=1e-5)
    (vector,) = index.search(bending, bending.embeddings()[1][0], pose="free", rerank=0)
    assert sorted(round(hit.score, 2) for hit in vector.hits) == [0.5, 0.5, 1]  # a vector is asked as it is


def test_vectors_are_taken_as_they_are(lying: Store, posed: None) -> None:
    vector = lying.embeddings([lying.shape(digest(0)).key])[1][0]
    (found,) = index.search(lying, vector, k=9)
    assert all(hit.pose is None for hit in found.hits) and found.hits[0].id == digest(0)


def test_another_pose_is_refused(lying: Store, posed: None) -> None:
    with pytest.raises(BadInput, match="'sideways'"):
        index.search(lying, digest(0), pose="sideways")


def test_an_encoder_is_kept_as_long_as_it_is_the_stores(posed: None) -> None:
    model = load_model("default")
    assert model.encoder is not None
    parts = [model.encoder, without_spectrum(model.encoder), model.encoder]
    current, weights = parts[:1], packaged_networks(model)[0]
    store: Any = SimpleNamespace(base=lambda: model.base, encoder=lambda: current[0], companions={})
    built = set()
    for part in parts:
        current[0] = part
        for _ in range(2):
            found = Turner(store, "up", mirror=False).of("sdf", weights)
            truth = Encoding(model.base, part).encode_turned("sdf", weights, turns("up", mirror=False))
            np.testing.assert_array_equal(found, truth)
            built.add(id(store.companions["encoding"][1]))
        assert len(built) == 1
        built.clear()
