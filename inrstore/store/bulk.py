"""Many rows at once: keys reserved in blocks, then COPY on PostgreSQL and one prepared statement on SQLite."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import Table, insert, text
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError

FEW = 16
"""Rows up to which INSERT is as quick as COPY."""
_COUNTER = text("SELECT seq FROM sqlite_sequence WHERE name = :name")
_SERIES = text("SELECT nextval(pg_get_serial_sequence(:name, 'key')) FROM generate_series(1, :count)")


def reserve(connection: Connection, table: Table, count: int) -> list[int]:
    """`count` keys of a table that no row has or had, ascending, for a transaction that holds the writers' queue."""
    if connection.dialect.name == "sqlite":  # whose counter follows the keys that are inserted
        last = connection.execute(_COUNTER, {"name": table.name}).scalar() or 0
        return list(range(last + 1, last + 1 + count))
    return sorted(connection.execute(_SERIES, {"name": table.name, "count": count}).scalars())


def insert_many(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Inserts rows that all have the same columns."""
    if connection.dialect.driver == "psycopg" and len(rows) > FEW:
        _copy(connection, table, rows)
    elif rows:
        connection.execute(insert(table), list(rows))


def _copy(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    names = list(rows[0])
    quoted = ", ".join(connection.dialect.identifier_preparer.quote(name) for name in names)
    statement = f"COPY {connection.dialect.identifier_preparer.format_table(table)} ({quoted}) FROM STDIN"
    converters = [_converter(connection, table, name) for name in names]
    driver: Any = connection.connection.driver_connection
    try:
        with driver.cursor() as cursor, cursor.copy(statement) as copy:
            for row in rows:
                copy.write_row([to(row[name]) for name, to in zip(names, converters, strict=True)])
    except connection.dialect.loaded_dbapi.Error as error:  # as every other statement would fail
        base = connection.dialect.loaded_dbapi.Error
        raise DBAPIError.instance(statement, None, error, base, dialect=connection.dialect) from error


def _converter(connection: Connection, table: Table, name: str) -> Callable[[Any], Any]:
    """What makes of a value what the driver takes for a column."""
    kind = table.c[name].type
    return kind.dialect_impl(connection.dialect).bind_processor(connection.dialect) or (lambda value: value)
