"""An index in the catalogue's own database: its table follows every commit, and a search is one statement of SQL.

Conditions are part of that statement, and a shape that is removed is no answer from that moment on. Rows have 16 bits a
number where the extension has `halfvec` (from 0.7 on), so scores are within .001 of the cosine; `within` and `pairs`
take the stored embeddings, and are exact.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from sqlalchemy import Row, func, select
from sqlalchemy.exc import DBAPIError

from inrstore.errors import InrstoreError
from inrstore.progress import OnProgress
from inrstore.store.where import Where

from .. import exact
from ..protocol import NO_KEY, Filter, Keys, Matrix, Scored, Status
from . import build
from .server import Extension, install, installed, require
from .statements import nearest, prepare, table

if TYPE_CHECKING:
    from inrstore.store import Store

ATTEMPTS = 3
"""Of a search or a build that others disturb."""
NO_TABLE = "42P01"
"""PostgreSQL's code for a table that is not there."""


class PgvectorIndex:
    """See `protocol.Index`. Settings: method (hnsw or ivf), the former's links, ef_build and ef_search, the latter's
    lists and probes, and memory_mb, which the server may take for building."""

    def __init__(self, store: Store, name: str, settings: Mapping[str, Any] | None = None) -> None:
        require(store)
        self._store, self._name, self._asked = store, name, settings
        self._extension: Extension | None = None

    @property
    def dim(self) -> int:
        return int(self._entry().dim)

    def refresh(self, *, anew: bool = False, on_progress: OnProgress | None = None) -> Status:
        started = time.perf_counter()
        with self._store.catalog.read() as connection:
            found = None if anew else build.entry(connection, self._name)
            if found and self._is_current(found, build.state(connection)):
                return self._said(found, action="unchanged", added=0, removed=0, seconds=0.0)
        extension = install(self._store)
        for _ in range(ATTEMPTS):
            try:
                done = self._change(extension, anew, on_progress)
            except build.Changed:
                continue
            action, added, removed = done
            seconds = time.perf_counter() - started
            return replace(self.status(), action=action, added=added, removed=removed, seconds=seconds)
        raise InrstoreError(f"the embeddings of {self._store.url} were replaced again and again while they were read")

    def status(self) -> Status:
        with self._store.catalog.read() as connection:
            found, now = build.entry(connection, self._name), build.state(connection)
            if found is None:
                return Status(self._name, "missing", f"there is no table of vectors for index {self._name!r} yet")
            size = connection.execute(select(func.pg_total_relation_size(found.table_name))).scalar_one()
        if found.store_id != self._store.id:
            reason = f"index {self._name!r} is of store {found.store_id[:12]}, this is store {self._store.id[:12]}"
            return self._said(found, "foreign", reason, bytes=size)
        if found.encoder_id != now[1]:
            was, encoder = found.encoder_id[:12], str(now[1])[:12]
            return self._said(found, "stale", f"the store's encoder is {encoder}, the index's {was}", bytes=size)
        if found.generation != now[0]:
            reason = f"the store is at generation {now[0]}, the index at {found.generation}"
            return self._said(found, "stale", reason, bytes=size)
        return self._said(found, bytes=size)

    def search(self, queries: Matrix, k: int, only: Filter | None = None) -> tuple[Matrix, Keys]:
        for left in reversed(range(ATTEMPTS)):
            try:
                return self._search(queries, k, only)
            except DBAPIError as error:
                if getattr(error.orig, "sqlstate", "") != NO_TABLE or not left:
                    raise
                # another process has built it anew meanwhile
        raise AssertionError("unreachable")

    def within(self, queries: Matrix, score: float, only: Filter | None = None) -> Iterator[Scored]:
        yield from exact.within(*exact.stored(self._store, only), queries, score)

    def pairs(self, score: float, only: Filter | None = None) -> Iterator[Scored]:
        yield from exact.pairs(*exact.stored(self._store, only), score)

    def vectors(self, keys: Keys) -> tuple[Keys, Matrix]:
        return np.empty(0, np.int64), np.empty((0, self.dim), np.float32)

    def drop(self) -> None:
        with self._store.catalog.engine.begin() as connection:
            build.lock(connection, self._name)
            build.drop(connection, self._name)

    def _change(self, extension: Extension, anew: bool, on_progress: OnProgress | None) -> tuple[str, int, int]:
        """Update or rebuild, in one transaction; what was done, rows added and removed."""
        with self._store.catalog.engine.begin() as connection:
            build.lock(connection, self._name)
            found = build.entry(connection, self._name)
            if found and not anew:
                build.check_store(found, self._store)
                now = build.state(connection)
                if self._is_current(found, now):  # another process was quicker
                    return "unchanged", 0, 0
                if found.encoder_id == now[1]:
                    with connection.begin_nested() as undo:
                        if done := build.refill(self._store, connection, found, on_progress):
                            return "updated", *done
                        undo.rollback()
            settings = self._asked if self._asked is not None else found.parameters if found else {}
            build.build(self._store, connection, self._name, extension, settings, on_progress)
        return "built", int(self._entry().rows), 0

    def _search(self, queries: Matrix, k: int, only: Filter | None) -> tuple[Matrix, Keys]:
        with self._store.catalog.read() as connection:
            found = build.entry(connection, self._name)
            if found is None:
                raise InrstoreError(f"index {self._name!r} was taken away while it was open: try again")
            extension = self._extension = self._extension or installed(connection)
            assert extension
            width = min(k, found.rows)
            scores = np.full((len(queries), width), -np.inf, np.float32)
            keys = np.full((len(queries), width), NO_KEY, np.int64)
            conditions = Where.of(only.where).sql(connection) if only else []
            prepare(connection, found.parameters, extension, width, found.built)
            rows = table(found.table_name, found.type, found.dim)
            short = np.arange(len(queries) if width else 0)
            for every in (False, True):  # a scan of the index may end before it has found enough
                for part in np.array_split(short, max(1, len(short) // 100)) if len(short) else ():
                    statement = nearest(rows, queries[part], width, conditions, exact=every)
                    _put(connection.execute(statement).all(), part, scores, keys)
                short = np.flatnonzero(keys[:, -1] == NO_KEY) if width else short
        return scores, keys

    def _entry(self) -> Row[Any]:
        for _ in range(2):
            with self._store.catalog.read() as connection:
                if found := build.entry(connection, self._name):
                    return found
            self.refresh()
        raise InrstoreError(f"index {self._name!r} was taken away while it was opened: try again")

    def _is_current(self, found: Row[Any], now: tuple[int, str | None]) -> bool:
        return (found.store_id, found.generation, found.encoder_id) == (self._store.id, *now)

    def _said(self, found: Row[Any], state: str = "current", reason: str = "", **more: Any) -> Status:
        return Status(
            self._name,
            state,
            reason or f"in the catalogue's database, {found.type} rows; it follows every commit",
            backend="pgvector",
            parameters=dict(found.parameters),
            count=found.rows,
            dim=found.dim,
            encoder=found.encoder_id,
            generation=found.generation,
            **more,
        )


def _put(found: Any, part: Any, scores: Matrix, keys: Keys) -> None:
    """Answers to queries (their places in `part`), best first: a relaxed scan gives them nearly so."""
    places = np.array([row[0] for row in found], np.int64)
    own, given = np.array([row[1] for row in found], np.int64), np.array([row[2] for row in found], np.float32)
    for place, query in enumerate(part.tolist()):
        mine = np.flatnonzero(places == place)
        mine = mine[np.argsort(-given[mine], kind="stable")]
        scores[query, : len(mine)], keys[query, : len(mine)] = given[mine], own[mine]
