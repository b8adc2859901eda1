"""Which pairs an index of many shapes brings to be compared, against all pairs there are."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import index
from index import Filter, candidates
from index.protocol import Scored
from inrstore.store import Store, init_store
from tests.shapes import new_shape

SCORE = 0.93
COPIES = 4


@pytest.fixture
def store(tmp_path: Any, tiny_model: Any) -> Store:
    """Eight hundred things, each four times with a little noise."""
    made = init_store(tmp_path / "shapes.store", tiny_model)
    random = np.random.default_rng(0)
    things = random.normal(size=(800, 8))
    rows = np.repeat(things / np.linalg.norm(things, axis=1, keepdims=True), COPIES, axis=0)
    rows += random.normal(size=rows.shape) * 0.03
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    made.commit([new_shape(tiny_model, n, embedding=row.astype(np.float32)) for n, row in enumerate(rows)])
    return made


def found(blocks: Any) -> dict[frozenset[int], float]:
    blocks: list[Scored] = list(blocks)
    return {frozenset((int(a), int(b))): float(s) for block in blocks for a, b, s in zip(*block, strict=True)}


@pytest.mark.parametrize(("backend", "least"), [("flat", 1.0), ("hnsw", 0.999), ("ivf", 0.97), ("rabitq", 0.98)])
@pytest.mark.parametrize("where", [None, {"label": "chair"}])
def test_the_nearest_of_each_instead_of_all_pairs(
    store: Store, backend: str, least: float, where: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    index.build(store, backend=backend)
    opened = index.open_index(store)
    only = Filter(where) if where else None
    every = found(candidates.close(store, opened, SCORE, only))
    monkeypatch.setattr(candidates, "ALL_PAIRS", 100)
    near = found(candidates.close(store, opened, SCORE, only))
    margin = 0.01 if backend == "ivf" else 0.001  # rows of 8 and 16 bits
    assert all(pair in every or near[pair] < SCORE + margin for pair in near)
    keys, matrix = store.embeddings()
    allowed = np.ones(len(keys), bool) if only is None else np.isin(keys, only.keys(store))
    scores = np.where(allowed, matrix @ matrix.T, -2)
    np.fill_diagonal(scores, -2)
    due = set()
    for row in np.flatnonzero(allowed):
        best = np.argsort(-scores[row])[: candidates.NEAREST]
        due |= {frozenset((int(keys[row]), int(keys[other]))) for other in best if scores[row, other] >= SCORE}
    assert len(due) > 500 and len(due & set(near)) >= least * len(due)


def test_the_pairs_to_compare_are_the_same(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """As long as the index is exact."""
    index.build(store, backend="flat")
    opened = index.open_index(store)
    signatures: Any = {key: np.array([float(key)]) for key in store.keys().tolist()}
    every = candidates.stored_pairs(store, opened, signatures, "same")
    monkeypatch.setattr(candidates, "ALL_PAIRS", 100)
    near = candidates.stored_pairs(store, opened, signatures, "same")
    assert set(near) == set(every) and len(every) > 1000
