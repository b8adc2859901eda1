"""All neighbours and all pairs above a score, against every score there is."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import index
from index import Filter, exact
from tests.index.building import PARAMETERS, build


@pytest.fixture(params=tuple(PARAMETERS))
def opened(request: pytest.FixtureRequest, store: Any) -> index.Index:
    build(store, str(request.param))
    store.grow(7)
    store.drop(list(store.rows)[:9])  # a graph keeps these as dead nodes
    return index.open_index(store)


def joined(blocks: Any) -> list[tuple[int, int, float]]:
    return [(int(a), int(b), float(score)) for block in blocks for a, b, score in zip(*block, strict=True)]


@pytest.mark.parametrize("where", [None, {"label": "lamp"}])
def test_all_neighbours_above_a_score(store: Any, opened: index.Index, where: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr(exact, "BLOCK", 1000)  # three queries a block
    keys, matrix = store.embeddings()
    queries = matrix[:20]
    found = joined(opened.within(queries, 0.3, Filter(where) if where else None))
    allowed = np.isin(keys, store.keys(where))
    scores = queries.astype(np.float64) @ matrix.T.astype(np.float64)
    due = {(row, int(keys[column])) for row, column in np.argwhere((scores >= 0.3) & allowed)}
    assert {(place, key) for place, key, _ in found} == due and len(found) == len(due) > 20
    assert [(place, -score) for place, _, score in found] == sorted((place, -score) for place, _, score in found)
    for place, key, score in found:
        assert score == pytest.approx(scores[place, np.searchsorted(keys, key)], abs=1e-6)


@pytest.mark.parametrize("where", [None, {"split": "test"}])
def test_all_pairs_above_a_score(store: Any, opened: index.Index, where: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr(exact, "BLOCK", 3000)
    keys, matrix = store.embeddings()
    found = joined(opened.pairs(0.4, Filter(where) if where else None))
    allowed = np.flatnonzero(np.isin(keys, store.keys(where)))
    scores = matrix.astype(np.float64) @ matrix.T.astype(np.float64)
    close = ((a, b) for a in allowed for b in allowed if a < b and scores[a, b] >= 0.4)
    due = {frozenset((int(keys[a]), int(keys[b]))) for a, b in close}
    assert {frozenset(pair[:2]) for pair in found} == due and len(found) == len(due) > 10


def test_no_block_is_larger_than_allowed(store: Any, opened: index.Index, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exact, "BLOCK", 3000)
    sizes = [len(block[0]) for block in opened.pairs(-1.0)]
    count = len(store.rows)
    assert sum(sizes) == count * (count - 1) // 2 and max(sizes) <= 3000
    assert joined(opened.within(store.embeddings()[1][:3], 1.5)) == []
    assert joined(opened.pairs(0.5, Filter({"label": "nothing"}))) == []
