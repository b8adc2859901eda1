"""Kernel ridge regression, against scikit-learn's."""

from __future__ import annotations

import numpy as np
import pytest

from inrstore.tasks.crossmodal import kernel as module
from inrstore.tasks.crossmodal.kernel import SHARPNESS, fit_kernel, kernel


def unit(seed: int, count: int, dim: int = 16) -> np.ndarray:
    rows = np.random.default_rng(seed).normal(size=(count, dim))
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), np.float32)


def test_it_says_what_the_library_says() -> None:
    ridge = pytest.importorskip("sklearn.kernel_ridge")
    vectors, targets, asked = unit(0, 60), unit(1, 60, 5), unit(2, 20)
    found = (
        kernel(asked, (fitted := fit_kernel(vectors, targets, np.ones(60, np.float32), 0, ridge=0.5))[0]) @ fitted[1]
    )
    # exp(s (cos - 1)) of unit vectors is the RBF kernel of gamma s / 2
    theirs = ridge.KernelRidge(alpha=0.5, kernel="rbf", gamma=SHARPNESS / 2).fit(vectors, targets)
    np.testing.assert_allclose(found, theirs.predict(asked), atol=2e-3)


def test_what_counts_more_is_fitted_more_closely() -> None:
    vector = unit(3, 1)
    both, targets = np.vstack([vector, vector]), np.array([[1.0], [-1.0]], np.float32)
    landmarks, adds = fit_kernel(both, targets, np.array([1.0, 0.25], np.float32), 0, ridge=1e-3)
    assert len(landmarks) == 1
    assert (kernel(vector, landmarks) @ adds)[0, 0] == pytest.approx((1 - 0.25) / 1.25, abs=0.01)


def test_landmarks_are_those_that_count_most(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LANDMARKS", 10)
    vectors, weights = unit(4, 40), np.full(40, 0.3, np.float32)
    weights[[3, 17, 31]] = 1
    landmarks, adds = fit_kernel(vectors, unit(5, 40, 2), weights, 0)
    assert landmarks.shape == (10, 16) and adds.shape == (10, 2)
    assert all((np.abs(landmarks - vectors[place]).max(axis=1) < 1e-6).any() for place in (3, 17, 31))
