"""Sheets from unsigned distances, against the area, the rim and the Euler characteristic that the formula gives."""

from __future__ import annotations

import igl
import numpy as np
import pytest
from scipy.spatial import cKDTree

from inrstore.surface.extraction import extract_mesh
from tests.inrstore.surface.test_extraction import Distance, Raw, box, sphere, torus

STEP = 2.1 / 96


def hemisphere(x: np.ndarray) -> np.ndarray:
    """Distance to the upper half of a sphere of radius 0.8, which is open below."""
    rim = np.hypot(np.hypot(x[:, 0], x[:, 2]) - 0.8, x[:, 1])
    return np.where(x[:, 1] >= 0, np.abs(np.linalg.norm(x, axis=1) - 0.8), rim)


def moebius() -> tuple[Distance, float]:
    """Distance to a Möbius strip, by a dense set of its points, and its area."""
    angle, across = np.meshgrid(np.linspace(0, 2 * np.pi, 801), np.linspace(-0.25, 0.25, 61), indexing="ij")
    out = 0.65 + across * np.cos(angle / 2)
    points = np.stack([out * np.cos(angle), across * np.sin(angle / 2), out * np.sin(angle)], axis=-1)
    a, b, c, d = points[:-1, :-1], points[1:, :-1], points[1:, 1:], points[:-1, 1:]
    area = np.linalg.norm(np.cross(c - a, d - b), axis=-1).sum() / 2
    tree = cKDTree(points.reshape(-1, 3))
    return lambda x: tree.query(x)[0], float(area)


def edges(faces: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Edges (e, 2) and how many faces each has."""
    sides = np.sort(np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]]), axis=1)
    return np.unique(sides, axis=0, return_counts=True)


def area(vertices: np.ndarray, faces: np.ndarray) -> float:
    return float(igl.doublearea(vertices, faces).sum() / 2)


@pytest.mark.parametrize(
    ("true", "expected", "euler", "loops"),
    [
        (box(0.7, 0.0, 0.6), 4 * 0.7 * 0.6, 1, 1),
        (hemisphere, 2 * np.pi * 0.64, 1, 1),
        (sphere(0.8), 4 * np.pi * 0.64, 2, 0),
        (torus, 4 * np.pi**2 * 0.65 * 0.25, 0, 0),
        (box(0.5, 0.5, 0.5), 6.0, 2, 0),
    ],
    ids=["square", "hemisphere", "sphere", "torus", "cube"],
)
def test_a_sheet_has_one_layer_and_its_own_rim(true: Distance, expected: float, euler: int, loops: int) -> None:
    vertices, faces = extract_mesh(Raw(true, "udf"), "udf", 96)
    assert np.abs(true(vertices)).max() < 1e-3
    assert area(vertices, faces) == pytest.approx(expected, rel=0.01)
    sides, count = edges(faces)
    assert count.max() == 2 and len(vertices) - len(sides) + len(faces) == euler
    assert igl.facet_components(faces)[0] == 1
    assert len(igl.boundary_loop_all(faces) if (count == 1).any() else []) == loops


def test_the_rim_is_where_the_surface_ends() -> None:
    vertices, faces = extract_mesh(Raw(hemisphere, "udf"), "udf", 96)
    sides, count = edges(faces)
    rim = vertices[np.unique(sides[count == 1])]
    off = np.hypot(np.hypot(rim[:, 0], rim[:, 2]) - 0.8, rim[:, 1])
    assert off.max() < STEP and off.mean() < STEP / 2
    around = np.sort(np.arctan2(rim[:, 2], rim[:, 0]))
    assert np.diff(around).max() < 0.1  # all the way round


def test_what_is_closed_stays_closed_and_looks_outward() -> None:
    vertices, faces = extract_mesh(Raw(sphere(0.8), "udf"), "udf", 96)
    assert (edges(faces)[1] == 2).all()
    a, b, c = (vertices[faces[:, i]] for i in range(3))
    assert (a * np.cross(b, c)).sum() / 6 == pytest.approx(4 / 3 * np.pi * 0.512, rel=0.01)


def test_a_sheet_without_two_sides_is_cut_once() -> None:
    true, expected = moebius()
    vertices, faces = extract_mesh(Raw(true, "udf"), "udf", 64)
    assert area(vertices, faces) == pytest.approx(expected, rel=0.03)
    assert igl.facet_components(faces)[0] == 1 and edges(faces)[1].max() == 2


def test_sheets_inside_one_another_have_one_layer_each() -> None:
    def both(x: np.ndarray) -> np.ndarray:
        return np.minimum(np.abs(sphere(0.85)(x)), np.abs(sphere(0.5)(x)))

    vertices, faces = extract_mesh(Raw(both, "udf"), "udf", 96)
    assert area(vertices, faces) == pytest.approx(4 * np.pi * (0.85**2 + 0.25), rel=0.01)
    assert igl.facet_components(faces)[0] == 2 and (edges(faces)[1] == 2).all()


def test_noise_leaves_one_layer() -> None:
    """As large as that of networks: 0.003 off near the surface, changing over a tenth of the shape."""

    def noisy(x: np.ndarray) -> np.ndarray:
        return np.abs(box(0.7, 0.0, 0.6)(x)) + 0.003 * (1 + np.sin(40 * x).prod(axis=1))

    vertices, faces = extract_mesh(Raw(noisy, "udf"), "udf", 96)
    assert area(vertices, faces) == pytest.approx(4 * 0.7 * 0.6, rel=0.04)
    assert igl.facet_components(faces)[0] == 1
