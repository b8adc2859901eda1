"""Sets of keys, against Python's sets."""

from __future__ import annotations

import numpy as np
import pytest

from index.keys import both, without


@pytest.mark.parametrize("top", [300, 1 << 62])
def test_differences_and_unions(top: int) -> None:
    random = np.random.default_rng(0)
    for count, other in ((0, 0), (5, 0), (0, 5), (200, 80), (80, 200)):
        ones, others = (np.sort(random.choice(top, size=n, replace=False)).astype(np.int64) for n in (count, other))
        left = without(ones, others)
        assert left.tolist() == sorted(set(ones.tolist()) - set(others.tolist()))
        assert both(left, others).tolist() == sorted(set(ones.tolist()) | set(others.tolist()))
