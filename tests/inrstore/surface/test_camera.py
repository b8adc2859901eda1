"""What a camera sees of a ball and of two plates, by their closed forms."""

from __future__ import annotations

import numpy as np
import pytest

from inrstore.errors import BadInput
from inrstore.surface.camera import BEHIND, visible


@pytest.mark.parametrize("look", [(0, 0, -1), (1, 2, 3), (0, -2, 0)])
def test_of_a_ball_the_half_that_faces_it(look: tuple[float, float, float]) -> None:
    points = np.random.default_rng(0).normal(size=(120_000, 3))
    points *= 2 / np.linalg.norm(points, axis=1, keepdims=True)
    depth = (points + 0.0) @ np.array(look) / np.linalg.norm(look) / 2  # −1 faces the camera
    seen = np.zeros(len(points), bool)
    seen[visible(points + (5, 6, 7), np.array(look, float))] = True
    assert seen[depth < -0.8].all()  # flat enough within a pixel
    assert seen[depth > 0.1].mean() < 1e-3


def test_a_plate_hides_the_one_behind_it() -> None:
    across = np.random.default_rng(0).uniform(-1, 1, (30_000, 2))
    front, back = (np.column_stack([across, np.full(len(across), z)]) for z in (0.5, -0.5))
    seen = visible(np.concatenate([back, front]), np.array((0, 0, -1.0)))
    assert (seen >= len(back)).mean() > 0.999 and len(seen) > 0.999 * len(front)
    close = np.concatenate([back, back + (0, 0, BEHIND / 2)])  # nearer than it can tell
    assert len(visible(close, np.array((0, 0, -1.0)))) > 1.99 * len(back)


def test_a_direction_is_needed() -> None:
    with pytest.raises(BadInput, match="look is"):
        visible(np.eye(3), np.zeros(3))
