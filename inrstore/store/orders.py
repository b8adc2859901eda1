"""Shapes in an order, some at a time: whatever the order, only what is asked for is read, not all that come before."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.engine import Connection, Row

from inrstore.errors import BadInput
from inrstore.records import Shape

from .read import LIVE, SHAPES, Where, chunks, complete
from .tables import InrRow, LabelRow, ShapeRow

_ERROR = select(InrRow.error).where(InrRow.shape_key == ShapeRow.key, InrRow.encoded).correlate(ShapeRow)
ORDERS: dict[str, ColumnElement[Any]] = {
    "key": ShapeRow.key.expression,
    "name": ShapeRow.name.expression,
    "label": LabelRow.name.expression,
    "created": ShapeRow.created.expression,
    "error": _ERROR.scalar_subquery(),
}


def shapes(
    connection: Connection,
    where: Where = (),
    ids: Sequence[str] | None = None,
    limit: int | None = None,
    offset: int = 0,
    order: str = "key",
) -> list[Shape]:
    """Live shapes that fulfil every condition; see `Store.shapes`. Errors: BadInput."""
    name, descending = order.removeprefix("-"), order.startswith("-")
    if name not in ORDERS:
        raise BadInput(f"order: {order!r} is none of {', '.join(ORDERS)}; a - before it turns it round")
    if ids is not None:
        rows: Sequence[Row[Any]] = _of_ids(connection, where, ids, ORDERS[name], descending)[offset:][:limit]
    elif name == "label":
        rows = list(_by_label(connection, where, limit, offset, descending))
    else:
        rows = _by_column(connection, where, limit, offset, name, descending)
    return complete(connection, rows)


def _by_column(
    connection: Connection, where: Where, limit: int | None, offset: int, name: str, descending: bool
) -> Sequence[Row[Any]]:
    query, column, key = SHAPES.where(*where), ORDERS[name], ShapeRow.key
    if name == "error":  # from the index of errors; every shape has a network that encoders read
        query = query.join(InrRow, InrRow.shape_key == ShapeRow.key).where(InrRow.encoded)
        column, key = InrRow.error.expression, InrRow.shape_key
    ranked = query.order_by(column.desc() if descending else column.asc(), key)
    return connection.execute(ranked.limit(limit).offset(offset or None)).all()


def _by_label(
    connection: Connection, where: Where, limit: int | None, offset: int, descending: bool
) -> Iterator[Row[Any]]:
    """Label by label, those without one last: no database sorts a million rows by what another table calls them."""
    column = LabelRow.name.desc() if descending else LabelRow.name.asc()
    groups = [ShapeRow.label_id == id for id in connection.execute(select(LabelRow.id).order_by(column)).scalars()]
    for group in (*groups, ShapeRow.label_id.is_(None)):
        if limit == 0:
            return
        if offset:
            count = select(func.count()).select_from(ShapeRow).where(LIVE, group, *where)
            there = int(connection.execute(count).scalar_one())
            if there <= offset:
                offset -= there
                continue
        query = SHAPES.where(group, *where).order_by(ShapeRow.key).limit(limit).offset(offset or None)
        rows = connection.execute(query).all()
        yield from rows
        limit, offset = None if limit is None else limit - len(rows), 0


def _of_ids(
    connection: Connection, where: Where, ids: Sequence[str], column: ColumnElement[Any], descending: bool
) -> list[Row[Any]]:
    query = SHAPES.where(*where).add_columns(column.label("rank"))
    parts = (query.where(ShapeRow.sha256.in_(part)) for part in chunks(list(dict.fromkeys(ids))))
    rows = sorted((row for part in parts for row in connection.execute(part)), key=lambda row: int(row.key))
    none = [row for row in rows if row.rank is None]
    return [*sorted((r for r in rows if r.rank is not None), key=lambda row: row.rank, reverse=descending), *none]
