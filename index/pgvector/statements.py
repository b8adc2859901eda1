"""The statements of SQL that the backend makes its table with, and asks it by."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Float,
    Integer,
    MetaData,
    Select,
    Table,
    Text,
    cast,
    column,
    func,
    select,
    text,
    true,
    values,
)
from sqlalchemy.engine import Connection

from inrstore.store.read import LIVE
from inrstore.store.tables import InrRow, LabelRow, ShapeRow, SourceRow, TagRow
from inrstore.store.vectors import as_text

from ..protocol import Keys, Matrix
from .server import Extension, types

DEFAULTS: Mapping[str, Mapping[str, Any]] = {
    "hnsw": {"links": 24, "ef_build": 128, "ef_search": 128},
    "ivf": {"lists": None, "probes": None},
}
MOST_WIDTH = 1000
"""The largest `hnsw.ef_search` that pgvector takes."""


def table(name: str, kind: str, dim: int) -> Table:
    """A table of vectors, as SQLAlchemy has it."""
    made = getattr(types(), kind.upper())(dim)
    key = Column("shape_key", BigInteger, primary_key=True, autoincrement=False)
    return Table(name, MetaData(), key, Column("embedding", made, nullable=False))


def nearest(
    rows: Table, queries: Matrix, k: int, conditions: Sequence[ColumnElement[bool]], *, exact: bool
) -> Select[Any]:
    """Place of the query, key and score, of the `k` best live rows for each of the queries (q, d).

    exact : a sum is no expression that an index is on, so every row that fulfils the conditions is compared.
    """
    given = values(column("place", Integer), column("vector", Text), name="asked")
    asked = given.data([(place, as_text(query)) for place, query in enumerate(queries)])
    kind = rows.c.embedding.type
    distance = rows.c.embedding.op("<#>", return_type=Float())(cast(asked.c.vector, kind))
    order = distance + 0 if exact else distance
    inner = select(rows.c.shape_key, (-distance).label("score")).join(ShapeRow, ShapeRow.key == rows.c.shape_key)
    best = inner.where(LIVE, *conditions).order_by(order).limit(k).lateral("best")
    return select(asked.c.place, best.c.shape_key, best.c.score).select_from(asked.join(best, true()))


def lists_of(parameters: Mapping[str, Any], built: int) -> int:
    """As pgvector's manual advises: a thousandth of the rows, from a million on their root."""
    return int(parameters["lists"] or max(1, built // 1000 if built <= 1_000_000 else math.isqrt(built)))


def prepare(connection: Connection, parameters: Mapping[str, Any], extension: Extension, k: int, built: int) -> None:
    """How wide a search looks, for the rest of the transaction."""
    how: dict[str, object] = {"jit": "off"}  # to compile a statement would take longer than to run it
    if parameters["method"] == "hnsw":
        how["hnsw.ef_search"] = min(MOST_WIDTH, max(parameters["ef_search"], 2 * k))
    else:
        lists = lists_of(parameters, built)
        how["ivfflat.probes"] = min(lists, parameters["probes"] or max(8, lists // 16))
    if extension.iterates:  # before 0.8 a scan ends after that, however few rows fulfil the conditions
        how[f"{'hnsw' if parameters['method'] == 'hnsw' else 'ivfflat'}.iterative_scan"] = "relaxed_order"
    _set(connection, how)


def index_on(connection: Connection, rows: Table, parameters: Mapping[str, Any], count: int) -> None:
    """Build the structure that answers quickly, over `count` rows."""
    quote = connection.dialect.identifier_preparer.quote
    operators = f"{type(rows.c.embedding.type).__name__.lower()}_ip_ops"
    if parameters["method"] == "hnsw":
        how = (
            f"hnsw (embedding {operators}) WITH (m = {parameters['links']}, ef_construction = {parameters['ef_build']})"
        )
    else:
        how = f"ivfflat (embedding {operators}) WITH (lists = {lists_of(parameters, count)})"
    _set(connection, {"maintenance_work_mem": f"{parameters['memory_mb']}MB"})
    connection.execute(text(f"CREATE INDEX ON {quote(rows.name)} USING {how}"))
    # Of a catalogue that has grown since it was last counted the planner thinks that it is small, and scans it.
    counted = [quote(rows.name), *(row.__tablename__ for row in (ShapeRow, LabelRow, TagRow, SourceRow, InrRow))]
    connection.execute(text(f"ANALYZE {', '.join(counted)}"))


def copy(connection: Connection, rows: Table, keys: Keys, matrix: Matrix) -> None:
    """Append keys (n,) and rows (n, d) by COPY in PostgreSQL's binary format: no number becomes text."""
    dim, half = matrix.shape[1], type(rows.c.embedding.type).__name__ == "HALFVEC"
    number = ">f2" if half else ">f4"
    size = 4 + dim * np.dtype(number).itemsize
    fields = [
        ("fields", ">i2"),
        ("key_size", ">i4"),
        ("key", ">i8"),
        ("size", ">i4"),
        ("dim", ">i2"),
        ("unused", ">i2"),
    ]
    block = np.zeros(len(keys), np.dtype([*fields, ("numbers", number, (dim,))]))
    block["fields"], block["key_size"], block["key"] = 2, 8, keys
    block["size"], block["dim"], block["numbers"] = size, dim, matrix
    place = connection.dialect.identifier_preparer.quote(rows.name)
    driver: Any = connection.connection.cursor()
    with driver.copy(f"COPY {place} (shape_key, embedding) FROM STDIN WITH (FORMAT BINARY)") as stream:
        stream.write(b"PGCOPY\n\xff\r\n\0" + bytes(8))
        stream.write(block.tobytes())
        stream.write(b"\xff\xff")


def _set(connection: Connection, settings: Mapping[str, object]) -> None:
    """For the rest of the transaction."""
    connection.execute(select(*(func.set_config(name, str(value), True) for name, value in settings.items())))
