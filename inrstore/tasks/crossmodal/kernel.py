"""From vectors of words to places among shapes by kernel ridge regression: what is said alike looks alike.

Of some hundreds to thousands of named shapes this learned more than networks with a contrastive loss did, see
`benchmarks/crossmodal.py`. With more captions than `LANDMARKS` some of them stand for all (Nyström).
"""

from __future__ import annotations

import numpy as np
from scipy.linalg import solve

from inrstore.records import FloatArray

LANDMARKS = 2_000
SHARPNESS = 5.0
"""Of the kernel exp(s·(cosine − 1))."""
RIDGE = 1.0


def kernel(vectors: FloatArray, landmarks: FloatArray) -> FloatArray:
    """(n, m) of vectors (n, f) and landmarks (m, f), all of length one: 1 for the same."""
    return np.asarray(np.exp(SHARPNESS * (vectors @ landmarks.T - 1)), np.float32)


def fit_kernel(
    vectors: FloatArray, targets: FloatArray, weights: FloatArray, seed: int, ridge: float = RIDGE
) -> tuple[FloatArray, FloatArray]:
    """Landmarks (m, f) and what each adds (m, k), from vectors (n, f) with targets (n, k) that count `weights` (n,).

    Of too many, landmarks are those that count most, and by chance among those that count the same.
    """
    distinct, place = np.unique(vectors, axis=0, return_inverse=True)
    most = np.zeros(len(distinct), np.float32)
    np.maximum.at(most, place, weights)
    chance = np.random.default_rng(seed).random(len(distinct))
    landmarks = distinct[np.lexsort((chance, -most))[:LANDMARKS]]
    near = kernel(vectors, landmarks).astype(np.float64)
    weighted = near * weights[:, None]
    among = kernel(landmarks, landmarks).astype(np.float64)
    left = weighted.T @ near + ridge * among + 1e-4 * np.eye(len(landmarks))
    return landmarks, np.asarray(solve(left, weighted.T @ targets, assume_a="pos"), np.float32)
