"""Rows that come in by COPY, or by one prepared statement, are those that were given; keys are never given twice."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from inrstore.store import Store
from inrstore.store.bulk import FEW, insert_many, reserve
from inrstore.store.tables import FailureRow, ShapeRow, SourceRow, TagRow, now
from tests.shapes import new_shape

SHAPES, TAGS, SOURCES, FAILURES = (row.__table__ for row in (ShapeRow, TagRow, SourceRow, FailureRow))
HARD = [
    "tab\there",
    "line\nend",
    "back\\slash",
    "\\N",
    "",
    "ümlaut 椅子 🪑",
    '"quoted", {x}',
    "\\.",
    "'; DROP TABLE tags",
]


def test_hard_text_comes_back(ten: Store) -> None:
    names = [f"{number}{text}" for number in range(FEW) for text in HARD]
    rows = [{"shape_key": 1, "name": name, "value": name[::-1]} for name in names]
    with ten.catalog.write() as connection:
        insert_many(connection, TAGS, rows)
    with ten.catalog.read() as connection:
        found = {row[0]: row[1] for row in connection.execute(select(TagRow.name, TagRow.value))}
    assert found == found | {name: name[::-1] for name in names}


@pytest.mark.parametrize("count", [1, FEW, FEW + 1])
def test_numbers_times_and_lists_come_back(ten: Store, count: int) -> None:
    moment = now()
    transform = [0.1, -1e-300, 1e300, 0.0]
    paths = [f"/there/{number}" for number in range(count)]
    common = {"shape_key": 3, "sha256": "a" * 64, "bytes": 2**40, "file": None, "parts": None, "name": None}
    with ten.catalog.write() as connection:
        insert_many(
            connection,
            SOURCES,
            [{**common, "path": path, "transform": transform if n % 2 else None} for n, path in enumerate(paths)],
        )
        insert_many(
            connection, FAILURES, [{"path": path, "reason": "r", "stage": "s", "time": moment} for path in paths]
        )
    with ten.catalog.read() as connection:
        query = select(SourceRow.path, SourceRow.bytes, SourceRow.transform).where(SourceRow.path.in_(paths))
        rows = connection.execute(query.order_by(SourceRow.id)).all()
        times = set(connection.execute(select(FailureRow.time).where(FailureRow.path.in_(paths))).scalars())
    assert [tuple(row) for row in rows] == [(p, 2**40, transform if n % 2 else None) for n, p in enumerate(paths)]
    assert times == {moment}


def test_a_row_that_is_there_already_fails_as_any_statement(ten: Store) -> None:
    row = {"shape_key": 1, "name": "same", "value": "x"}
    with pytest.raises(IntegrityError), ten.catalog.write() as connection:
        insert_many(connection, TAGS, [row] * (FEW + 1))
    with ten.catalog.read() as connection:  # nothing of it, and the connection is well
        assert connection.execute(select(TagRow).where(TagRow.name == "same")).first() is None


def test_no_key_is_given_twice(ten: Store, tiny_model: Any) -> None:
    store = ten
    with store.catalog.write() as connection:
        reserved = reserve(connection, SHAPES, 3)
    assert reserved == sorted(set(reserved)) and min(reserved) > max(store.keys())
    (last,) = store.remove([int(max(store.keys()))])
    store.compact(force=True)
    store.commit([new_shape(tiny_model, number) for number in range(20, 23)])
    assert min(set(store.keys().tolist()) - set(range(1, 11))) > last.key
    assert len(store) == 12 and store.verify().ok
