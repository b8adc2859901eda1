"""Shards first, then one transaction that makes them count, else they are discarded: how everything is written."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pyarrow as pa
from sqlalchemy import insert, select
from sqlalchemy.engine import Connection

from inrstore.errors import InrstoreError

from . import shards
from .connection import Catalog
from .shards import Layout, Written
from .storage import Storage
from .tables import ShardRow, now


class Staging:
    """Shards that are on disk and that the catalogue does not have yet. `staging` makes one."""

    def __init__(self, storage: Storage, catalog: Catalog) -> None:
        self._storage, self._catalog = storage, catalog
        self._loose: dict[str, Written] = {}
        self._entered: set[str] = set()

    def write(self, layout: Layout, owner: str | None, table: pa.Table) -> Written:
        """A table as a new shard, durably; `owner` is the id of its base or encoder. Errors: StorageFull."""
        shard = shards.write(self._storage, layout, owner, table)
        self._loose[shard.path] = shard
        return shard

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """The transaction in which shards come to count. Whatever was not entered in it is discarded.

        Errors: InrstoreError if a compaction with force has taken a new shard for an orphan; it deletes them in a
        transaction of its own, so what stands when this one begins stands when it ends.
        """
        with self._catalog.write() as connection:
            if not all(self._storage.exists(path) for path in self._loose):
                raise InrstoreError("a forced compaction deleted a new shard; repeat, without it at the same time")
            yield connection
        for path in self._entered:
            self._loose.pop(path, None)

    def enter(
        self, connection: Connection, shard: Written, *, base_key: int | None = None, encoder_key: int | None = None
    ) -> int:
        """Makes a shard count, once the transaction ends; its id."""
        values = {
            "folder": shard.layout.folder,
            "base_key": base_key,
            "encoder_key": encoder_key,
            "path": shard.path,
            "rows": shard.rows,
            "bytes": shard.bytes,
            "sha256": shard.sha256,
            "created": now(),
        }
        found = connection.execute(insert(ShardRow).values(values).returning(ShardRow.id)).scalar_one()
        self._entered.add(shard.path)
        return int(found)

    def discard(self) -> None:
        """Deletes what does not count: an interrupt may come just after a commit, so the catalogue is asked."""
        if not self._loose:
            return
        with self._catalog.read() as connection:
            query = select(ShardRow.path).where(ShardRow.path.in_(self._loose))
            counted = set(connection.execute(query).scalars())
        for path in self._loose.keys() - counted:
            self._storage.delete(path)


@contextmanager
def staging(storage: Storage, catalog: Catalog) -> Iterator[Staging]:
    """``with staging(…) as stage:`` write shards, then, in ``stage.transaction()``, enter them."""
    stage = Staging(storage, catalog)
    try:
        yield stage
    finally:
        stage.discard()
