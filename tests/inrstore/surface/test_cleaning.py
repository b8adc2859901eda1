"""Specks and bubbles go, small parts stay: balls in and beside a ball, whose areas and volumes have formulas."""

from __future__ import annotations

import numpy as np
import pytest
import trimesh

from inrstore.surface.cleaning import SHALLOW, SMALL, without_specks
from inrstore.surface.extraction import extract_mesh, settle
from tests.inrstore.surface.test_extraction import Distance, Raw, box, sphere

BALL = sphere(0.7, (-0.2, 0, 0))
BESIDE = (0.7, 0.1, 0.05)


def with_blob(depth: float, size: float) -> Distance:
    """The ball, and beside it a dent in the field that is `depth` deep and `size` wide."""

    def evaluate(x: np.ndarray) -> np.ndarray:
        off = sphere(size, BESIDE)(x)
        return np.minimum(BALL(x), np.where(off < 0, off * depth / size, off))

    return evaluate


def parts(true: Distance, resolution: int = 192) -> list[trimesh.Trimesh]:
    mesh = trimesh.Trimesh(*extract_mesh(Raw(true, "sdf"), "sdf", resolution), process=False)
    assert mesh.is_watertight and mesh.is_winding_consistent
    return list(mesh.split(only_watertight=False))


def test_a_shallow_speck_goes_and_a_part_as_small_stays() -> None:
    assert len(parts(with_blob(0.6 * SHALLOW, 0.015))) == 1
    both = parts(with_blob(0.015, 0.015))
    assert len(both) == 2
    small = min(both, key=lambda part: part.area)
    assert small.area / (4 * np.pi * 0.49) < SMALL
    assert small.volume == pytest.approx(4 / 3 * np.pi * 0.015**3, rel=0.2)
    assert small.centroid == pytest.approx(BESIDE, abs=2e-3)


def test_a_large_part_stays_however_shallow() -> None:
    plate = box(0.6, 0.0008, 0.6)
    (found,) = parts(plate)
    assert found.area == pytest.approx(2 * 1.2 * 1.2, rel=0.03)


def test_a_bubble_is_filled_and_a_cavity_stays() -> None:
    def hollow(radius: float) -> Distance:
        return lambda x: np.maximum(BALL(x), -sphere(radius, (-0.3, 0.1, 0))(x))

    assert len(parts(hollow(0.02))) == 1
    assert sorted(np.sign(part.volume) for part in parts(hollow(0.3))) == [-1, 1]


def test_a_clean_mesh_comes_back_itself() -> None:
    ball = trimesh.creation.icosphere(subdivisions=2)
    vertices, faces = np.array(ball.vertices), np.array(ball.faces, np.int64)
    same = without_specks(vertices, faces, np.zeros(len(vertices), np.float32))
    assert same[0] is vertices and same[1] is faces


@pytest.mark.parametrize(("true", "genus"), [(BALL, 0), (box(0.5, 0.006, 0.5), 0), (box(0.02, 0.9, 0.02), 0)])
def test_closed_whole_outward_and_on_the_surface(true: Distance, genus: int) -> None:
    """The plate and the rod are thinner than the lattice's steps of 0.033 and 0.066."""
    for resolution in (32, 64):
        vertices, faces = extract_mesh(Raw(true, "sdf"), "sdf", resolution)
        mesh = trimesh.Trimesh(vertices, faces, process=False)
        assert mesh.is_watertight and mesh.is_winding_consistent and mesh.volume > 0
        assert mesh.euler_number == 2 - 2 * genus and mesh.body_count == 1
        assert (mesh.area_faces > 0).all()
        assert np.abs(true(vertices)).mean() < 2e-3


def test_settling_takes_vertices_to_the_zero_set() -> None:
    raw = Raw(sphere(0.6), "sdf")
    ball = trimesh.creation.icosphere(subdivisions=3, radius=0.62)
    rough = np.array(ball.vertices) * (1 + 0.004 * np.sin(40 * np.array(ball.vertices)[:, :1]))
    settled = settle(raw, rough, np.array(ball.faces, np.int64), 0.02)
    assert np.abs(np.linalg.norm(settled, axis=1) - 0.6).max() < 1e-4
