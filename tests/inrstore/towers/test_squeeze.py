"""What tells one thing from another, where it is known by construction."""

from __future__ import annotations

import numpy as np
import pytest

from inrstore.towers import squeeze
from inrstore.towers.squeeze import Squeeze

THINGS, VIEWS, WIDE = 60, 8, 12


def pictures(seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Features, whose each is: things differ a little along three directions, their pictures much along three others
    and as little along one of the same; and what a thing is, (t, 3)."""
    rng = np.random.default_rng(seed)
    ways = np.linalg.qr(rng.normal(size=(WIDE, WIDE)))[0]
    own = np.repeat(np.arange(THINGS), VIEWS)
    thing = rng.normal(size=(THINGS, 3))
    rows = thing[own] @ ways[:3] + 6 * rng.normal(size=(len(own), 3)) @ ways[3:6]
    rows += 0.3 * rng.normal(size=(len(own), 1)) * ways[0] + 0.01 * rng.normal(size=(len(own), WIDE))
    return rows + 5, own, ways


def test_it_keeps_what_things_differ_by_and_forgets_what_their_pictures_differ_by() -> None:
    rows, own, ways = pictures(0)
    made = Squeeze.of(rows, own, seed=0, width=3)
    assert made.directions.shape == (WIDE, 3)
    found, _ = np.linalg.qr(made.directions.astype(np.float64))
    assert np.linalg.svd(ways[:3] @ found, compute_uv=False).min() > 0.99
    assert np.linalg.norm(ways[3:6] @ found) < 0.1
    squeezed = made(rows)
    np.testing.assert_allclose(squeezed.mean(axis=0), 0, atol=1e-2)
    assert squeezed.var(axis=0).mean() == pytest.approx(1, rel=0.02)


def test_cosines_of_new_pictures_tell_the_same_thing() -> None:
    rows, own, ways = pictures(0)
    made, rng = Squeeze.of(rows, own, seed=0, width=3), np.random.default_rng(9)
    new = rng.normal(size=(30, 3))
    seen = [new @ ways[:3] + 6 * rng.normal(size=(30, 3)) @ ways[3:6] + 5 for _ in range(2)]

    def first(one: np.ndarray, other: np.ndarray) -> float:
        one, other = (rows / np.linalg.norm(rows, axis=1, keepdims=True) for rows in (one, other))
        return float(((one @ other.T).argmax(axis=1) == np.arange(30)).mean())

    assert first(*map(made, seen)) > 0.8
    assert first(*(rows - 5 for rows in seen)) < 0.4  # as they are


def test_it_is_the_textbooks(monkeypatch: pytest.MonkeyPatch) -> None:
    """The directions of scikit-learn's discriminant analysis, if nothing is added to the variance within things."""
    monkeypatch.setattr(squeeze, "SMALL", 1e-8)
    discriminant = pytest.importorskip("sklearn.discriminant_analysis")
    rows, own, _ = pictures(3)
    theirs = discriminant.LinearDiscriminantAnalysis(solver="eigen", n_components=3).fit(rows, own)
    ours = Squeeze.of(rows, own, seed=0, width=3)
    one, other = (np.linalg.qr(found)[0] for found in (theirs.scalings_[:, :3], ours.directions.astype(np.float64)))
    assert np.linalg.svd(one.T @ other, compute_uv=False).min() > 0.999
    squeezed = ours(rows)
    within = np.cov((squeezed - squeezed.reshape(THINGS, VIEWS, 3).mean(axis=1)[own]).T)
    np.testing.assert_allclose(within / np.trace(within) * 3, np.eye(3), atol=0.02)  # pictures differ alike in each


def test_there_are_no_more_directions_than_there_is_to_tell() -> None:
    rows, own, _ = pictures(1)
    few = Squeeze.of(rows[: 2 * VIEWS], own[: 2 * VIEWS], seed=0)
    assert few.directions.shape == (WIDE, 1)
    alone = Squeeze.of(rows[::VIEWS], own[::VIEWS], seed=0)  # one picture of each says nothing of how pictures differ
    assert np.isfinite(alone.directions).all() and np.isfinite(alone(rows)).all()
    assert few(rows[:0]).shape == (0, 1)


def test_few_rows_of_many_features_have_the_same_main_directions() -> None:
    rng = np.random.default_rng(2)
    own = np.repeat(np.arange(10), 4)
    rows = rng.normal(size=(10, 200))[own] + 0.3 * rng.normal(size=(40, 200))
    made = Squeeze.of(rows, own, seed=0, width=5)
    turned = np.linalg.qr(rng.normal(size=(200, 200)))[0][:, :30]  # to fewer features than rows, as another branch does
    other = Squeeze.of(rows @ turned, own, seed=0, width=5)
    for one, some in ((made, rows), (other, rows @ turned)):
        squeezed = one(some)
        means = np.stack([squeezed[own == thing].mean(axis=0) for thing in range(10)])
        assert np.var(squeezed - means[own]) < 0.2 * np.var(means)
