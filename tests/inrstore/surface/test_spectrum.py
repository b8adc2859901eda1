"""Spectra of surfaces, against those that are known in closed form."""

from __future__ import annotations

import numpy as np
import pytest
import trimesh
from scipy.spatial.transform import Rotation

from inrstore.surface.spectrum import FACES, heard, spectrum


def grid(width: float, height: float, cells: int = 24) -> tuple[np.ndarray, np.ndarray]:
    """A flat sheet of triangles."""
    x, y = np.meshgrid(np.linspace(0, width, cells + 1), np.linspace(0, height, cells + 1), indexing="ij")
    at = np.arange((cells + 1) ** 2).reshape(cells + 1, cells + 1)
    a, b, c, d = (part.ravel() for part in (at[:-1, :-1], at[1:, :-1], at[1:, 1:], at[:-1, 1:]))
    faces = np.concatenate([np.stack([a, b, c], axis=1), np.stack([a, c, d], axis=1)])
    return np.stack([x.ravel(), y.ravel(), np.zeros(x.size)], axis=1), faces


def test_a_sphere_has_the_spherical_harmonics() -> None:
    ball = trimesh.creation.icosphere(3)
    found = spectrum(ball.vertices, ball.faces, 15)
    assert found is not None and len(ball.faces) > FACES
    expected = 4 * np.pi * np.repeat([2, 6, 12], [3, 5, 7])  # l (l + 1), each 2 l + 1 times
    np.testing.assert_allclose(found[:8], expected[:8], rtol=0.04)
    np.testing.assert_allclose(found[8:], expected[8:], rtol=0.08)  # shorter waves are told worse by 600 faces


def test_a_sheet_has_cosines_and_bending_it_changes_nothing() -> None:
    flat, faces = grid(2, 1)
    angle = flat[:, 0]  # rolled up to an arc: as long as before
    bent = np.stack([np.cos(angle), flat[:, 1], np.sin(angle)], axis=1)
    found, again = spectrum(flat, faces[:FACES], 8), spectrum(bent, faces[:FACES], 8)
    whole = spectrum(flat, faces, 8)
    assert found is not None and again is not None and whole is not None
    np.testing.assert_allclose(found, again, rtol=0.01)
    m, n = np.meshgrid(np.arange(9), np.arange(9))
    known = np.sort((np.pi**2 * ((m / 2) ** 2 + n**2)).ravel())[1:9] * 2
    np.testing.assert_allclose(whole, known, rtol=0.12)


def test_it_does_not_hear_how_a_shape_lies_or_how_large_it_is() -> None:
    shape = trimesh.creation.annulus(0.5, 1, 0.4, sections=40).subdivide().subdivide()
    moved = shape.copy()
    turn = np.eye(4)
    turn[:3, :3] = Rotation.random(random_state=0).as_matrix() @ np.diag([-1, 1, 1]) * 7
    moved.apply_transform(turn)
    found, again = spectrum(shape.vertices, shape.faces, 20), spectrum(moved.vertices, moved.faces, 20)
    other = spectrum(*(trimesh.creation.icosphere(3).vertices, trimesh.creation.icosphere(3).faces), 20)
    assert found is not None and again is not None and other is not None
    apart = np.sqrt(np.mean(np.log(found / again) ** 2))
    assert apart < 0.05 < 0.2 < np.sqrt(np.mean(np.log(found / other) ** 2))


def test_the_largest_part_is_heard() -> None:
    ball, far = trimesh.creation.icosphere(3), trimesh.creation.box((0.9, 0.1, 0.1)).subdivide().subdivide().subdivide()
    far.apply_translation((5, 0, 0))
    both = trimesh.util.concatenate([far, ball])
    alone = spectrum(ball.vertices, ball.faces, 10)
    np.testing.assert_allclose(spectrum(both.vertices, both.faces, 10), alone, rtol=0.02)


@pytest.mark.parametrize(
    "volume", [np.ones((9,) * 3), -np.ones((9,) * 3), np.full((9,) * 3, np.nan), np.zeros((9,) * 3)]
)
def test_nothing_is_heard_where_no_surface_is(volume: np.ndarray) -> None:
    assert heard(volume.astype(np.float32), 5) is None


def test_too_small_a_surface_is_silent_and_a_ball_of_cells_is_not() -> None:
    axis = np.linspace(-1, 1, 33, dtype=np.float32)
    x, y, z = np.meshgrid(axis, axis, axis, indexing="ij")
    ball = np.float32(0.8) - np.sqrt(x * x + y * y + z * z)
    found = heard(ball, 8)
    assert found is not None
    np.testing.assert_allclose(found, 4 * np.pi * np.repeat([2, 6], [3, 5]), rtol=0.06)
    assert heard(ball - 0.79, 8) is None
    tetrahedron = trimesh.creation.icosahedron()
    assert spectrum(tetrahedron.vertices, tetrahedron.faces, 30) is None
