"""How sure means are, by resampling."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

DRAWN = 1 << 23
"""Counts held at once."""


def intervals(
    values: NDArray[np.float64], level: float = 0.95, draws: int = 1_000, seed: int = 0
) -> NDArray[np.float64]:
    """(m, 2) bootstrap intervals of the means of m rows of values (m, n): percentiles over `draws` resamplings.

    The rows are resampled together (Efron 1979).
    """
    count, rng = values.shape[1], np.random.default_rng(seed)
    means = []
    for left in range(draws, 0, -(step := max(1, DRAWN // count))):
        often = rng.multinomial(count, np.full(count, 1 / count), size=min(left, step))
        means.append(values @ often.T / count)
    ends: NDArray[np.float64] = np.percentile(np.hstack(means), (50 * (1 - level), 50 * (1 + level)), axis=1)
    return ends.T
