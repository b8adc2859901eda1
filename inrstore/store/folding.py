"""Folding: which shards of a store are to become one, and how one is made of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby

import numpy as np
import pyarrow as pa
from sqlalchemy import bindparam, delete, func, select, update
from sqlalchemy.engine import Connection
from sqlalchemy.orm import InstrumentedAttribute

from inrstore.errors import CorruptShard

from . import shards
from .connection import Catalog
from .read import CHUNK, LIVE, chunks
from .reading import counts, repeat
from .shards import ADVICE, EMBEDDINGS, INRS, PART_LABELS, SAMPLES, THUMBNAILS, Layout
from .side_by_side import each, jobs_within
from .staging import Staging, staging
from .storage import Storage
from .tables import (
    BaseRow,
    EmbeddingRow,
    EncoderRow,
    InrRow,
    PartLabelRow,
    SampleRow,
    ShapeRow,
    ShardRow,
    ThumbnailRow,
)

Entries = type[InrRow] | type[EmbeddingRow] | type[SampleRow] | type[PartLabelRow] | type[ThumbnailRow]
ROWS: dict[Layout, Entries] = {
    INRS: InrRow,
    EMBEDDINGS: EmbeddingRow,
    SAMPLES: SampleRow,
    PART_LABELS: PartLabelRow,
    THUMBNAILS: ThumbnailRow,
}
Entry = tuple[int, int, int]
"""Whose row it is (network id, or shape key of all else), shard and row."""


@dataclass(frozen=True)
class Owner:
    """Whose vectors lie in a shard: those of a base, of an encoder, or, for all else, of nobody."""

    layout: Layout
    id: str | None
    base_key: int | None = None
    encoder_key: int | None = None


@dataclass(frozen=True)
class Shard:
    id: int
    path: str
    rows: int
    bytes: int
    live: int
    samples: int | None
    """In each row, of a shard of samples that has a live row."""


def owners(catalog: Catalog) -> list[Owner]:
    with catalog.read() as connection:
        bases = connection.execute(select(BaseRow.key, BaseRow.id).order_by(BaseRow.key)).all()
        encoders = connection.execute(select(EncoderRow.key, EncoderRow.id).order_by(EncoderRow.key)).all()
    return [
        *(Owner(INRS, row.id, base_key=row.key) for row in bases),
        *(Owner(EMBEDDINGS, row.id, encoder_key=row.key) for row in encoders),
        Owner(SAMPLES, None),
        Owner(PART_LABELS, None),
        Owner(THUMBNAILS, None),
    ]


def groups(catalog: Catalog, owner: Owner, storage: Storage) -> list[list[Shard]]:
    """Shards to be folded together: small ones and those with dead rows, up to the size of a full shard."""
    return repeat(catalog, lambda: _groups(catalog, owner, storage))


def _groups(catalog: Catalog, owner: Owner, storage: Storage) -> list[list[Shard]]:
    table, layout = ROWS[owner.layout], owner.layout
    live = select(func.count()).select_from(table).where(table.shard_id == ShardRow.id).scalar_subquery()
    samples = select(func.max(SampleRow.count)).where(SampleRow.shard_id == ShardRow.id).scalar_subquery()
    query = select(ShardRow.id, ShardRow.path, ShardRow.rows, ShardRow.bytes, live, samples)
    query = query.where(ShardRow.folder == layout.folder).order_by(ShardRow.id)
    query = query.where(ShardRow.base_key == owner.base_key, ShardRow.encoder_key == owner.encoder_key)
    with catalog.read() as connection:
        found = [Shard(*row) for row in connection.execute(query)]
    made = []
    for number in sorted({shard.samples or 0 for shard in found}):  # only samples differ in width
        alike = [shard for shard in found if (shard.samples or 0) == number]
        # Dead shards are never opened: a damaged one must not stand in the way of its own removal.
        used = next((shard.path for shard in alike if shard.live), None)
        full = (
            shards.rows_within(shards.SHARD_BYTES // layout.finer, shards.width(storage, layout, used)) if used else 1
        )
        made += _within(full, alike)
    return made


def _within(full: int, found: list[Shard]) -> list[list[Shard]]:
    """Groups of at most `full` live rows, and of no more shards than a query may name, without those that are well."""
    made: list[list[Shard]] = [[]]
    rows = 0
    for shard in found:
        if shard.live == shard.rows and shard.rows > full // 2:
            continue
        if rows + shard.live > full or len(made[-1]) == CHUNK:
            made.append([])
            rows = 0
        made[-1].append(shard)
        rows += shard.live
    return [group for group in made if len(group) > 1 or any(shard.live < shard.rows for shard in group)]


def fold(storage: Storage, catalog: Catalog, owner: Owner, group: list[Shard]) -> int | None:
    """Writes a group's live rows as one shard, repoints, then deletes. Bytes written; None if too late."""
    with catalog.read() as connection:
        entries = _live_entries(connection, owner.layout, [shard.id for shard in group])
    try:
        table = _gather(storage, group, entries)
    except FileNotFoundError as error:
        if counts(catalog, str(error.filename)):
            raise CorruptShard(f"{error.filename} is missing; {ADVICE}") from error
        return None  # another compaction was faster
    with staging(storage, catalog) as stage:
        written = stage.write(owner.layout, owner.id, table) if table is not None else None
        with stage.transaction() as connection:
            done = _repoint(stage, connection, owner, group, entries, written)
    if not done:
        return None
    for _ in each(lambda shard: storage.delete(shard.path), group, jobs_within(storage)):
        pass
    return written.bytes if written else 0


def _live_entries(connection: Connection, layout: Layout, shard_ids: list[int]) -> list[Entry]:
    """The rows that count, in the order of the new shard."""
    table = ROWS[layout]
    query = select(_identity(layout), table.shard_id, table.row)
    query = query.join(ShapeRow, ShapeRow.key == table.shape_key).where(LIVE)
    parts = chunks(shard_ids)
    rows = [row for part in parts for row in connection.execute(query.where(table.shard_id.in_(part)))]
    position = {shard_id: index for index, shard_id in enumerate(shard_ids)}
    found = [(int(row[0]), int(row[1]), int(row[2])) for row in rows]
    return sorted(found, key=lambda entry: (position[entry[1]], entry[2]))


def _identity(layout: Layout) -> InstrumentedAttribute[int]:
    table = ROWS[layout]
    return table.id if table is InrRow else table.shape_key


def _gather(storage: Storage, group: list[Shard], entries: list[Entry]) -> pa.Table | None:
    """The rows of the entries, from every shard of the group, as one table. Errors: FileNotFoundError, CorruptShard."""
    paths = {shard.id: shard.path for shard in group}
    wanted = {
        shard_id: np.array([row for _, _, row in mine], np.int64)
        for shard_id, mine in groupby(entries, key=lambda entry: entry[1])  # which are in the order of the shards
    }
    if not wanted:
        return None

    def take(shard_id: int) -> pa.Table:
        rows, table = wanted[shard_id], shards.read_table(storage, paths[shard_id])
        return table if len(rows) == table.num_rows else table.take(pa.array(rows))

    found = dict(each(take, list(wanted), jobs_within(storage)))
    parts = [found[shard_id] for shard_id in wanted]
    metadata = dict(parts[0].schema.metadata)
    if b"fields" in metadata:
        fields = sorted({field for part in parts for field in part.column("field").unique().to_pylist()})
        metadata[b"fields"] = ",".join(fields).encode()
    return pa.concat_tables([part.replace_schema_metadata(metadata) for part in parts])


def _repoint(
    stage: Staging,
    connection: Connection,
    owner: Owner,
    group: Iterable[Shard],
    entries: list[Entry],
    written: shards.Written | None,
) -> bool:
    """Moves the entries to the new shard; False if another compaction was faster."""
    old = [shard.id for shard in group]
    there = connection.execute(select(func.count()).where(ShardRow.id.in_(old))).scalar_one()
    if there < len(old):
        return False
    table = ROWS[owner.layout]
    if written:
        shard_id = stage.enter(connection, written, base_key=owner.base_key, encoder_key=owner.encoder_key)
        move = update(table).where(_identity(owner.layout) == bindparam("e"), table.shard_id == bindparam("s"))
        values = [{"e": e, "s": s, "n": row} for row, (e, s, _) in enumerate(entries)]
        connection.execute(move.values(shard_id=shard_id, row=bindparam("n")), values)
    # What still points there belongs to shapes that were removed while the new shard was written.
    gone = select(ShapeRow.key).where(ShapeRow.removed != 0)
    connection.execute(delete(table).where(table.shard_id.in_(old), table.shape_key.in_(gone)))
    connection.execute(delete(ShardRow).where(ShardRow.id.in_(old)))
    return True
