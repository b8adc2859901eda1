"""Places on the map, of groups that are known."""

from __future__ import annotations

import numpy as np
import pytest

from inrstore.errors import BadInput
from inrstore.map import places


def groups(count: int, kinds: int = 3, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Directions around `kinds` poles of a sphere in 16 dimensions, of any length."""
    rng = np.random.default_rng(seed)
    kind = np.arange(count) % kinds
    rows = 4 * np.eye(16)[kind] + rng.normal(0, 0.5, (count, 16))
    return (rows * rng.uniform(0.5, 20, (count, 1))).astype(np.float32), kind


def test_groups_lie_together_and_lengths_say_nothing() -> None:
    rows, kind = groups(90)
    at = places(rows)
    assert at.shape == (90, 2) and at.min() == 0 and at.max() == 1
    assert np.ptp(at, axis=0)[0] == 1  # the long way lies across
    gaps = np.linalg.norm(at[:, None] - at, axis=2)
    np.fill_diagonal(gaps, np.inf)
    assert (kind[gaps.argmin(axis=1)] == kind).all()
    longer = rows * 2.0 ** np.random.default_rng(1).integers(-3, 4, (90, 1))  # exactly, in floating point
    assert np.array_equal(places(longer.astype(np.float32)), at)
    few = places(rows[:5])
    assert few.shape == (5, 2) and np.isfinite(few).all()


def test_it_refuses() -> None:
    with pytest.raises(BadInput, match="at least 4"):
        places(groups(3)[0])
    with pytest.raises(BadInput, match="neighbours: 1"):
        places(groups(9)[0], neighbours=1)
