"""Even places, on ways of which it is known where they are."""

from __future__ import annotations

import numpy as np
import pytest

from inrstore.tasks.interpolation.spacing import EVEN, deviation, even_places


def test_on_a_line_with_a_changing_pace_they_are_where_the_pace_says() -> None:
    asked: list[int] = []

    def gaps(t: np.ndarray) -> np.ndarray:
        return np.diff(t**3)

    def rough(t: np.ndarray) -> np.ndarray:
        asked.append(len(t))
        return np.diff(t**3) * (1 + 0.3 * np.sin(np.arange(len(t) - 1)))

    places = even_places(rough, gaps, 9)
    np.testing.assert_allclose(places, np.cbrt(np.linspace(0, 1, 9)), atol=0.03)
    assert deviation(gaps(places)) <= EVEN and (places[0], places[-1]) == (0, 1)
    assert asked == [33]  # a finer grid, once


def test_where_short_cuts_are_shorter_than_the_way_they_are_even_as_the_crow_flies() -> None:
    def point(t: np.ndarray) -> np.ndarray:
        """A way with loops in its first half, straight in its second."""
        angle = np.where(t < 0.5, t * 8 * np.pi, 0)
        return np.stack([t + 0.06 * (np.cos(angle) - 1), 0.06 * np.sin(angle)], axis=1)

    def gaps(t: np.ndarray) -> np.ndarray:
        return np.linalg.norm(np.diff(point(t), axis=0), axis=1)

    fine = np.linspace(0, 1, 2001)
    arc = np.concatenate([[0], np.cumsum(gaps(fine))])
    by_arc = np.interp(np.linspace(0, arc[-1], 6), arc, fine)
    assert deviation(gaps(by_arc)) > 0.3
    assert deviation(gaps(even_places(gaps, gaps, 6))) <= EVEN


def test_a_jump_ends_and_the_rest_is_as_even_as_it_can_be() -> None:
    """A jump in the middle that is longer than all else: two of five steps lie right beside it."""

    def gaps(t: np.ndarray) -> np.ndarray:
        return np.diff(t + 3 * (t > 0.5))

    places = even_places(gaps, gaps, 5)
    assert (np.diff(places) >= 0).all() and (places[0], places[-1]) == (0, 1)
    assert np.diff((places > 0.5).astype(int)).sum() == 1


def test_nothing_changes_from_a_shape_to_itself() -> None:
    def gaps(t: np.ndarray) -> np.ndarray:
        return np.zeros(len(t) - 1)

    places = even_places(gaps, gaps, 5)
    np.testing.assert_allclose(places, np.linspace(0, 1, 5), atol=1e-6)


@pytest.mark.parametrize(("gaps", "expected"), [([1, 1, 1], 0), ([1, 1, 4], 1), ([0, 3, 3], 1), ([0, 0], 0)])
def test_the_deviation(gaps: list[float], expected: float) -> None:
    assert deviation(np.array(gaps, float)) == pytest.approx(expected)
