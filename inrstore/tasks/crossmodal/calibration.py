"""How like a query a shape must be, and what a likeness says: from queries whose right shapes are known."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from inrstore.records import FloatArray

WRONG = 0.05
"""Share of the wrong shapes that may be above the floor: what is right is seldom as like as one would wish, and of a
query that the head knows nothing of nearly all shapes are below."""


def floor_of(wrong: FloatArray) -> float:
    """The likeness that so few of the wrong pairs (n,) exceed."""
    return float(np.quantile(wrong, 1 - WRONG))


def slope_of(right: FloatArray, wrong: FloatArray) -> tuple[float, float]:
    """a and b of 1 / (1 + exp(−(a·x + b))), the probability that a pair is a right one, both kinds weighing the same
    (Platt 1999)."""
    x = np.concatenate([right, wrong]).astype(np.float64)
    sign = np.concatenate([np.ones(len(right)), -np.ones(len(wrong))])
    weight = np.where(sign > 0, 1 / len(right), 1 / len(wrong))

    def loss(ab: NDArray[np.float64]) -> float:
        return float((weight * np.logaddexp(0, -sign * (ab[0] * x + ab[1]))).sum() + 1e-4 * ab[0] ** 2)

    a, b = minimize(loss, np.zeros(2)).x
    return round(float(a), 4), round(float(b), 4)


def figures_of(scores: FloatArray, right: NDArray[np.bool_]) -> dict[str, float]:
    """Of queries among shapes, scores and which are right (q, n): how often one is first, and among the first ten."""
    order = np.argsort(-scores, axis=1, kind="stable")[:, :10]
    found = np.take_along_axis(right, order, axis=1)
    return {
        "first": round(float(found[:, 0].mean()), 4),
        "first ten": round(float(found.any(axis=1).mean()), 4),
        "by chance, first ten": round(float(np.minimum(1, 10 * right.mean(axis=1)).mean()), 4),
        "queries": len(scores),
    }
