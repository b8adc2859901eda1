"""Kept samples of stored shapes: added later, counted, read back; shards first, then one transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import delete, select
from sqlalchemy.engine import Connection

from inrstore.errors import ShapeNotFound
from inrstore.records import KeptSamples

from .backing import Backing
from .checks import check_samples
from .commit import write_samples
from .connection import Catalog
from .insert import insert_samples
from .read import LIVE, chunks, live_fields
from .reading import repeat
from .shards import Written, read_rows
from .staging import Staging
from .storage import Storage
from .tables import SampleRow, ShapeRow, ShardRow

if TYPE_CHECKING:
    from inrstore.network.fields import FieldSamples

COLUMNS = ["field", "points", "values"]


def add_samples(backing: Backing, samples: Mapping[int, KeptSamples]) -> int:
    """See `Store.add_samples`."""
    wanted = {int(key): kept for key, kept in samples.items()}  # NumPy's integers are no values for a database
    with backing.catalog.read() as connection:
        shapes = live_fields(connection, wanted)
    by_id = {}
    for key, (sha256, field) in shapes.items():
        check_samples(wanted[key], field, f"shape {sha256[:12]}")
        by_id[sha256] = wanted[key]
    keys = {sha256: key for key, (sha256, _) in shapes.items()}
    with backing.staging() as stage:
        made = list(write_samples(stage, by_id))
        with stage.transaction() as connection:
            live = live_fields(connection, shapes)
            for shard, ids in made if live else ():
                positions = {keys[sha256]: row for row, sha256 in enumerate(ids) if keys[sha256] in live}
                _replace(stage, connection, shard, positions, len(by_id[ids[0]].values))
    return len(live)


def counts(catalog: Catalog, keys: Sequence[int] | NDArray[np.int64] | None) -> dict[int, int]:
    """See `Store.sample_counts`."""
    query = select(SampleRow.shape_key, SampleRow.count).join(ShapeRow)
    query = query.where(LIVE).order_by(SampleRow.shape_key)
    with catalog.read() as connection:
        if keys is None:
            return {row[0]: row[1] for row in connection.execute(query)}
        parts = chunks([int(key) for key in keys])
        return {r[0]: r[1] for p in parts for r in connection.execute(query.where(SampleRow.shape_key.in_(p)))}


def restored(storage: Storage, catalog: Catalog, keys: Sequence[int]) -> list[FieldSamples]:
    """See `Store.samples`."""
    from inrstore.network.packing import unpack  # brings torch

    return [unpack(kept) for kept in _read(storage, catalog, keys)]


def _read(storage: Storage, catalog: Catalog, keys: Sequence[int]) -> list[KeptSamples]:

    def attempt() -> list[KeptSamples]:
        with catalog.read() as connection:
            entries = _entries(connection, keys)
        if missing := [key for key in keys if key not in entries]:
            raise ShapeNotFound(f"{len(missing)} of {len(keys)} shapes have no kept samples, first key {missing[0]}")
        out: dict[int, KeptSamples] = {}
        for path in sorted({path for path, _ in entries.values()}):
            mine = [key for key, (where, _) in entries.items() if where == path]
            rows = np.array([entries[key][1] for key in mine], np.int64)
            for key, row in zip(mine, read_rows(storage, path, rows, COLUMNS), strict=True):
                out[key] = KeptSamples(row["field"], row["points"].reshape(3, -1).T, row["values"])
        return [out[key] for key in keys]

    return repeat(catalog, attempt)


def _entries(connection: Connection, keys: Sequence[int]) -> dict[int, tuple[str, int]]:
    """Shard path and row of the live shapes among the keys that have kept samples."""
    query = select(SampleRow.shape_key, ShardRow.path, SampleRow.row).join(ShapeRow)
    query = query.join(ShardRow, ShardRow.id == SampleRow.shard_id).where(LIVE)
    parts = chunks(list(dict.fromkeys(keys)))
    rows = (row for part in parts for row in connection.execute(query.where(SampleRow.shape_key.in_(part))))
    return {row[0]: (row[1], row[2]) for row in rows}


def _replace(stage: Staging, connection: Connection, shard: Written, positions: Mapping[int, int], count: int) -> None:
    """Entries of a new shard, in the place of those of the same shapes."""
    for part in chunks(list(positions)):
        connection.execute(delete(SampleRow).where(SampleRow.shape_key.in_(part)))
    insert_samples(stage, connection, shard, positions, count)
