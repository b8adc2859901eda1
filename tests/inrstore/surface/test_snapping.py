from collections.abc import Callable

import igl
import numpy as np
import pytest
import trimesh

from inrstore.network.fields import CLIP
from inrstore.surface.extraction import Field
from inrstore.surface.snapping import REACH, THICK, covering, snapped

RADIUS = 0.6


def udf(away: Callable[[np.ndarray], np.ndarray]) -> Field:
    """The raw outputs of a network that knows exactly how far points (n, 3) are from a surface."""

    def field(points: np.ndarray) -> np.ndarray:
        distances = np.minimum(away(points.astype(np.float64)), CLIP * 0.999)
        share = np.clip(1 - distances / CLIP, 1e-3, 1 - 1e-4)
        return np.log(share / (1 - share)).astype(np.float32)

    return field


def sphere(points: np.ndarray) -> np.ndarray:
    return np.abs(np.linalg.norm(points, axis=1) - RADIUS)


def upper(points: np.ndarray) -> np.ndarray:
    """How far points are from the upper half of the sphere: below, from its rim."""
    rim = np.hypot(np.linalg.norm(points[:, [0, 2]], axis=1) - RADIUS, points[:, 1])
    return np.where(points[:, 1] >= 0, sphere(points), rim)


@pytest.fixture(scope="module")
def lumpy() -> tuple[np.ndarray, np.ndarray]:
    """A sphere as a decoder might have it, waves of .03 and all of it .01 too large."""
    mesh = trimesh.creation.icosphere(subdivisions=4, radius=1.0)
    unit = np.asarray(mesh.vertices)
    return unit * (RADIUS + 0.01 + 0.03 * np.sin(9 * unit).prod(axis=1))[:, None], np.asarray(mesh.faces, np.int64)


def test_a_lumpy_sphere_becomes_round(lumpy: tuple[np.ndarray, np.ndarray]) -> None:
    vertices, faces = lumpy
    found = snapped(vertices, faces, udf(sphere))
    assert sphere(vertices).max() > 0.03
    assert sphere(found).max() < 0.002
    before, after = igl.doublearea(vertices, faces), igl.doublearea(found, faces)
    assert after.min() > before.min() / 2  # nothing is crowded


def test_what_was_not_seen_stays(lumpy: tuple[np.ndarray, np.ndarray]) -> None:
    vertices, faces = lumpy
    found = snapped(vertices, faces, udf(upper))
    seen, hidden = vertices[:, 1] > 0.05, vertices[:, 1] < -RADIUS / 2
    assert sphere(found[seen]).max() < 0.004
    np.testing.assert_allclose(found[hidden], vertices[hidden], atol=1e-9)


def test_a_distance_may_be_kept(lumpy: tuple[np.ndarray, np.ndarray]) -> None:
    vertices, faces = lumpy
    found = snapped(1.04 * vertices, faces, udf(sphere), 0.02)  # all of it outside
    np.testing.assert_allclose(np.linalg.norm(found, axis=1), RADIUS + 0.02, atol=0.004)


def test_nothing_near_changes_nothing(lumpy: tuple[np.ndarray, np.ndarray]) -> None:
    vertices, faces = lumpy
    beyond = REACH + 0.02  # where its slope still says where it is
    around = udf(lambda points: np.abs(np.linalg.norm(points, axis=1) - RADIUS - beyond))
    plain = RADIUS * vertices / np.linalg.norm(vertices, axis=1, keepdims=True)
    np.testing.assert_array_equal(snapped(plain, faces, around), plain)


def test_what_was_seen_is_covered_and_what_was_guessed_stays() -> None:
    """A ball is guessed; seen is the half sphere above another one."""
    points = np.random.default_rng(0).uniform(-1, 1, (20_000, 3)).astype(np.float32)
    guessed_away = np.linalg.norm(points + [0, 0.5, 0], axis=1) - 0.3
    guessed = np.clip(0.5 - np.clip(guessed_away, -CLIP, CLIP) / (2 * CLIP), 1e-4, 1 - 1e-4)

    def guess(asked: np.ndarray) -> np.ndarray:
        assert len(asked) == len(points)
        return np.log(guessed / (1 - guessed)).astype(np.float32)

    inside = covering(guess, udf(upper))(points) > 0
    near = upper(points.astype(np.float64)) < THICK
    np.testing.assert_array_equal(inside, near | (guessed_away < 0))
    assert 0.005 < near.mean() < 0.1
