"""Pieces laid into a table, against where they were cut from it."""

from __future__ import annotations

import numpy as np
import pytest
import trimesh
from scipy.spatial.transform import Rotation

from inrstore.surface.comparison import Surface
from inrstore.surface.containment import laid_in, places
from inrstore.surface.points import surface_points

SIDE = 24
LEG = np.array((0.5, -0.25, 0.3))


def box(size: tuple[float, float, float], at: np.ndarray | tuple[float, float, float]) -> trimesh.Trimesh:
    return trimesh.creation.box(size, trimesh.transformations.translation_matrix(at))


def table() -> trimesh.Trimesh:
    """One that is unlike itself from every side: a top, a leg of its own thickness at three corners, and a shelf."""
    parts = [box((1.3, 0.1, 0.8), (0, 0.3, 0)), box((0.2, 1, 0.12), LEG), box((0.1, 1, 0.1), (-0.55, -0.25, 0.3))]
    return trimesh.util.concatenate(
        [*parts, box((0.14, 1, 0.3), (-0.4, -0.25, -0.2)), box((0.9, 0.05, 0.5), (0, 0, 0))]
    )


@pytest.fixture(scope="module")
def whole() -> Surface:
    mesh = table()
    return Surface(np.asarray(mesh.vertices, float), np.asarray(mesh.faces, np.int64))


@pytest.fixture(scope="module")
def near(whole: Surface) -> np.ndarray:
    axis = (np.arange(SIDE) + 0.5) / SIDE * 2 - 1
    cells = np.stack(np.meshgrid(axis, axis, axis, indexing="ij"), axis=-1).reshape(-1, 3)
    return np.exp(-whole.distances(cells) / 0.05).reshape((SIDE,) * 3)


def points(mesh: trimesh.Trimesh) -> np.ndarray:
    return surface_points(np.asarray(mesh.vertices), np.asarray(mesh.faces), 2048, np.random.default_rng(0))


@pytest.mark.parametrize("turn", [np.eye(3), Rotation.from_euler("y", 8, degrees=True).as_matrix()])
def test_a_leg_is_laid_to_its_corner(whole: Surface, near: np.ndarray, turn: np.ndarray) -> None:
    leg = points(box((0.2, 1, 0.12), (0, 0, 0)))
    pieces = (leg @ turn.T)[None]
    found = laid_in(pieces, whole, places(pieces, near))
    assert found.distance < 0.01 and found.turn == 0
    np.testing.assert_allclose(found.shift, LEG, atol=0.03)
    np.testing.assert_allclose(found.matrix, turn.T, atol=0.06)


def test_the_turn_that_fits_is_found(whole: Surface, near: np.ndarray) -> None:
    """A half that was turned by a quarter lies right in the last of the four turns only."""
    mesh = table()
    half = mesh.submesh([np.flatnonzero(mesh.triangles_center[:, 0] > 0.02)], append=True)
    middle = half.bounds.mean(axis=0)
    turns = [Rotation.from_euler("y", angle, degrees=True).as_matrix() for angle in (90, 180, 270, 0)]
    pieces = np.stack([(points(half) - middle) @ turn.T for turn in turns])
    found = laid_in(pieces, whole, places(pieces, near))
    assert found.turn == 3 and found.distance < 0.005
    np.testing.assert_allclose(found.shift, middle, atol=0.02)


def test_what_is_no_piece_stays_away(whole: Surface, near: np.ndarray) -> None:
    ball = points(trimesh.creation.icosphere(3, 0.4))[None]
    found = laid_in(ball, whole, places(ball, near))
    assert found.distance > 0.05
    away = whole.distances(ball[0] @ found.matrix.T + found.shift)
    assert found.distance == pytest.approx(away.mean(), rel=1e-6)


def test_places_are_apart_and_the_best_is_first(near: np.ndarray) -> None:
    found = places(points(box((0.2, 1, 0.12), (0, 0, 0)))[None], near)
    gaps = np.abs(found.shifts[:, None] - found.shifts).max(axis=2)[np.triu_indices(len(found.shifts), 1)]
    assert gaps.min() > 2 * 2 / SIDE
    np.testing.assert_allclose(found.shifts[0], LEG, atol=2 / SIDE)
    assert 0 < found.nearness < 1 and np.abs(found.shifts).max() <= 1
