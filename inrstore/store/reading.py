"""Rows of vectors out of shards, shard by shard."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import select
from sqlalchemy.engine import Connection

from inrstore.errors import CorruptShard
from inrstore.records import FloatArray

from .connection import Catalog
from .read import chunks
from .shards import ADVICE, Layout, read_vectors
from .storage import Storage
from .tables import ShardRow

Integers = NDArray[np.int64]
T = TypeVar("T")


def paths_of(connection: Connection, shard_ids: set[int]) -> dict[int, str]:
    """Paths of shards by id."""
    query = select(ShardRow.id, ShardRow.path)
    parts = chunks(sorted(shard_ids))
    return {r[0]: r[1] for part in parts for r in connection.execute(query.where(ShardRow.id.in_(part)))}


def fill(
    storage: Storage, layout: Layout, out: FloatArray, paths: dict[int, str], shard: Integers, row: Integers
) -> None:
    """Reads row `row[i]` of shard `shard[i]` into `out[i]`, each shard once."""
    order = np.argsort(shard, kind="stable")
    cuts = np.flatnonzero(np.diff(shard[order])) + 1
    for mine in np.split(order, cuts) if len(order) else []:
        path = paths[int(shard[mine[0]])]
        block = read_vectors(storage, layout, path, row[mine])
        if block.shape[1] != out.shape[1]:
            raise CorruptShard(f"{path} has vectors of {block.shape[1]}, not {out.shape[1]}; {ADVICE}")
        out[mine] = block


def repeat(catalog: Catalog, attempt: Callable[[], T]) -> T:
    """A compaction may delete a shard between looking it up and reading it; then it is looked up again.

    That ends: each time round a compaction was at work meanwhile. Errors: CorruptShard if one that counts is missing.
    """
    while True:
        try:
            return attempt()
        except FileNotFoundError as error:
            if error.filename is None or counts(catalog, error.filename):
                raise CorruptShard(f"{error.filename or error} is missing; {ADVICE}") from error


def counts(catalog: Catalog, path: str) -> bool:
    """Whether the catalogue has a shard now."""
    with catalog.read() as connection:
        return connection.execute(select(ShardRow.id).where(ShardRow.path == path)).first() is not None
