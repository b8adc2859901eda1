"""Accuracies of probes, on classes whose overlap is known."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import norm

from inrstore.errors import BadInput
from inrstore.metrics import accuracies


def lobes(count: int, spread: float, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Two classes on a circle, about ±20°, with this spread in degrees."""
    rng = np.random.default_rng(seed)
    labels = np.arange(count) % 2
    angles = np.radians(np.where(labels, 20, -20) + rng.normal(0, spread, count))
    rows = np.stack([np.cos(angles), np.sin(angles)], axis=1) * rng.uniform(0.5, 9, (count, 1))  # length says nothing
    return rows, np.array(["left", "right"])[labels]


@pytest.mark.parametrize("split", [True, False])
def test_linear_classifiers_reach_what_can_be_reached(split: bool) -> None:
    rows, names = lobes(1_000, 20)
    found = accuracies(rows, names, np.arange(1_000) < 500 if split else None)
    best = norm.cdf(1)  # the border is in the middle, one spread from either
    for kind in ("linear", "svm"):
        assert found[kind].mean == pytest.approx(best, abs=0.035)
    assert 0.7 < found["knn"].mean < best + 0.03
    low, high = found["svm"].interval()
    assert low < found["svm"].mean < high and high - low < 0.09
    assert len(found["svm"].right) == (500 if split else 1_000)


def test_the_length_of_an_embedding_says_nothing() -> None:
    rows, names = lobes(200, 20)
    unit = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    found, due = (accuracies(r, names, np.arange(200) < 100) for r in (rows, unit))
    assert all(np.array_equal(found[kind].right, due[kind].right) for kind in due)


def test_the_mean_of_classes_weighs_them_alike() -> None:
    rows, names = lobes(400, 2)
    train, right = np.arange(400) < 200, names == "right"
    names[~train & right] = "other"  # which nobody could learn
    taking = train | ~right | (np.arange(400) >= 380)
    for found in accuracies(rows[taking], names[taking], train[taking]).values():
        assert found.mean == pytest.approx(100 / 110) and found.by_class == 0.5


def test_folds_ask_every_row_once_and_leave_small_classes_out() -> None:
    rows, names = lobes(60, 2)
    names[:3] = "rare"
    found = accuracies(rows, names, folds=5)["knn"]
    assert len(found.right) == 57 and set(found.classes) == {"left", "right"}


@pytest.mark.parametrize(
    ("labels", "train", "message"),
    [
        (["a"] * 10, None, "two of 1 classes"),
        (list("ab") * 5, np.ones(10, bool), "10 shapes to learn from and 0"),
        (list("ab") * 5, np.arange(10) % 2 == 0, "give two classes"),
        (["a"], None, "for 1 labels"),
    ],
)
def test_it_refuses(labels: list[str], train: np.ndarray | None, message: str) -> None:
    with pytest.raises(BadInput, match=message):
        accuracies(np.random.default_rng(0).normal(size=(10, 3)), labels, train)
