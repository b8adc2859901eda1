"""Figures of generators, against sums written out and against draws of which is known what they are."""

from __future__ import annotations

import numpy as np
import pytest

from inrstore.errors import BadInput
from inrstore.metrics.generation import Distances, chamfer_l2, nearest_of, remembered

Cloud = np.ndarray


def clouds(count: int, seed: int, move: float = 0.0, points: int = 40) -> list[Cloud]:
    """Boxes of points, each with sides of its own."""
    rng = np.random.default_rng(seed)
    return [rng.uniform(-1, 1, (points, 3)) * rng.uniform(0.2, 1, 3) + move for _ in range(count)]


def written_out(a: Cloud, b: Cloud) -> float:
    squares = ((a[:, None] - b[None]) ** 2).sum(axis=2)
    return float(squares.min(axis=1).mean() + squares.min(axis=0).mean())


def test_chamfer_is_the_sum_of_both_mean_squares() -> None:
    a, b = clouds(2, seed=0)
    assert chamfer_l2(a, b[:30]) == pytest.approx(written_out(a, b[:30]))
    ball = np.zeros((1, 3))
    assert chamfer_l2(ball, np.array([[3.0, 0, 0], [0, 4.0, 0]])) == pytest.approx(9 + (9 + 16) / 2)


def test_figures_are_their_definitions() -> None:
    samples, references = clouds(7, seed=1), clouds(7, seed=2)
    found = Distances.of(samples, references)
    table = [[written_out(one, other) for other in samples + references] for one in samples + references]
    across = [row[7:] for row in table[:7]]
    assert found.mmd() == pytest.approx(np.mean([min(row[k] for row in across) for k in range(7)]))
    assert found.cov() == len({row.index(min(row)) for row in across}) / 7
    right = 0
    for place, row in enumerate(table):
        nearest = min((value, other) for other, value in enumerate(row) if other != place)[1]
        right += (nearest < 7) == (place < 7)
    assert found.nna() == right / 14
    assert found.figures() == {"MMD": found.mmd(), "COV": found.cov(), "1-NNA": found.nna()}


def test_the_same_set_is_covered_and_no_distance_off() -> None:
    own = clouds(9, seed=3)
    found = Distances.of(own, own[::-1])
    assert found.mmd() == 0 and found.cov() == 1 and found.nna() == 0  # of each, its copy is the nearest


def test_two_draws_of_one_distribution_and_of_two() -> None:
    same = Distances.of(clouds(60, seed=4), clouds(60, seed=5))
    assert same.nna() == pytest.approx(0.5, abs=0.14) and 0.4 < same.cov() < 0.8
    apart = Distances.of(clouds(12, seed=6), clouds(12, seed=7, move=5.0))
    assert apart.nna() == 1 and apart.mmd() > 2 * 3 * 4.0**2
    one = Distances.of([clouds(1, seed=8)[0]] * 12, clouds(12, seed=9))
    assert one.cov() == 1 / 12  # all samples are one


def test_nearest_others_are_found_in_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("inrstore.metrics.generation.ROWS", 4)
    rng = np.random.default_rng(0)
    rows, others = rng.normal(size=(10, 5)), rng.normal(size=(30, 5))
    table = np.linalg.norm(rows[:, None] - others[None], axis=2)
    places, distances = nearest_of(rows, others)
    np.testing.assert_array_equal(places, table.argmin(axis=1))
    np.testing.assert_allclose(distances, table.min(axis=1))
    among = np.linalg.norm(others[:, None] - others[None], axis=2) + np.diag(np.full(30, np.inf))
    np.testing.assert_array_equal(nearest_of(others, others, same=True)[0], among.argmin(axis=1))


def test_copies_are_remembered_and_new_draws_are_not() -> None:
    rng = np.random.default_rng(1)
    learned, new = rng.normal(size=(300, 4)), rng.normal(size=(300, 4))
    found = remembered(new, learned)
    assert found["remembered"] < 0.05
    assert found["nearest"] == pytest.approx(found["nearest of learned"], rel=0.15)
    half = np.concatenate([learned[:50] + 1e-6, new[:50]])
    assert remembered(half, learned)["remembered"] == pytest.approx(0.5, abs=0.04)
    assert remembered(learned[:5], learned)["nearest"] == 0


def test_counts_that_say_nothing_are_refused() -> None:
    with pytest.raises(BadInput, match="2 samples and 3 references came"):
        Distances.of(clouds(2, seed=0), clouds(3, seed=0))
    with pytest.raises(BadInput, match="0 samples"):
        Distances.of([], [])
    with pytest.raises(BadInput, match="1 samples and 1 learned from"):
        remembered(np.zeros((1, 2)), np.zeros((1, 2)))
