"""Folding small shards, dropping the rows of removed shapes, and clearing away what a crash left behind."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
import pyarrow as pa
from pyarrow import fs
from sqlalchemy import Select, bindparam, delete, func, or_, select, update
from sqlalchemy.engine import Connection
from sqlalchemy.orm import InstrumentedAttribute

from inrstore.errors import CorruptShard
from inrstore.files import TEMPORARY

from . import shards
from .connection import Catalog
from .models import CODES, codes_key
from .models import FOLDERS as PARTS
from .read import LIVE, chunks
from .shards import ADVICE, EMBEDDINGS, INRS, PART_LABELS, SAMPLES, THUMBNAILS, Layout
from .staging import Staging, staging
from .storage import Storage
from .tables import (
    BaseRow,
    EmbeddingRow,
    EncoderRow,
    HeadRow,
    InrRow,
    PartLabelRow,
    SampleRow,
    ShapeRow,
    ShardRow,
    StateRow,
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
FOLDERS = (*(layout.folder for layout in ROWS), *PARTS.values(), "models")
"""What may hold orphans; the last is of stores from before revision 0003."""
GRACE = timedelta(hours=1)
"""A file that the catalogue does not have may belong to a commit under way; older ones do not."""


Entry = tuple[int, int, int]
"""Whose row it is (network id, or shape key of all else), shard and row."""


def _former() -> Select[int]:
    """Keys of the encoders that another took the place of, of search or of codes."""
    own = select(EncoderRow.key).join(StateRow, StateRow.encoder_id == EncoderRow.id)
    retired = or_(EncoderRow.retired.is_not(None), EncoderRow.kind == CODES)
    return select(EncoderRow.key).where(retired, EncoderRow.key.not_in(own), EncoderRow.key.not_in(codes_key()))


@dataclass(frozen=True)
class _Owner:
    """Whose vectors lie in a shard: those of a base, of an encoder, or, for all else, of nobody."""

    layout: Layout
    id: str | None
    base_key: int | None = None
    encoder_key: int | None = None


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
        former = connection.execute(delete(EmbeddingRow).where(EmbeddingRow.encoder_key.in_(_former()))).rowcount
    folded = freed = made = 0
    for owner in _owners(catalog):
        for group in _groups(catalog, owner, storage):
            size = _fold(storage, catalog, owner, group)
            if size is None:
                continue
            folded, made = folded + len(group), made + (size > 0)
            freed += sum(shard.bytes for shard in group) - size
    cleared = _clear_orphans(storage, catalog, force)
    return {
        "shapes_dropped": dropped,
        "former_embeddings_dropped": former,
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
        known = _known(connection)
    return {name: info for name, info in sorted(found.items()) if not _belongs(name, known)}


def _known(connection: Connection) -> set[str]:
    """Paths of the shards, and folders of the parts, that the catalogue has."""
    known = set(connection.execute(select(ShardRow.path)).scalars())
    for role, table in (("base", BaseRow), ("encoder", EncoderRow), ("head", HeadRow)):
        known |= {f"{PARTS[role]}/{part_id}" for part_id in connection.execute(select(table.id)).scalars()}
    return known


def _belongs(name: str, known: set[str]) -> bool:
    return name in known or (name.rpartition("/")[0] in known and TEMPORARY not in name)


def _clear_orphans(storage: Storage, catalog: Catalog, force: bool) -> int:
    limit = datetime.now(UTC) - GRACE
    old = [name for name, info in orphans(storage, catalog).items() if force or info.mtime < limit]
    if not old:
        return 0
    with catalog.write() as connection:  # in which no writer can make one of them count
        known = _known(connection)
        loose = [name for name in old if not _belongs(name, known)]
        for name in loose:
            storage.delete(name)
    return len(loose)


def _owners(catalog: Catalog) -> list[_Owner]:
    with catalog.read() as connection:
        bases = connection.execute(select(BaseRow.key, BaseRow.id).order_by(BaseRow.key)).all()
        encoders = connection.execute(select(EncoderRow.key, EncoderRow.id).order_by(EncoderRow.key)).all()
    return [
        *(_Owner(INRS, row.id, base_key=row.key) for row in bases),
        *(_Owner(EMBEDDINGS, row.id, encoder_key=row.key) for row in encoders),
        _Owner(SAMPLES, None),
        _Owner(PART_LABELS, None),
        _Owner(THUMBNAILS, None),
    ]


def _groups(catalog: Catalog, owner: _Owner, storage: Storage) -> list[list[_Shard]]:
    """Shards to be folded together: small ones and those with dead rows, up to the size of a full shard."""
    table, layout = ROWS[owner.layout], owner.layout
    live = select(func.count()).select_from(table).where(table.shard_id == ShardRow.id).scalar_subquery()
    samples = select(func.max(SampleRow.count)).where(SampleRow.shard_id == ShardRow.id).scalar_subquery()
    query = select(ShardRow.id, ShardRow.path, ShardRow.rows, ShardRow.bytes, live, samples)
    query = query.where(ShardRow.folder == layout.folder).order_by(ShardRow.id)
    query = query.where(ShardRow.base_key == owner.base_key, ShardRow.encoder_key == owner.encoder_key)
    with catalog.read() as connection:
        found = [_Shard(*row) for row in connection.execute(query)]
    groups = []
    for number in sorted({shard.samples or 0 for shard in found}):  # only samples differ in width
        alike = [shard for shard in found if (shard.samples or 0) == number]
        # Dead shards are never opened: a damaged one must not stand in the way of its own removal.
        used = next((shard.path for shard in alike if shard.live), None)
        full = (
            shards.rows_within(shards.SHARD_BYTES // layout.finer, shards.width(storage, layout, used)) if used else 1
        )
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


def _fold(storage: Storage, catalog: Catalog, owner: _Owner, group: list[_Shard]) -> int | None:
    """Writes a group's live rows as one shard, repoints, then deletes. Bytes written; None if too late."""
    with catalog.read() as connection:
        entries = _live_entries(connection, owner.layout, [shard.id for shard in group])
    table = _gather(storage, group, entries)
    with staging(storage, catalog) as stage:
        written = stage.write(owner.layout, owner.id, table) if table is not None else None
        with stage.transaction() as connection:
            done = _repoint(stage, connection, owner, group, entries, written)
    if not done:
        return None
    for shard in group:
        storage.delete(shard.path)
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


def _gather(storage: Storage, group: list[_Shard], entries: list[Entry]) -> pa.Table | None:
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
    stage: Staging,
    connection: Connection,
    owner: _Owner,
    group: Iterable[_Shard],
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
