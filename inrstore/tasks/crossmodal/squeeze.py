"""Main directions of features: what a network for pictures reads, a tenth as wide as what the tower makes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import eigh

from inrstore.records import FloatArray

WIDTH = 256
SAMPLE = 3_000
"""Rows that the directions are taken from."""
SMALL = 1e-3
"""Of the greatest variance, what is added to all, so that noise is not made large."""


@dataclass(frozen=True, eq=False)
class Squeeze:
    """A map from features (n, f) to (n, w) of about unit variance."""

    middle: FloatArray
    """(f,)."""
    directions: FloatArray
    """(f, w)."""

    @classmethod
    def of(cls, features: NDArray[np.floating], seed: int, width: int = WIDTH) -> Self:
        chosen = np.random.default_rng(seed).permutation(len(features))[:SAMPLE]
        rows = features[chosen].astype(np.float32)
        middle = rows.mean(axis=0)
        rows -= middle
        width = min(width, len(rows) - 1, rows.shape[1])
        among = (rows @ rows.T / len(rows)).astype(np.float64)  # fewer than features, with the same variances
        variance, shares = eigh(among, subset_by_index=(len(rows) - width, len(rows) - 1))
        ways = rows.T @ shares / np.sqrt(np.maximum(variance, 1e-12) * len(rows))
        return cls(middle, np.asarray(ways / np.sqrt(variance.clip(0) + SMALL * variance[-1]), np.float32))

    def __call__(self, features: NDArray[np.floating]) -> FloatArray:
        parts = [features[start : start + 4_096] for start in range(0, len(features), 4_096)]
        out = [(part.astype(np.float32) - self.middle) @ self.directions for part in parts]
        return np.concatenate(out) if out else np.empty((0, self.directions.shape[1]), np.float32)
