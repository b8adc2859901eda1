"""Balls moved in and out until they fill what they should."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from inrstore.network.fields import CLIP, distance
from inrstore.surface.extraction import extract_mesh
from inrstore.surface.pieces import Pieces
from inrstore.surface.volumes import FARTHEST, filled, filling


def ball(radius: float) -> Callable[[np.ndarray], np.ndarray]:
    """An sdf or occ of a ball around the origin."""

    def field(points: np.ndarray) -> np.ndarray:
        d = np.linalg.norm(points, axis=1) - radius
        p = np.clip(0.5 - d / (2 * CLIP), 1e-6, 1 - 1e-6)
        return np.asarray(np.log(p / (1 - p)), np.float32)

    return field


@pytest.mark.parametrize("name", ["sdf", "occ"])
@pytest.mark.parametrize("radius", [0.46, 0.5, 0.54])
def test_a_ball_becomes_that_of_the_volume_asked_for(name: str, radius: float) -> None:
    assert filled(ball(0.5), name) == pytest.approx(0.5**3, rel=0.03)
    moved = filling(ball(0.5), name, radius**3)
    assert filled(moved, name) == pytest.approx(radius**3, rel=0.02)  # many points of the lattice are equally deep
    vertices, faces = extract_mesh(moved, name, 64)
    assert Pieces.of(vertices, faces).volume == pytest.approx(4 / 3 * np.pi * radius**3, rel=0.04)


def test_an_sdf_is_still_one() -> None:
    moved = filling(ball(0.5), "sdf", 0.54**3)
    line = np.linspace([0.49, 0, 0], [0.59, 0, 0], 11).astype(np.float32)
    np.testing.assert_allclose(distance("sdf", moved(line)), line[:, 0] - 0.54, atol=6e-3)


@pytest.mark.parametrize(("share", "radius"), [(0.9**3, 0.5 + FARTHEST), (0.1**3, 0.5 - FARTHEST)])
def test_it_is_not_moved_to_where_distances_are_clipped(share: float, radius: float) -> None:
    vertices, _ = extract_mesh(filling(ball(0.5), "sdf", share), "sdf", 48)
    np.testing.assert_allclose(np.linalg.norm(vertices, axis=1), radius, atol=0.01)
