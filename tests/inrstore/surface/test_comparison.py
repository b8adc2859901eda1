"""Compared surfaces against boxes whose distance is known, and signatures against moved copies."""

from __future__ import annotations

import numpy as np
import pytest
import trimesh
from scipy.spatial.transform import Rotation

from inrstore.surface.comparison import Surface, compare


def box(*extents: float, fine: int = 0) -> trimesh.Trimesh:
    mesh = trimesh.creation.box(extents)
    for _ in range(fine):
        mesh = mesh.subdivide()
    return mesh


def surface(mesh: trimesh.Trimesh) -> Surface:
    return Surface(np.asarray(mesh.vertices, float), np.asarray(mesh.faces, np.int64))


ONE = box(1.2, 0.8, 0.4)


def test_distances_are_exact() -> None:
    points = np.array([(0.7, 0, 0), (0, 0, 0), (0.9, 0.7, 0), (0.6, 0.4, 0.2)])
    np.testing.assert_allclose(surface(ONE).distances(points), (0.1, 0.2, np.hypot(0.3, 0.3), 0), atol=1e-12)


def test_another_triangulation_turned_mirrored_and_scaled_is_the_same_surface() -> None:
    other = box(1.2, 0.8, 0.4, fine=3)
    other.apply_transform(trimesh.transformations.scale_matrix(0.5))
    other.vertices = other.vertices @ Rotation.random(random_state=1).as_matrix().T * [-1, 1, 1] + [0.1, 0.2, 0]
    one, two = surface(ONE), surface(other)
    found = compare(one, two)
    assert found.chamfer_l1 < 0.002 and found.far < 0.006  # no spacing of points is left in it
    assert found.alignment.scale == pytest.approx(0.5, rel=0.01)
    assert np.linalg.norm(one.signature() - two.signature()) < 0.02


def test_what_is_left_of_two_boxes_is_what_they_differ_by() -> None:
    """Of one that is thicker by .1 the two large faces lie .05 off, where the rest is laid upon each other."""
    found = compare(surface(ONE), surface(box(1.2, 0.8, 0.5)))
    assert 0.008 < found.chamfer_l1 < 0.05 and 0.02 < found.far < 0.08
    back = compare(surface(box(1.2, 0.8, 0.5)), surface(ONE))
    assert back.chamfer_l1 == pytest.approx(found.chamfer_l1, rel=0.15)


def test_signatures_tell_shapes_apart() -> None:
    own = surface(ONE).signature()
    apart = [np.linalg.norm(own - surface(m).signature()) for m in (box(1.2, 0.8, 0.6), trimesh.creation.icosphere(3))]
    assert 0.06 < apart[0] < apart[1]
