"""An index of many rows takes changes into a file beside them, and folds these in once they are many."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import index
from index import Filter
from index.faiss import filtered, update
from index.faiss.files import sha256
from tests.index.building import PARAMETERS, build, check, manifest_of


@pytest.fixture(params=tuple(PARAMETERS))
def kind(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """A backend; and three hundred rows are many."""
    monkeypatch.setattr(update, "FOLD_ALWAYS", 100)
    monkeypatch.setattr(update, "FOLD_ROWS", 40)
    return str(request.param)


def test_changes_lie_beside_the_rows_until_they_are_many(store: Any, kind: str) -> None:
    build(store, kind)
    rows = manifest_of(store)["vectors"]
    for _ in range(2):
        new = store.grow(9)
        store.drop([*list(store.rows)[:3], new[0]])  # of the old rows and of those beside
        store.read.clear()
        done = index.add(store)
        assert (done.action, done.added, done.removed) == ("updated", 8, 3)
        assert store.read == [8] and manifest_of(store)["vectors"] == rows
        check(store, kind)
        store.companions.clear()  # as a new process opens it
        check(store, kind)
    dropped = store.grow(2)
    index.add(store)
    store.drop(dropped)  # what lay beside goes from there
    assert index.add(store).removed == 2
    check(store, kind)
    store.grow(25)
    done = index.add(store)
    assert (done.action, done.added, done.count) == ("updated", 25, len(store.rows))
    record = manifest_of(store)
    assert record["vectors"] != rows and record["changes"]["name"] == "" and record["built"] == 300
    check(store, kind)
    store.drop(list(store.rows)[:5])
    index.add(store)
    check(store, kind)


def test_everything_answers_for_changes_too(store: Any, kind: str) -> None:
    build(store, kind)
    new = store.grow(12)
    store.drop(list(store.rows)[5:15])
    opened = index.open_index(store)
    keys, matrix = store.embeddings()
    scores = matrix @ matrix.T
    pairs = {frozenset((int(a), int(b))) for block in opened.pairs(0.5) for a, b, _ in zip(*block, strict=True)}
    assert pairs == {frozenset((int(keys[a]), int(keys[b]))) for a, b in np.argwhere(np.triu(scores >= 0.5, 1))}
    found, rows = opened.vectors(np.array([new[0], keys[0]]))
    if kind in ("flat", "hnsw"):
        due = matrix[np.searchsorted(keys, found)]
        assert len(found) == 2 and np.array_equal(rows, due)
    where = {"label": "lamp"}
    allowed = store.keys(where)
    answer = opened.search(matrix[:9], 300, Filter(where))[1]
    assert all(set(row[row >= 0].tolist()) == set(allowed.tolist()) for row in answer)


def test_damage_of_the_changes_is_rebuilt(store: Any, kind: str) -> None:
    build(store, kind)
    store.grow(3)
    index.add(store)
    path = store.index_dir("default") / manifest_of(store)["changes"]["name"]
    path.write_bytes(path.read_bytes()[:-9])
    assert index.status(store).state == "damaged"
    store.companions.clear()
    check(store, kind)
    assert manifest_of(store)["built"] == 303


def test_damaged_rows_are_not_folded_into(store: Any, kind: str) -> None:
    build(store, kind)
    path = store.index_dir("default") / manifest_of(store)["vectors"]["name"]
    found = bytearray(path.read_bytes())
    found[-1] ^= 1
    path.write_bytes(found)
    record = manifest_of(store)["vectors"]
    assert sha256(path) != record["sha256"]
    store.grow(60)
    assert index.add(store).action == "built"
    check(store, kind)


def test_conditions_are_tried_on_the_nearest_first(store: Any, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    build(store, kind)
    opened = index.open_index(store)
    monkeypatch.setattr(filtered, "FEW", 0)
    listed: list[Any] = []
    real = Filter.keys
    monkeypatch.setattr(Filter, "keys", lambda self, store: listed.append(self.where) or real(self, store))
    keys, matrix = store.embeddings()
    for where, asks in (({"label": "chair"}, 0), ({"split": "train"}, 0), ({"label": "chair", "split": "test"}, 1)):
        allowed = np.isin(keys, store.keys(where))
        chairs = [row for row, key in enumerate(keys.tolist()) if store.rows[key][0].label == "chair"][:8]
        listed.clear()
        scores, found = opened.search(matrix[chairs], 4, Filter(where))
        due = np.sort(matrix[chairs] @ matrix[allowed].T, axis=1)[:, ::-1][:, :4]
        np.testing.assert_allclose(scores, due, atol=0.03 if kind == "ivf" else 0.002)
        assert np.isin(found, keys[allowed]).all()
        assert len(listed) <= asks or kind in ("ivf", "rabitq")
