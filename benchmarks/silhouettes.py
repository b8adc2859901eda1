"""What the oldest searches by pictures compared: the seven moments of a silhouette that no turn, place or size changes
(Hu 1962), and here, of how things look from all round, by the most alike of their views."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

WHITE = 250
"""Brightness from which on a picture shows what is behind the object."""


def moments(pictures: Sequence[np.ndarray]) -> np.ndarray:
    """(n, 7) of pictures (s, s, 3) on white, each number by its sign and the logarithm of its size, as is usual."""
    return np.stack([_of(one.min(axis=2) < WHITE) for one in pictures])


def likeness(queries: np.ndarray, views: np.ndarray) -> np.ndarray:
    """(q, m) the less, the further silhouettes (q, 7) are from the nearest of the views (m, v, 7)."""
    scale = views.reshape(-1, 7).std(axis=0) + 1e-9
    apart = np.abs(queries[:, None, None] - views[None]) / scale
    return -apart.sum(axis=-1).min(axis=-1)


def _of(cover: np.ndarray) -> np.ndarray:
    y, x = np.nonzero(cover)
    if not len(x):
        return np.zeros(7)
    x, y = x - x.mean(), y - y.mean()

    def central(p: int, q: int) -> float:
        return float((x**p * y**q).sum() / len(x) ** (1 + (p + q) / 2))

    n20, n02, n11 = central(2, 0), central(0, 2), central(1, 1)
    n30, n03, n21, n12 = central(3, 0), central(0, 3), central(2, 1), central(1, 2)
    a, b, c, d = n30 + n12, n21 + n03, n30 - 3 * n12, 3 * n21 - n03
    seven = np.array(
        [
            n20 + n02,
            (n20 - n02) ** 2 + 4 * n11**2,
            c**2 + d**2,
            a**2 + b**2,
            c * a * (a**2 - 3 * b**2) + d * b * (3 * a**2 - b**2),
            (n20 - n02) * (a**2 - b**2) + 4 * n11 * a * b,
            d * a * (a**2 - 3 * b**2) - c * b * (3 * a**2 - b**2),
        ]
    )
    return -np.sign(seven) * np.log10(np.abs(seven) + 1e-12)
