"""Places along a way from which each next one is as far as the last: equidistribution (de Boor 1973)."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Places = NDArray[np.float64]
Gaps = Callable[[Places], NDArray[np.float64]]
"""Places t (n,) ascending in [0, 1] to the distances (n - 1,) of what is at neighbouring ones."""

FINE = 4
"""First measured are so many places for each step."""
ROUNDS = 5
"""Corrections at most: the length of a way in small pieces is not the sum of how far its steps are apart."""
EVEN = 0.1
"""A largest deviation with which nothing more is corrected."""


def even_places(rough: Gaps, gaps: Gaps, count: int) -> Places:
    """(count,) from 0 to 1, between whose neighbours the gaps are as even as a few corrections make them.

    The rough ones are measured on a fine grid first; then the gaps between the places correct the length of each
    stretch. Of all that was tried the most even is returned, for where the way jumps nothing better is to be found.
    """
    grid, marks = np.linspace(0, 1, FINE * (count - 1) + 1), np.linspace(0, 1, count)
    length, tried = _lengths(rough(grid)), list[tuple[float, Places]]()
    for _ in range(ROUNDS):
        places = np.interp(marks, length, grid)
        found = gaps(places)
        tried.append((deviation(found), places))
        if tried[-1][0] <= EVEN:
            break
        knots = np.union1d(grid, places)
        grid, length = knots, np.interp(np.interp(knots, grid, length), marks, _lengths(found))
    return min(tried, key=lambda one: one[0])[1]


def deviation(gaps: NDArray[np.float64]) -> float:
    """How far the gap (n,) that differs most from their mean is off, as a share of that; 0 where all are nothing."""
    mean = float(gaps.mean())
    return float(np.abs(gaps - mean).max()) / mean if mean > 0 else 0.0


def _lengths(gaps: NDArray[np.float64]) -> NDArray[np.float64]:
    """(n + 1,) from 0 to 1, always rising, so that each length is reached at one place."""
    least = 1e-9 + 1e-6 * gaps.mean()
    found = np.concatenate([[0.0], np.cumsum(np.maximum(gaps, least))])
    return np.asarray(found / found[-1])
