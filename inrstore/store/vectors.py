"""Tables of vectors in the catalogue's own database: what is stored or removed is there in the same transaction.

The core makes none and asks none. An index that keeps its rows beside the catalogue enters its table in `TABLES`, and
from then on every commit writes there, too; so that index needs no refresh. SQLite has no such tables.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    MetaData,
    String,
    Table,
    Text,
    column,
    func,
    select,
    table,
    text,
    update,
)
from sqlalchemy.engine import Connection

from inrstore.records import FloatArray, NewShape

from .tables import StateRow

TABLES = Table(
    "vector_tables",
    MetaData(),
    Column("name", Text, primary_key=True),  # of the index
    Column("table_name", Text, nullable=False),  # has shape_key and embedding
    Column("type", Text, nullable=False),  # of the embedding, to which text is cast
    Column("encoder_id", String(64), nullable=False),
    Column("store_id", String(32), nullable=False),
    Column("generation", BigInteger, nullable=False),  # of the store, which the rows are of
    Column("rows", BigInteger, nullable=False),
    Column("built", BigInteger, nullable=False),  # rows when it was built
    Column("dim", BigInteger, nullable=False),
    Column("parameters", JSON, nullable=False),
)


def follow_shapes(connection: Connection, embedded: Sequence[NewShape], stored: Mapping[str, int]) -> None:
    """As `follow`, for new shapes with embeddings, and the keys by id under which they are stored."""
    mine = [shape for shape in embedded if shape.sha256 in stored]
    if mine and (encoder_id := mine[0].encoder):
        matrix = np.stack([np.asarray(shape.embedding, np.float32) for shape in mine])
        follow(connection, encoder_id, [stored[shape.sha256] for shape in mine], matrix)


def follow(connection: Connection, encoder_id: str, keys: Sequence[int], matrix: FloatArray) -> None:
    """Put embeddings (n, d) of n shapes, which the transaction has stored, into the tables for their encoder."""
    for name, table_name, kind in _tables(connection, TABLES.c.encoder_id == encoder_id):
        gone = _delete(connection, table_name, keys)
        given = [{"key": key, "row": as_text(row)} for key, row in zip(keys, matrix, strict=True)]
        place = connection.dialect.identifier_preparer.quote(table_name)
        into = text(f"INSERT INTO {place} (shape_key, embedding) VALUES (:key, CAST(:row AS {kind}))")
        connection.execute(into, given)
        _enter(connection, name, len(given) - gone)


def drop(connection: Connection, keys: Sequence[int]) -> None:
    """Take shapes, which the transaction has removed, out of all tables."""
    for name, table_name, _ in _tables(connection):
        _enter(connection, name, -_delete(connection, table_name, keys))


def as_text(row: NDArray[Any]) -> str:
    """A vector as the database reads it."""
    return "[" + ",".join(map(repr, np.asarray(row, np.float32).tolist())) + "]"


def _tables(connection: Connection, *where: Any) -> list[Any]:
    """Name, table and type of those that are there: a table that somebody dropped must not stop a commit."""
    if connection.dialect.name != "postgresql":
        return []
    if connection.execute(select(func.to_regclass(TABLES.name))).scalar() is None:
        return []
    query = select(TABLES.c.name, TABLES.c.table_name, TABLES.c.type).where(*where)
    return list(connection.execute(query.where(func.to_regclass(TABLES.c.table_name).is_not(None))))


def _delete(connection: Connection, table_name: str, keys: Sequence[int]) -> int:
    rows = table(table_name, column("shape_key"))
    return connection.execute(rows.delete().where(rows.c.shape_key == func.any(list(keys)))).rowcount


def _enter(connection: Connection, name: str, more: int) -> None:
    """The count; and the present generation, unless the table had missed something before."""
    here = update(TABLES).where(TABLES.c.name == name)
    connection.execute(here.values(rows=TABLES.c.rows + more))
    now = select(StateRow.generation).scalar_subquery()
    connection.execute(here.where(TABLES.c.generation == now - 1).values(generation=now))
