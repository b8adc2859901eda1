"""The shape-embedding space as heads see it: centred, along its main directions, of which the loud ones are quieted.

Nearly all of the variance of embeddings is in a few directions; a head that is to be right in all of them learns better
where they are about equal. A product with what was learned there is one with a vector of the whole space, so that an
index of the embeddings answers it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np

from inrstore.records import FloatArray

DIRECTIONS = 128
QUIET = 0.5
"""The power of a direction's deviation that it is divided by; 1 would make all directions equal."""


@dataclass(frozen=True, eq=False)
class Space:
    """A map from embeddings (n, d) to (n, k)."""

    middle: FloatArray
    """(d,)."""
    directions: FloatArray
    """(k, d)."""

    @classmethod
    def of(cls, rows: FloatArray, directions: int = DIRECTIONS, quiet: float = QUIET) -> Self:
        """That of some embeddings (n, d); of at most n − 1 directions."""
        middle = rows.mean(axis=0)
        _, spread, ways = np.linalg.svd((rows - middle).astype(np.float64), full_matrices=False)
        count = max(1, min(directions, len(rows) - 1, int((spread > 1e-6 * spread[0]).sum())))
        deviation = spread[:count, None] / np.sqrt(len(rows))
        return cls(middle.astype(np.float32), (ways[:count] / deviation**quiet).astype(np.float32))

    def inside(self, rows: FloatArray) -> FloatArray:
        """(n, k) of length one, of embeddings (n, d)."""
        placed = (rows - self.middle) @ self.directions.T
        return np.asarray(placed / np.maximum(np.linalg.norm(placed, axis=1, keepdims=True), 1e-9), np.float32)

    def outside(self, queries: FloatArray) -> FloatArray:
        """(n, d) whose products with embeddings rank them as those of (n, k) with what `inside` has made of them do,
        but for the lengths there."""
        return np.asarray(queries @ self.directions, np.float32)
