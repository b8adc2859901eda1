"""Smooth surfaces through the pixels of a picture, whatever else is in it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]
ROUNDS, POINTS = 12, 20_000


def smooth_fit(values: Array, where: NDArray[np.bool_]) -> Array:
    """(h, w, c) of quadratics in x and y through the pixels in `where`, by least absolute differences.

    It is reweighted least squares, so that up to nearly a half of the pixels may be of something else. No value is
    farther beyond those of the surface at the pixels that it was fitted to than these are from each other.
    """
    height, width = where.shape
    rows, columns = np.nonzero(where)
    step = max(1, len(rows) // POINTS)
    rows, columns = rows[::step], columns[::step]
    y, x = np.linspace(-1, 1, height), np.linspace(-1, 1, width)
    basis = _basis(x[columns], y[rows])  # (n, 6)
    seen = values[rows, columns].astype(np.float64)  # (n, c)
    weights = np.ones(len(seen))
    for _ in range(ROUNDS):
        share = np.sqrt(weights)[:, None]
        terms = np.linalg.lstsq(basis * share, seen * share, rcond=None)[0]  # (6, c)
        weights = 1 / np.maximum(np.linalg.norm(seen - basis @ terms, axis=1), 0.3 * np.ptp(seen) / 100 + 1e-6)
    fitted = basis @ terms
    grid = _basis(*(one.ravel() for one in np.meshgrid(x, y)))
    low, high = fitted.min(0), fitted.max(0)
    whole = np.clip(grid @ terms, 2 * low - high - 1, 2 * high - low + 1)
    return np.asarray(whole.reshape(height, width, -1), np.float32)


def _basis(x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.stack([np.ones_like(x), x, y, x * x, x * y, y * y], axis=-1)
