"""Probabilities that mean what they say: one temperature, and how far they are off (Guo et al. 2017)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.floating]
Places = NDArray[np.int64]
BINS = 15
COLDEST, HOTTEST = 0.01, 100.0


def probabilities(logits: Rows, temperature: float = 1.0) -> NDArray[np.float64]:
    """(n, c) of logits (n, c) divided by a temperature; each row sums to one."""
    scaled = np.asarray(logits, np.float64) / temperature
    powers = np.exp(scaled - scaled.max(axis=1, keepdims=True))
    found: NDArray[np.float64] = powers / powers.sum(axis=1, keepdims=True)
    return found


def log_loss(logits: Rows, label: Places, temperature: float = 1.0) -> float:
    """The mean of −log p of the true class."""
    scaled = np.asarray(logits, np.float64) / temperature
    most = scaled.max(axis=1)
    sums = most + np.log(np.exp(scaled - most[:, None]).sum(axis=1))
    return float(np.mean(sums - scaled[np.arange(len(label)), label]))


def best_temperature(logits: Rows, label: Places) -> float:
    """The temperature with the least log loss on rows that the logits were not learned from.

    The classes count as true but for a share of 1/(n + 2), as of Platt (1999), which any class may have: where all of a
    few rows are right, nothing is certain yet.
    """
    from scipy.optimize import minimize_scalar

    doubt = 1 / (len(label) + 2)
    middle = np.asarray(logits, np.float64).mean(axis=1) - logits[np.arange(len(label)), label]

    def loss(log_temperature: float) -> float:
        temperature = float(np.exp(log_temperature))
        return log_loss(logits, label, temperature) - doubt * float(middle.mean()) / temperature

    found = minimize_scalar(loss, bounds=(np.log(COLDEST), np.log(HOTTEST)), method="bounded")
    return float(np.exp(found.x))


def calibration_error(said: Rows, label: Places, bins: int = BINS) -> float:
    """Expected calibration error: how far the greatest probabilities (n, c) are from the share that is right.

    In bins of equal width by that probability, each weighted by its rows; 0 is best.
    """
    sure, right = said.max(axis=1), said.argmax(axis=1) == label
    place = np.minimum((sure * bins).astype(int), bins - 1)
    sums = [np.bincount(place, weights, minlength=bins) for weights in (sure, right.astype(float))]
    return float(np.abs(sums[0] - sums[1]).sum() / len(label))


def honest_error(logits: Rows, label: Places, seed: int = 0) -> float:
    """The calibration error of rows whose temperature was found on the other half of them, and the other way round."""
    order = np.random.default_rng(seed).permutation(len(label))
    halves = order[::2], order[1::2]
    if not len(halves[1]):
        return calibration_error(probabilities(logits), label)
    said = np.empty(np.shape(logits), np.float64)
    for mine, other in (halves, halves[::-1]):
        said[mine] = probabilities(logits[mine], best_temperature(logits[other], label[other]))
    return calibration_error(said, label)
