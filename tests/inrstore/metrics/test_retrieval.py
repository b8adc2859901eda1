"""Retrieval against other people's code, published definitions followed slowly, and cases done by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest
from sklearn.metrics import average_precision_score

from inrstore import metrics
from inrstore.errors import BadInput
from inrstore.metrics import bootstrap, retrieval


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


@pytest.mark.parametrize("block", [retrieval.BLOCK, 1, 450])
def test_retrieval_agrees_with_scikit_learn(monkeypatch: pytest.MonkeyPatch, block: int) -> None:
    monkeypatch.setattr(retrieval, "BLOCK", block)
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


def by_princeton(same: np.ndarray) -> dict[str, float]:
    """Shilane et al. 2004, section 4.3, for one ranking without the query, place by place."""
    r, first = int(same.sum()), list(same)
    recall, precision = sum(first[:32]) / r, sum(first[:32]) / min(32, len(first))
    ideal = 1 + sum(1 / math.log2(i) for i in range(2, r + 1))
    gain = float(first[0]) + sum(1 / math.log2(i) for i in range(2, len(first) + 1) if first[i - 1])
    return {
        "first_tier": sum(first[:r]) / r,
        "second_tier": sum(first[: 2 * r]) / r,
        "e_measure": 0.0 if recall == 0 else 2 / (1 / recall + 1 / precision),
        "dcg": gain / ideal,
        "precision@5": sum(first[:5]) / 5,
    }


@pytest.mark.parametrize("count", [200, 23])
def test_tiers_gain_and_e_measure_are_princetons(count: int) -> None:
    rows, labels = cloud(3, count)
    found = metrics.retrieve(rows, labels)
    unit = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    for place, query in enumerate(np.flatnonzero(np.bincount(labels)[labels] > 1)):
        others = np.delete(np.arange(count), query)
        same = labels[others[np.argsort(-(unit[others] @ unit[query]))]] == labels[query]
        for name, value in by_princeton(same).items():
            assert found.figures[name][place] == pytest.approx(value, abs=1e-9), name


def test_by_class_and_who_is_taken_for_whom() -> None:
    angles = np.radians([0.0, 1.0, 30.0, 31.0, 60.0, 62.5, 64.0])
    rows = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    found = metrics.retrieve(rows, ["a", "a", "b", "b", "c", "d", "c"])  # the last one's nearest is d
    assert found.names.tolist() == ["a", "b", "c", "d"]
    assert found.confusion().tolist() == [[2, 0, 0, 0], [0, 2, 0, 0], [0, 0, 0, 2], [0, 0, 0, 0]]
    table = found.by_class()
    assert {name: (row["queries"], row["hit@1"]) for name, row in table.items()} == {
        "a": (2, 1),
        "b": (2, 1),
        "c": (2, 0),
    }
    assert found.mean()["hit@1"] == pytest.approx(4 / 6) and found.left_out == 1


def test_intervals_are_those_of_a_share() -> None:
    """Of hits that are 0 or 1, they are nearly the binomial ones (normal approximation)."""
    rows, labels = cloud(5, 2_000, dim=2)
    found = metrics.retrieve(rows, labels)
    share = found.mean()["hit@1"]
    assert 0.2 < share < 0.8
    low, high = found.intervals()["hit@1"]
    width = 1.96 * math.sqrt(share * (1 - share) / len(found.asked))
    assert (low, high) == pytest.approx((share - width, share + width), abs=width / 8)
    assert found.intervals(level=0.5)["hit@1"][0] > low
    assert found.intervals() == found.intervals() != found.intervals(seed=1)


def test_intervals_do_not_depend_on_what_is_held_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    rows, labels = cloud(5)
    found = metrics.retrieve(rows, labels)
    whole = found.intervals()
    monkeypatch.setattr(bootstrap, "DRAWN", 300 * len(found.asked))  # 300, 300, 300 and 100 of the thousand
    assert found.intervals() == whole
