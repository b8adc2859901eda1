"""What tells one thing from another in what a tower makes of pictures: a tenth as wide, and blind to the rest.

Pictures of one thing from all sides, in all lights, differ along some directions; things differ along others. Linear
discriminant analysis (Fisher 1936) finds the latter, and divides by the former (as within-class covariance
normalisation does, Hatch et al. 2006), so that cosines of what is left tell whether two pictures are of one thing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import eigh

from inrstore.records import FloatArray

WIDTH, INNER = 256, 1_024
"""Directions that are kept; and main directions of the features among which they are looked for."""
SAMPLE = 6_000
"""Rows that the main directions are taken from."""
SMALL = 0.1
"""Of the mean variance within things, what is added to all, so that what hardly varies is not made large."""
AT_ONCE = 4_096


@dataclass(frozen=True, eq=False)
class Squeeze:
    """A map from features (n, f) to (n, w), of mean variance one."""

    middle: FloatArray
    """(f,)."""
    directions: FloatArray
    """(f, w)."""

    @classmethod
    def of(cls, features: NDArray[np.floating], own: NDArray[np.integer], seed: int, width: int = WIDTH) -> Self:
        """Learned of features (n, f) of pictures; `own` (n,) says which thing each is of. At most one direction less
        than there are things."""
        middle, ways = _main(features, seed)
        inner = _mapped(features, middle, ways)
        things, place, count = np.unique(own, return_inverse=True, return_counts=True)
        means = np.zeros((len(things), ways.shape[1]), np.float64)
        np.add.at(means, place, inner)
        means /= count[:, None]
        apart = (inner - means[place])[count[place] > 1]  # one picture alone says nothing of how pictures differ
        within = apart.T @ apart / max(1, len(apart))
        floor = SMALL * max(float(np.trace(within)) / len(within), 1e-12)
        between = np.atleast_2d(np.cov(means.T))
        width = max(1, min(width, len(things) - 1, len(within)))
        bounds = len(within) - width, len(within) - 1
        _, found = eigh(between, within + floor * np.eye(len(within)), subset_by_index=bounds)
        found = found[:, ::-1]
        spread = float(np.sqrt((inner @ found).var(axis=0).mean()))
        return cls(middle, np.asarray(ways @ found / max(spread, 1e-12), np.float32))

    def __call__(self, features: NDArray[np.floating]) -> FloatArray:
        return _mapped(features, self.middle, self.directions)


def _main(features: NDArray[np.floating], seed: int) -> tuple[FloatArray, FloatArray]:
    """The mean (f,) and main directions (f, p) of some of the features."""
    chosen = np.sort(np.random.default_rng(seed).permutation(len(features))[:SAMPLE])
    rows = features[chosen].astype(np.float32)
    middle = rows.mean(axis=0)
    rows -= middle
    width = min(INNER, len(rows) - 1, rows.shape[1])
    if rows.shape[1] <= len(rows):
        _, ways = eigh((rows.T @ rows).astype(np.float64), subset_by_index=(rows.shape[1] - width, rows.shape[1] - 1))
    else:  # fewer rows than features, with the same variances
        spread, shares = eigh((rows @ rows.T).astype(np.float64), subset_by_index=(len(rows) - width, len(rows) - 1))
        ways = rows.T @ shares / np.sqrt(np.maximum(spread, 1e-12))
    return middle, np.asarray(ways[:, ::-1], np.float32)


def _mapped(features: NDArray[np.floating], middle: FloatArray, ways: FloatArray) -> FloatArray:
    parts = [features[start : start + AT_ONCE] for start in range(0, len(features), AT_ONCE)]
    out = [(part.astype(np.float32) - middle) @ ways for part in parts]
    return np.concatenate(out) if out else np.empty((0, ways.shape[1]), np.float32)
