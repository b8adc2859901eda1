"""Scans: the frame they lie in, and that their network says how far their points are."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import trimesh

from ingest.scans import fit_cloud, read_scan
from inrstore.errors import BadInput
from inrstore.model import load_model
from inrstore.network.fields import distance
from inrstore.store import Store, init_store
from inrstore.surface.extraction import inr_field
from tests.shapes import make_model


def half_ball(radius: float = 3.0) -> np.ndarray:
    points = np.random.default_rng(0).standard_normal((3_000, 3))
    points = radius * points / np.linalg.norm(points, axis=1, keepdims=True)
    return points[points[:, 0] > 0] + [10, 20, 30]


def written(path: Path, points: np.ndarray) -> Path:
    np.savetxt(path, points)
    return path


def test_in_the_ball_of_the_whole_a_part_lies_where_it_lay(tmp_path: Path) -> None:
    scan = read_scan(written(tmp_path / "half.xyz", half_ball()), ball=(10, 20, 30, 3))
    np.testing.assert_allclose(np.linalg.norm(scan.points, axis=1), 1, atol=1e-5)
    assert scan.points[:, 0].min() > 0 and (scan.frame.center, scan.frame.scale) == ((10, 20, 30), 3)
    alone = read_scan(tmp_path / "half.xyz")
    assert alone.points[:, 0].min() < -0.4  # in a box of its own it is in the middle
    assert np.linalg.norm(alone.points, axis=1).max() == pytest.approx(1, abs=1e-4)


def test_another_axis_may_be_up(tmp_path: Path) -> None:
    tall = np.random.default_rng(1).uniform(-1, 1, (500, 3)) * [0.2, 0.3, 5] + [0, 0, 7]
    scan = read_scan(written(tmp_path / "tall.xyz", tall), up="z", ball=(0, 0, 7, 6))
    assert np.ptp(scan.points, axis=0).argmax() == 1
    turn = np.array(scan.frame.rotation).reshape(3, 3)
    np.testing.assert_allclose(scan.points * 6 @ turn + [0, 0, 7], tall, atol=1e-4)


def test_of_a_mesh_points_of_its_surface_are_taken(tmp_path: Path) -> None:
    trimesh.creation.icosphere(subdivisions=4, radius=5).export(tmp_path / "ball.stl")
    scan = read_scan(tmp_path / "ball.stl")
    assert len(scan.points) > 10_000 and np.allclose(np.linalg.norm(scan.points, axis=1), 1, atol=5e-3)


def test_the_network_says_how_far_the_points_are(tmp_path: Path) -> None:
    store = init_store(tmp_path / "shapes.store", load_model())
    points = (half_ball(0.8) - [10, 20, 30]).astype(np.float32)
    weights = fit_cloud(store, points)
    field = inr_field(store.base().siren, weights)
    assert np.mean(distance("udf", field(points))) < 0.02
    assert np.mean(distance("udf", field(-points[points[:, 0] > 0.3]))) > 0.07  # where nothing was seen
    assert np.array_equal(fit_cloud(store, points), weights)


@pytest.mark.parametrize(
    ("ball", "said"),
    [
        ((0, 0, 0, 1), "outside the ball"),
        ((10, 20, 30, 1e3), "a twentieth as large"),
        ((0, 0, 0, -1), "above 0"),
        ((0, 0, float("nan"), 1), "ball"),
    ],
)
def test_balls_that_cannot_be(tmp_path: Path, ball: tuple[float, ...], said: str) -> None:
    with pytest.raises(BadInput, match=said):
        read_scan(written(tmp_path / "half.xyz", half_ball()), ball=ball)


def test_files_that_are_none(tmp_path: Path, store: Store) -> None:
    with pytest.raises(BadInput, match="few.xyz"):
        read_scan(written(tmp_path / "few.xyz", np.zeros((5, 3))))
    np.save(tmp_path / "grid.npy", np.ones((8, 8, 8), bool))
    with pytest.raises(BadInput, match="solid already"):
        read_scan(tmp_path / "grid.npy")
    assert make_model().base.fields == store.base().fields
