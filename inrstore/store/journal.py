"""What a store remembers besides its shapes: failed inputs, runs, indexes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Select, delete, insert, select
from sqlalchemy.engine import Connection

from inrstore.records import Failure

from .read import storable
from .tables import FailureRow, IndexRow, RunRow, StateRow, now


@dataclass(frozen=True)
class IndexEntry:
    """A built index: a derived thing that can always be rebuilt."""

    name: str
    backend: str
    generation: int
    """The store's generation that it was built from."""
    info: Mapping[str, Any] = field(hash=False)
    created: datetime


@dataclass(frozen=True)
class JournalEntry:
    """One run of a command, with its settings and what came of it."""

    command: str
    settings: Mapping[str, Any] = field(hash=False)
    result: Mapping[str, Any] = field(hash=False)
    time: datetime


def generation(connection: Connection) -> int:
    """See `Store.generation`."""
    return int(connection.execute(select(StateRow.generation)).scalar_one())


def record_failure(connection: Connection, path: str, reason: str, stage: str) -> None:
    """Remembers why an input failed; an earlier failure of it is replaced."""
    clear_failure(connection, path)
    values = {"path": storable(path), "reason": storable(reason), "stage": stage, "time": now()}
    connection.execute(insert(FailureRow).values(values))


def clear_failure(connection: Connection, path: str) -> None:
    connection.execute(delete(FailureRow).where(FailureRow.path == storable(path)))


def failures(connection: Connection) -> list[Failure]:
    """All failures, by path."""
    query = select(FailureRow.path, FailureRow.reason, FailureRow.stage, FailureRow.time)
    return [Failure(*row) for row in connection.execute(query.order_by(FailureRow.path))]


def record_run(connection: Connection, command: str, settings: Mapping[str, Any], result: Mapping[str, Any]) -> None:
    values = {"command": command, "settings": dict(settings), "result": dict(result), "time": now()}
    connection.execute(insert(RunRow).values(values))


def runs(connection: Connection) -> list[JournalEntry]:
    """All runs, oldest first."""
    query = select(RunRow.command, RunRow.settings, RunRow.result, RunRow.time).order_by(RunRow.id)
    return [JournalEntry(*row) for row in connection.execute(query)]


def register_index(connection: Connection, entry: IndexEntry) -> None:
    """Enters an index; an earlier one of the name is replaced."""
    forget_index(connection, entry.name)
    values = {
        "name": entry.name,
        "backend": entry.backend,
        "generation": entry.generation,
        "info": dict(entry.info),
        "created": entry.created,
    }
    connection.execute(insert(IndexRow).values(values))


def forget_index(connection: Connection, name: str) -> None:
    connection.execute(delete(IndexRow).where(IndexRow.name == name))


def index_entry(connection: Connection, name: str) -> IndexEntry | None:
    """The index of this name, or None."""
    found = connection.execute(_index_query().where(IndexRow.name == name)).first()
    return IndexEntry(*found) if found else None


def indexes(connection: Connection) -> list[IndexEntry]:
    return [IndexEntry(*found) for found in connection.execute(_index_query().order_by(IndexRow.name))]


def _index_query() -> Select[Any]:
    row = IndexRow
    return select(row.name, row.backend, row.generation, row.info, row.created)
