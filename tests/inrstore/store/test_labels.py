"""Labels and tags that change, in both databases; what does not change is not written."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import event

from inrstore.errors import BadInput
from inrstore.store import Store, open_store
from tests.shapes import digest, key_of


def labels(store: Store) -> list[str | None]:
    return [shape.label for shape in store]


def writes(store: Store) -> list[str]:
    """Collects statements that would have to be written."""
    found: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if (
            statement.split()[0] in ("INSERT", "UPDATE", "DELETE")
            or "IMMEDIATE" in statement
            or "FOR UPDATE" in statement
        ):
            found.append(statement)

    event.listen(store.catalog.engine, "before_cursor_execute", note)
    return found


def test_label(ten: Store) -> None:
    before = ten.generation(), ten.rewritten()
    assert ten.label([digest(0), digest(1)], "chair") == 1, "the second was one already"
    assert ten.label(key_of(ten, 2), "stool") == 1
    assert labels(ten) == [
        "chair",
        "chair",
        "stool",
        "chair",
        "table",
        "chair",
        "table",
        "chair",
        "table",
        "chair",
    ]
    assert ten.label(ten.keys("label=table"), None) == 3
    assert ten.keys({"label": None}).tolist() == [key_of(ten, number) for number in (4, 6, 8)]
    assert (ten.generation(), ten.rewritten()) == before, "an index stays as it is"
    assert ten.stats()["labels"] == {"chair": 6, "stool": 1}, "what no shape has is not listed"
    assert ten.label([], "x") == 0 and ten.verify().ok


def test_relabel(ten: Store) -> None:
    keys = ten.keys().tolist()
    assert ten.relabel({keys[0]: "a", keys[1]: "chair", digest(2): None, 999: "gone"}) == 2
    assert labels(ten)[:4] == ["a", "chair", None, "chair"]
    assert ten.relabel({keys[2]: ""}) == ten.relabel({}) == 0
    ten.remove(keys[0])
    assert ten.relabel({keys[0]: "b", keys[3]: "b"}) == 1


def test_tag(ten: Store) -> None:
    before = ten.generation()
    assert ten.tag([digest(0), digest(1)], {"split": "test", "colour": "red"}) == 2
    assert ten.shape(digest(1)).tags == {"colour": "red", "split": "test"}
    assert ten.tag([digest(0), digest(1), digest(2)], {"colour": None, "none": None}) == 2
    assert ten.shape(digest(0)).tags == {"split": "test"} and ten.count("split=test") == 5
    assert ten.tag(digest(3), {}) == 0 and ten.generation() == before
    assert ten.shape(digest(3)).tags == {"split": "test"}


def test_retag(ten: Store) -> None:
    keys = ten.keys().tolist()
    tags: dict[int, dict[str, Any]] = {keys[0]: {"n": 1}, keys[1]: {"split": None}, 999: {"n": 2}, keys[2]: {}}
    assert ten.retag(tags) == 2
    assert ten.shape(keys[0]).tags == {"split": "test", "n": "1"} and ten.shape(keys[1]).tags == {}
    assert ten.retag(tags) == 0


def test_nothing_is_written_where_nothing_changes(ten: Store) -> None:
    found = writes(ten)
    keys = ten.keys("label=chair")
    assert ten.label(keys, "chair") == 0
    assert ten.relabel(dict.fromkeys(keys.tolist(), "chair")) == 0
    assert ten.tag(digest(0), {"split": "test", "none": None}) == 0
    assert ten.retag({digest(0): {"split": "test"}}) == 0
    assert found == []
    assert ten.label(keys, "seat") == 5 and found, "the test sees writes"


def test_iterators(ten: Store) -> None:
    assert ten.label((shape for shape in ten), "x") == 10 == ten.tag(iter(ten), {"a": "b"})
    assert len(ten.remove(shape for shape in ten)) == 10


def test_many_at_once(ten: Store) -> None:
    assert (
        ten.relabel({key: f"label {key % 3}" for key in ten.keys().tolist()} | dict.fromkeys(range(100, 5000), "x"))
        == 10
    )
    assert ten.stats()["labels"] == {"label 0": 3, "label 1": 4, "label 2": 3}


def test_odd_texts(ten: Store) -> None:
    odd = b"\xff\x00".decode("utf-8", "surrogateescape")
    assert ten.label(digest(1), odd) == ten.tag(digest(1), {"t" + odd: odd}) == 1
    shape = open_store(ten.url).shape(digest(1))
    assert ten.label(digest(1), odd) == ten.tag(digest(1), {"t" + odd: odd}) == 0
    assert ten.count({"label": odd}) == ten.count({"label": shape.label}) == 1
    with pytest.raises(BadInput, match="label: 5 is no text"):
        ten.label(digest(1), 5)  # type: ignore[arg-type]
