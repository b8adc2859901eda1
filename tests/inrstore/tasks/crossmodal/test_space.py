"""The space of a head: products outside of it rank shapes as those inside do, and loud directions are quieted."""

from __future__ import annotations

import numpy as np

from inrstore.tasks.crossmodal.space import Space


def some(seed: int, count: int = 200, dim: int = 12) -> np.ndarray:
    rng = np.random.default_rng(seed)
    rows = rng.normal(size=(count, dim)) * np.geomspace(5, 0.05, dim) + 0.3
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), np.float32)


def test_a_product_outside_is_the_one_inside_but_for_a_constant() -> None:
    rows = some(0)
    space = Space.of(rows, directions=6, quiet=0.5)
    queries = np.random.default_rng(1).normal(size=(5, 6)).astype(np.float32)
    inside = queries @ ((rows - space.middle) @ space.directions.T).T
    outside = space.outside(queries) @ rows.T
    np.testing.assert_allclose(inside - inside[:, :1], outside - outside[:, :1], atol=1e-4)


def test_directions_are_those_of_the_covariance_and_equal_where_quieted_fully() -> None:
    rows = some(2)
    space = Space.of(rows, directions=4, quiet=1.0)
    placed = (rows - space.middle) @ space.directions.T
    np.testing.assert_allclose(np.cov(placed.T, bias=True), np.eye(4), atol=1e-3)
    _, ways = np.linalg.eigh(np.cov(rows.T.astype(np.float64)))
    best = ways[:, ::-1][:, :4].T
    along = space.directions / np.linalg.norm(space.directions, axis=1, keepdims=True)
    np.testing.assert_allclose(np.abs((along * best).sum(axis=1)), 1, atol=1e-3)


def test_few_rows_have_few_directions() -> None:
    assert Space.of(some(3, count=5), directions=100).directions.shape == (4, 12)
    inside = Space.of(some(3), directions=3).inside(some(4))
    np.testing.assert_allclose(np.linalg.norm(inside, axis=1), 1, atol=1e-5)
