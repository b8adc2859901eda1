"""Views of a ball and of two walls, of which it is known what can be seen."""

from __future__ import annotations

import numpy as np
import pytest

from inrstore.tasks.transfer.views import KEPT, KINDS, cropped, part_of, seen


def ball(count: int = 50_000) -> np.ndarray:
    points = np.random.default_rng(0).standard_normal((count, 3))
    return (points / np.linalg.norm(points, axis=1, keepdims=True)).astype(np.float32)


@pytest.mark.parametrize("seed", range(5))
def test_a_plane_leaves_one_side_of_a_ball_where_it_lay(seed: int) -> None:
    whole = ball()
    left = cropped(whole, np.random.default_rng(seed))
    share = len(left) / len(whole)
    assert KEPT[0] - 0.01 <= share <= KEPT[1] + 0.01
    middle = left.mean(axis=0)
    direction = -middle / np.linalg.norm(middle)
    # A cap that is cut at height h has the share (1 + h) / 2 below it (Archimedes).
    assert (left @ direction).max() == pytest.approx(2 * share - 1, abs=0.03)
    assert {tuple(p) for p in left} <= {tuple(p) for p in whole}


@pytest.mark.parametrize("seed", range(5))
def test_a_camera_sees_the_half_of_a_ball_that_is_turned_to_it(seed: int) -> None:
    left = seen(ball(), np.random.default_rng(seed))
    middle = left.mean(axis=0)
    towards = middle / np.linalg.norm(middle)
    # Half a ball's surface has its middle at a half; towards its edge it is seen at a grazing angle, and lost.
    assert 0.5 < np.linalg.norm(middle) < 0.8 and 0.2 < len(left) / 50_000 < 0.5
    assert np.mean(left @ towards > 0.6) > 0.5
    assert np.mean(left @ towards < -0.3) < 0.015  # through a pixel in which no point lies further in front


def test_what_is_inside_is_not_seen() -> None:
    whole = np.concatenate([ball(60_000), 0.4 * ball(10_000)])
    for seed in range(4):
        left = seen(whole, np.random.default_rng(seed))
        assert np.mean(np.linalg.norm(left, axis=1) < 0.9) < 0.005  # through a pixel without a point in front


@pytest.mark.parametrize("kind", KINDS)
def test_the_seed_decides(kind: str) -> None:
    first, second, other = (part_of(ball(500), kind, np.random.default_rng(seed)) for seed in (3, 3, 4))
    assert np.array_equal(first, second) and not np.array_equal(first, other)
