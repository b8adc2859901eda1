"""Retrieval and surface figures against other people's code and cases done by hand."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import average_precision_score

from inrstore import metrics
from inrstore.errors import BadInput


def cloud(seed: int, count: int = 200, dim: int = 8) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    labels = random.integers(0, 6, count)
    centres = random.normal(size=(6, dim))
    return (centres[labels] + random.normal(size=(count, dim))).astype(np.float32), labels


def slow_retrieval(rows: np.ndarray, labels: np.ndarray, ks: tuple[int, ...]) -> dict[str, float]:
    """The same figures one query at a time, average precision by scikit-learn."""
    unit = rows.astype(np.float64) / np.linalg.norm(rows.astype(np.float64), axis=1, keepdims=True)
    precisions, hits = [], {k: [] for k in ks}
    for place in range(len(rows)):
        others = np.delete(np.arange(len(rows)), place)
        same = labels[others] == labels[place]
        if not same.any():
            continue
        scores = unit[others] @ unit[place]
        precisions.append(average_precision_score(same, scores))
        ranked = same[np.argsort(-scores)]
        for k in ks:
            hits[k].append(ranked[:k].any())
    return {**{f"hit@{k}": float(np.mean(hits[k])) for k in ks}, "map": float(np.mean(precisions))}


@pytest.mark.parametrize("block", [metrics.BLOCK, 1, 450])
def test_retrieval_agrees_with_scikit_learn(monkeypatch: pytest.MonkeyPatch, block: int) -> None:
    monkeypatch.setattr(metrics, "BLOCK", block)
    rows, labels = cloud(0)
    labels[3] = 99  # alone in its class
    found = metrics.retrieval_metrics(rows, labels, ks=(1, 3, 10))
    expected = slow_retrieval(rows, labels, (1, 3, 10))
    assert {name: found[name] for name in expected} == pytest.approx(expected, abs=1e-6)
    assert (found["queries"], found["classes"], found["left_out"]) == (199, 6, 1)


def test_retrieval_by_hand() -> None:
    # On a quarter circle: a at 0°, b at 10°, a at 30°, b at 70°, c at 90°; every angle between two differs.
    angles = np.radians([0.0, 10.0, 30.0, 70.0, 90.0])
    rows = np.stack([np.cos(angles), np.sin(angles)], axis=1) * 7  # length must not matter
    found = metrics.retrieval_metrics(rows, ["a", "b", "a", "b", "c"], ks=(1, 2))
    # 0° sees 10 30: rank 2. 10° sees 0 30 70: rank 3. 30° sees 10 0: rank 2. 70° sees 90 30 10: rank 3.
    assert found["hit@1"] == 0.0
    assert found["hit@2"] == 0.5
    assert found["map"] == pytest.approx((1 / 2 + 1 / 3 + 1 / 2 + 1 / 3) / 4)
    assert (found["queries"], found["classes"], found["left_out"]) == (4, 2, 1)


def test_perfect_and_short_rankings() -> None:
    rows = np.array([[1, 0], [1, 0.01], [0, 1], [0.01, 1]], dtype=np.float32)
    found = metrics.retrieval_metrics(rows, [0, 0, 1, 1])
    assert found["hit@1"] == found["hit@10"] == found["map"] == 1.0


@pytest.mark.parametrize(
    ("rows", "labels", "message"),
    [
        (np.eye(3), ["a", "b", "c"], "no class"),
        (np.eye(3), ["a", "a"], "2 for 3"),
        (np.zeros((2, 3)), ["a", "a"], "zero"),
        (np.full((2, 3), np.nan), ["a", "a"], "finite"),
        (np.ones(3), ["a"], "shape"),
    ],
)
def test_retrieval_refuses(rows: np.ndarray, labels: list[str], message: str) -> None:
    with pytest.raises(BadInput, match=message):
        metrics.retrieval_metrics(rows, labels)


def test_surface_figures_by_hand() -> None:
    a = np.array([[0, 0, 0], [1, 0, 0]], dtype=np.float64)
    b = np.array([[0, 0, 0.1], [1, 0, 0.3], [1, 0, 0.5]], dtype=np.float64)
    there, back = (0.1 + 0.3) / 2, (0.1 + 0.3 + 0.5) / 3
    assert metrics.chamfer_l1(a, b) == pytest.approx((there + back) / 2)
    assert metrics.chamfer_l1(a, b) == pytest.approx(metrics.chamfer_l1(b, a))
    recall, precision = 1 / 2, 1 / 3  # within 0.2
    assert metrics.f_score(a, b, 0.2) == pytest.approx(2 * recall * precision / (recall + precision))
    assert metrics.f_score(a, b, 0.01) == 0.0
    assert metrics.f_score(a, a, 0.0) == 1.0
    both = metrics.surface_metrics(a, b, (0.2, 0.4), workers=2)
    assert both["f@0.2"] == pytest.approx(metrics.f_score(a, b, 0.2))
    assert both["chamfer_l1"] == pytest.approx(metrics.chamfer_l1(a, b))


def test_distances_agree_with_brute_force() -> None:
    random = np.random.default_rng(1)
    a, b = random.normal(size=(150, 3)), random.normal(size=(220, 3)).astype(np.float32)
    expected = np.linalg.norm(a[:, None] - b[None].astype(np.float64), axis=2).min(axis=1)
    np.testing.assert_allclose(metrics.nearest_distances(a, b), expected, rtol=1e-12)


def test_a_shifted_plane_is_as_far_as_the_shift() -> None:
    random = np.random.default_rng(2)
    plane = np.concatenate([random.uniform(size=(500, 2)), np.zeros((500, 1))], axis=1)
    assert metrics.chamfer_l1(plane, plane + [0, 0, 0.004]) == pytest.approx(0.004)
    assert metrics.f_score(plane, plane + [0, 0, 0.004], 0.005) == 1.0


@pytest.mark.parametrize("points", [np.zeros((0, 3)), np.zeros((4, 2)), np.full((2, 3), np.inf)])
def test_surface_figures_refuse(points: np.ndarray) -> None:
    with pytest.raises(BadInput, match="points"):
        metrics.chamfer_l1(points, np.zeros((1, 3)))
