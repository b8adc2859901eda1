"""Views of a ball, of which everything is known."""

from __future__ import annotations

import numpy as np
import pytest
from trimesh.creation import box, icosphere

from inrstore.pictures.views import drawn, look, painted, random_view

BALL = icosphere(subdivisions=4, radius=1.0)


def test_a_ball_is_a_disk_whose_normals_are_its_places() -> None:
    seen = look(BALL.vertices, BALL.faces, 128, 30, 20, distance=1000, filled=0.5)
    assert seen.cover.mean() == pytest.approx(np.pi / 4 * 0.25, rel=0.02)
    there = seen.cover
    np.testing.assert_allclose(np.linalg.norm(seen.normals[there], axis=1), 1, atol=1e-4)
    assert np.abs(seen.normals[there] - seen.places[there]).max() < 0.05
    flipped = look(BALL.vertices, BALL.faces[:, ::-1], 128, 30, 20, distance=1000, filled=0.5)
    np.testing.assert_allclose(flipped.normals, seen.normals, atol=1e-4)  # towards the camera, whichever way faces turn
    assert np.nanmax(seen.depth) == pytest.approx(1, abs=0.01)
    assert not seen.normals[~there].any() and np.isnan(seen.depth[~there]).all()


@pytest.mark.parametrize("distance", [1.5, 2.0, 4.0])
def test_perspective_sees_the_cap_that_geometry_says(distance: float) -> None:
    """From a distance d the visible cap of a unit ball ends where the height towards the camera is 1/d."""
    seen = look(BALL.vertices, BALL.faces, 256, 0, 0, distance, filled=0.9)
    assert np.nanmin(seen.depth) == pytest.approx(1 / distance, abs=0.05)


def test_what_is_nearer_is_larger_and_hides_what_is_behind() -> None:
    near, far = box(extents=(0.2, 0.2, 0.1)), box(extents=(0.2, 0.2, 0.1))
    near.apply_translation((-0.3, 0, 0.8))
    far.apply_translation((0.3, 0, -0.8))
    vertices = np.concatenate([near.vertices, far.vertices])
    seen = look(vertices, np.concatenate([near.faces, far.faces + len(near.vertices)]), 200, 0, 0, distance=2)
    left, right = seen.cover[:, :100].sum(), seen.cover[:, 100:].sum()
    assert left / right == pytest.approx(((2 + 0.75) / (2 - 0.85)) ** 2, rel=0.15)
    behind = look(vertices, np.concatenate([near.faces, far.faces + len(near.vertices)]), 64, -21, 0, distance=50)
    assert np.nanmax(behind.depth) > 0.5


def test_random_views_differ_and_are_the_same_again() -> None:
    first, second = (random_view(BALL.vertices, BALL.faces, 64, np.random.default_rng(n)) for n in (0, 1))
    assert first.shape == (64, 64, 3) and first.dtype == np.uint8
    assert (first != second).any()
    np.testing.assert_array_equal(first, random_view(BALL.vertices, BALL.faces, 64, np.random.default_rng(0)))


def test_pictures_are_on_white_and_drawings_have_the_outline() -> None:
    seen = look(BALL.vertices, BALL.faces, 96, 0, 0, 5, filled=0.6)
    rng = np.random.default_rng(0)
    picture, drawing = painted(seen, rng), drawn(seen, rng)
    assert (picture[~seen.cover] == 255).all() and picture[seen.cover].mean() < 250
    dark = drawing.min(axis=2) < 180
    radius = np.hypot(*np.meshgrid(*[np.arange(96) - 47.5] * 2)) / 48
    assert dark.any() and np.abs(radius[dark] - 0.6).max() < 0.06
