"""Random points of meshes, against the means and shares that an even spread has."""

from __future__ import annotations

import numpy as np
import pytest
import trimesh
from scipy.stats import kstest

from inrstore.errors import BadInput
from inrstore.surface.points import points_and_faces, surface_points

TWO = np.array([(0, 0, 0), (1, 0, 0), (0, 1, 0), (0, 0, 5), (3, 0, 5), (0, 1, 5)], float)
FACES = np.array([(0, 1, 2), (3, 4, 5)])


def seeded(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def test_points_are_spread_by_area_within_the_triangles() -> None:
    found = surface_points(TWO, FACES, 20_000, seeded())
    low, high = found[found[:, 2] < 1], found[found[:, 2] > 1]
    assert np.abs(low[:, 2]).max() == 0 and np.abs(high[:, 2] - 5).max() < 1e-14
    assert len(high) / 20_000 == pytest.approx(0.75, abs=0.015)
    assert low.min() >= 0 and (low[:, 0] + low[:, 1]).max() <= 1
    np.testing.assert_allclose(low.mean(axis=0), (1 / 3, 1 / 3, 0), atol=0.02)
    np.testing.assert_allclose(high.mean(axis=0), (1, 1 / 3, 5), atol=0.04)
    assert kstest(1 - (1 - low[:, 0]) ** 2, "uniform").pvalue > 0.01  # the distribution of x over the triangle


def test_points_of_a_sphere_are_even_over_its_height() -> None:
    """Archimedes: equal slices of a sphere have equal areas."""
    ball = trimesh.creation.icosphere(subdivisions=4)
    found = surface_points(np.array(ball.vertices), np.array(ball.faces, np.int64), 20_000, seeded())
    assert np.abs(np.linalg.norm(found, axis=1) - 1).max() < 4e-3
    for axis in range(3):
        assert kstest((found[:, axis] + 1) / 2, "uniform").pvalue > 0.01


def test_faces_are_those_that_hold_the_points_in_the_shares_asked_for() -> None:
    points, faces = points_and_faces(TWO, FACES, 9_000, seeded(), np.array([2.0, 1.0]))
    np.testing.assert_allclose(points[:, 2], np.where(faces == 0, 0, 5))
    assert (faces == 0).mean() == pytest.approx(2 / 3, abs=0.02)


def test_a_seed_gives_its_points_again() -> None:
    first, again, other = (surface_points(TWO, FACES, 10, seeded(seed)) for seed in (0, 0, 1))
    assert first.tobytes() == again.tobytes() != other.tobytes()


def test_faces_without_area_have_no_points() -> None:
    faces = np.array([(0, 0, 1), *FACES, (2, 2, 2)])
    _, chosen = points_and_faces(TWO, faces, 5_000, seeded())
    assert set(chosen.tolist()) == {1, 2}
    with pytest.raises(BadInput, match="no area"):
        surface_points(np.zeros((3, 3)), FACES[:1], 5, seeded())
