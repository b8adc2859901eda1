"""Listing: lengths, pages, orders."""

from __future__ import annotations

from typing import Any

import pytest

from inrstore.errors import BadInput
from inrstore.store import Store, open_store, shapes
from tests.shapes import digest, key_of, new_shape


def names(found: Any) -> list[int]:
    return [int(shape.name.removeprefix("shape ")) for shape in found]


def test_length_and_truth(ten: Store, store: Store) -> None:
    assert len(ten) == ten.count() == 10
    ten.remove([digest(number) for number in range(10)])
    assert len(ten) == 0 and ten and list(ten) == []


def test_iteration_is_lazy_and_by_key(ten: Store, tiny_model: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    for size in (1, 3, 5, 10, 1000):
        monkeypatch.setattr(shapes, "PAGE", size)
        assert names(ten) == list(range(10))
        assert names(ten.iter_shapes("label=chair")) == [1, 3, 5, 7, 9]
    monkeypatch.setattr(shapes, "PAGE", 3)
    found = iter(ten)
    assert next(found).name == "shape 0"
    ten.remove(digest(5))
    ten.commit([new_shape(tiny_model, 20)])
    assert names(found) == [1, 2, 3, 4, 6, 7, 8, 9, 20]
    with pytest.raises(BadInput):
        ten.iter_shapes("lable=chair")  # at once, not at the first shape


def test_pages(ten: Store) -> None:
    assert names(ten.shapes(limit=3)) == [0, 1, 2] and names(ten.shapes(limit=3, offset=8)) == [8, 9]
    assert names(ten.shapes(offset=7)) == [7, 8, 9] and ten.shapes(offset=70) == []
    assert names(ten.shapes("label=chair", limit=2, offset=1)) == [3, 5]


def test_orders(ten: Store) -> None:
    ten.label(digest(4), None)
    assert names(ten.shapes(order="-key")) == list(range(9, -1, -1))
    assert names(ten.shapes(order="name")) == list(range(10))
    assert names(ten.shapes(order="-name", limit=2)) == [9, 8]
    assert names(ten.shapes(order="label")) == [1, 3, 5, 7, 9, 0, 2, 6, 8, 4]
    assert names(ten.shapes(order="-label")) == [0, 2, 6, 8, 1, 3, 5, 7, 9, 4]
    assert names(ten.shapes(order="created")) == list(range(10))
    assert names(ten.shapes(order="error")) == [0, 7, 1, 8, 2, 9, 3, 4, 5, 6]
    assert names(ten.shapes(order="-error", limit=3, offset=1)) == [5, 4, 3]
    for order in ("size", "", "-"):
        with pytest.raises(BadInput, match="none of key, name, label, created, error"):
            ten.shapes(order=order)


def test_by_ids(ten: Store) -> None:
    ids = [digest(number) for number in (4, 2, 7, 3)] + ["nothing"]
    ten.label(digest(4), None)
    assert names(ten.shapes(ids=ids)) == [2, 3, 4, 7] and names(ten.shapes(ids=ids, order="-key")) == [7, 4, 3, 2]
    for order in ("label", "-label", "error", "-error", "name"):
        whole = names(ten.shapes(order=order))
        assert names(ten.shapes(ids=ids, order=order)) == [number for number in whole if number in (4, 2, 7, 3)]
    assert names(ten.shapes({"label": "table"}, ids=ids, limit=1)) == [2]
    assert names(ten.shapes(ids=ids, limit=2, offset=1)) == [3, 4]


def test_by_keys(ten: Store) -> None:
    keys = ten.keys()
    assert set(ten.shapes_by_key([keys[0], 999])) == {keys[0]} and len(keys) == 10


def test_source_hashes(ten: Store) -> None:
    hashes = [digest("file 3"), digest("file 8"), digest("none")]
    assert ten.known_source_hashes(hashes) == {hashes[0]: key_of(ten, 3), hashes[1]: key_of(ten, 8)}
    assert len(ten.known_source_hashes()) == 10 and ten.known_source_hashes([]) == {}


def test_a_version_is_of_what_anybody_changed_last(ten: Store) -> None:
    other = open_store(ten.url)
    before = ten.version()
    if ten.catalog.engine.dialect.name == "sqlite":  # PostgreSQL's own housekeeping counts there
        assert ten.version() == before
    for change in (
        lambda: ten.label([ten.keys()[0]], "new"),
        lambda: other.label([ten.keys()[1]], "new"),
        lambda: other.remove([ten.keys()[2]]),
    ):
        change()
        assert ten.version() != before
        before = ten.version()
    other.close()
