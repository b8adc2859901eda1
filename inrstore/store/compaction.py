"""Folding small shards, dropping the rows of removed shapes, and clearing away what a crash left behind."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
import pyarrow as pa
from pyarrow import fs
from sqlalchemy import bindparam, delete, func, select, update
from sqlalchemy.engine import Connection
from sqlalchemy.orm import InstrumentedAttribute

from inrstore.errors import CorruptShard
from inrstore.files import TEMPORARY

from . import shards
from .commit import discard
from .connection import Catalog
from .insert import insert_shard
from .read import LIVE, chunks
from .shards import ADVICE, EMBEDDINGS, INRS, SAMPLES, Layout
from .storage import Storage
from .tables import EmbeddingRow, InrRow, ModelRow, SampleRow, ShapeRow, ShardRow

ENTRIES: dict[Layout, type[InrRow] | type[EmbeddingRow] | type[SampleRow]] = {
    INRS: InrRow,
    EMBEDDINGS: EmbeddingRow,
    SAMPLES: SampleRow,
}
FOLDERS = (*(kind.folder for kind in ENTRIES), "models")
GRACE = timedelta(hours=1)
"""A file that the catalogue does not have may belong to a commit under way; older ones do not."""


Entry = tuple[int, int, int]
"""Whose row it is (network id, or shape key of an embedding or of samples), shard and row."""


@dataclass(frozen=True)
class _Shard:
    id: int
    path: str
    rows: int
    bytes: int
    live: int
    samples: int | None
    """In each row, of a shard of samples that has a live row."""


def compact(storage: Storage, catalog: Catalog, force: bool = False) -> dict[str, int]:
    """See `Store.compact`."""
    with catalog.write() as connection:
        dropped = connection.execute(delete(ShapeRow).where(ShapeRow.removed != 0)).rowcount
    with catalog.read() as connection:
        models = connection.execute(select(ModelRow.key, ModelRow.id)).all()
    folded = freed = made = 0
    for kind in ENTRIES:
        for model_key, model_id in models:
            for group in _groups(catalog, kind, model_key, storage):
                size = _fold(storage, catalog, kind, model_key, model_id, group)
                if size is None:
                    continue
                folded, made = folded + len(group), made + (size > 0)
                freed += sum(shard.bytes for shard in group) - size
    cleared = _clear_orphans(storage, catalog, force)
    return {
        "shapes_dropped": dropped,
        "shards_folded": folded,
        "shards_written": made,
        "bytes_freed": freed,
        "orphans_deleted": cleared,
    }


def orphans(storage: Storage, catalog: Catalog) -> dict[str, fs.FileInfo]:
    """Files that the catalogue does not have: left by a crash, or of a commit under way. They do no harm."""
    # The files are listed first: one that is committed meanwhile is then found in the catalogue.
    found = {name: info for folder in FOLDERS for name, info in storage.files(folder).items()}
    with catalog.read() as connection:
        counted = set(connection.execute(select(ShardRow.path)).scalars())
        models = set(connection.execute(select(ModelRow.id)).scalars())

    def belongs(name: str) -> bool:
        folder, model_id, *_ = name.split("/")
        return name in counted or (folder == "models" and model_id in models and TEMPORARY not in name)

    return {name: info for name, info in sorted(found.items()) if not belongs(name)}


def _clear_orphans(storage: Storage, catalog: Catalog, force: bool) -> int:
    limit = datetime.now(UTC) - GRACE
    old = [name for name, info in orphans(storage, catalog).items() if force or info.mtime < limit]
    for name in old:
        storage.delete(name)
    return len(old)


def _groups(catalog: Catalog, kind: Layout, model_key: int, storage: Storage) -> list[list[_Shard]]:
    """Shards to be folded together: small ones and those with dead rows, up to the size of a full shard."""
    entry = ENTRIES[kind]
    live = select(func.count()).select_from(entry).where(entry.shard_id == ShardRow.id).scalar_subquery()
    samples = select(func.max(SampleRow.count)).where(SampleRow.shard_id == ShardRow.id).scalar_subquery()
    query = select(ShardRow.id, ShardRow.path, ShardRow.rows, ShardRow.bytes, live, samples)
    query = query.where(ShardRow.kind == kind.folder, ShardRow.model_key == model_key).order_by(ShardRow.id)
    with catalog.read() as connection:
        found = [_Shard(*row) for row in connection.execute(query)]
    groups = []
    for number in sorted({shard.samples or 0 for shard in found}):  # only samples differ in width
        alike = [shard for shard in found if (shard.samples or 0) == number]
        # Dead shards are never opened: a damaged one must not stand in the way of its own removal.
        used = next((shard.path for shard in alike if shard.live), None)
        full = shards.rows_within(shards.SHARD_BYTES, shards.width(storage, kind, used)) if used else 1
        groups += _within(full, alike)
    return groups


def _within(full: int, found: list[_Shard]) -> list[list[_Shard]]:
    """Groups of at most `full` live rows, without the shards that are well as they are."""
    groups: list[list[_Shard]] = [[]]
    for shard in found:
        if shard.live == shard.rows and shard.rows > full // 2:
            continue
        if sum(other.live for other in groups[-1]) + shard.live > full:
            groups.append([])
        groups[-1].append(shard)
    return [group for group in groups if len(group) > 1 or any(shard.live < shard.rows for shard in group)]


def _fold(
    storage: Storage, catalog: Catalog, kind: Layout, model_key: int, model_id: str, group: list[_Shard]
) -> int | None:
    """Writes a group's live rows as one shard, repoints, then deletes. Bytes written; None if too late."""
    with catalog.read() as connection:
        entries = _live_entries(connection, kind, [shard.id for shard in group])
    table = _gather(storage, kind, group, entries)
    written = shards.write(storage, kind, model_id, table) if table is not None else None
    fresh = [written] if written else []
    try:
        with catalog.write() as connection:
            done = _repoint(connection, kind, model_key, group, entries, written)
    except BaseException:
        discard(storage, catalog, fresh)
        raise
    if not done:
        discard(storage, catalog, fresh)
        return None
    for shard in group:
        storage.delete(shard.path)
    return written.bytes if written else 0


def _live_entries(connection: Connection, kind: Layout, shard_ids: list[int]) -> list[Entry]:
    """The rows that count, in the order of the new shard."""
    entry = ENTRIES[kind]
    query = select(_identity(kind), entry.shard_id, entry.row)
    query = query.join(ShapeRow, ShapeRow.key == entry.shape_key).where(LIVE)
    parts = chunks(shard_ids)
    rows = [row for part in parts for row in connection.execute(query.where(entry.shard_id.in_(part)))]
    position = {shard_id: index for index, shard_id in enumerate(shard_ids)}
    found = [(int(row[0]), int(row[1]), int(row[2])) for row in rows]
    return sorted(found, key=lambda entry: (position[entry[1]], entry[2]))


def _identity(kind: Layout) -> InstrumentedAttribute[int]:
    entry = ENTRIES[kind]
    return entry.id if entry is InrRow else entry.shape_key


def _gather(storage: Storage, kind: Layout, group: list[_Shard], entries: list[Entry]) -> pa.Table | None:
    """The rows of the entries, from every shard of the group, as one table."""
    parts: list[pa.Table] = []
    for shard in group:
        rows = np.array([row for _, shard_id, row in entries if shard_id == shard.id], np.int64)
        if not len(rows):
            continue
        try:
            table = shards.read_table(storage, shard.path)
        except FileNotFoundError as error:
            raise CorruptShard(f"{shard.path} is missing; {ADVICE}") from error
        parts.append(table if len(rows) == table.num_rows else table.take(pa.array(rows)))
    if not parts:
        return None
    metadata = dict(parts[0].schema.metadata)
    if b"fields" in metadata:
        fields = sorted({field for part in parts for field in part.column("field").unique().to_pylist()})
        metadata[b"fields"] = ",".join(fields).encode()
    return pa.concat_tables([part.replace_schema_metadata(metadata) for part in parts])


def _repoint(
    connection: Connection,
    kind: Layout,
    model_key: int,
    group: Iterable[_Shard],
    entries: list[Entry],
    written: shards.Written | None,
) -> bool:
    """Moves the entries to the new shard; False if another compaction was faster."""
    old = [shard.id for shard in group]
    there = connection.execute(select(func.count()).where(ShardRow.id.in_(old))).scalar_one()
    if there < len(old):
        return False
    entry = ENTRIES[kind]
    if written:
        shard_id = insert_shard(connection, kind, model_key, written)
        move = update(entry).where(_identity(kind) == bindparam("e"), entry.shard_id == bindparam("s"))
        if kind is not INRS:
            move = move.where(entry.model_key == model_key)
        values = [{"e": e, "s": s, "n": row} for row, (e, s, _) in enumerate(entries)]
        connection.execute(move.values(shard_id=shard_id, row=bindparam("n")), values)
    # What still points there belongs to shapes that were removed while the new shard was written.
    gone = select(ShapeRow.key).where(ShapeRow.removed != 0)
    connection.execute(delete(entry).where(entry.shard_id.in_(old), entry.shape_key.in_(gone)))
    connection.execute(delete(ShardRow).where(ShardRow.id.in_(old)))
    return True
