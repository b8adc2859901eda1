"""Folding small shards, dropping the rows of removed shapes, and clearing away what a crash left behind."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from pyarrow import fs
from sqlalchemy import Select, delete, or_, select
from sqlalchemy.engine import Connection

from inrstore.files import TEMPORARY
from inrstore.progress import Meter, OnProgress

from . import folding
from .connection import Catalog
from .folding import ROWS
from .models import CODES, codes_key
from .models import FOLDERS as PARTS
from .side_by_side import each, jobs_for
from .storage import Storage
from .tables import BaseRow, EmbeddingRow, EncoderRow, HeadRow, ShapeRow, ShardRow, StateRow

FOLDERS = (*(layout.folder for layout in ROWS), *PARTS.values(), "models")
"""What may hold orphans; the last is of stores from before revision 0003."""
GRACE = timedelta(hours=1)
"""A file that the catalogue does not have may belong to a commit under way; older ones do not."""


def _former() -> Select[int]:
    """Keys of the encoders that another took the place of, of search or of codes."""
    own = select(EncoderRow.key).join(StateRow, StateRow.encoder_id == EncoderRow.id)
    retired = or_(EncoderRow.retired.is_not(None), EncoderRow.kind == CODES)
    return select(EncoderRow.key).where(retired, EncoderRow.key.not_in(own), EncoderRow.key.not_in(codes_key()))


def compact(
    storage: Storage,
    catalog: Catalog,
    force: bool = False,
    jobs: int | None = None,
    on_progress: OnProgress | None = None,
) -> dict[str, int]:
    """See `Store.compact`."""
    with catalog.write() as connection:
        dropped = connection.execute(delete(ShapeRow).where(ShapeRow.removed != 0)).rowcount
        former = connection.execute(delete(EmbeddingRow).where(EmbeddingRow.encoder_key.in_(_former()))).rowcount
    todo = [(owner, group) for owner in folding.owners(catalog) for group in folding.groups(catalog, owner, storage)]
    meter = Meter(on_progress, len(todo), stage="folding")
    folded = freed = made = 0
    for (owner, group), size in each(lambda one: folding.fold(storage, catalog, *one), todo, jobs or jobs_for(storage)):
        meter.step(owner.layout.folder)
        if size is not None:
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


def listed(storage: Storage) -> dict[str, fs.FileInfo]:
    """Every file that a row of the catalogue may be about, by name."""
    return {name: info for folder in FOLDERS for name, info in storage.files(folder).items()}


def orphans(storage: Storage, catalog: Catalog) -> dict[str, fs.FileInfo]:
    """Files that the catalogue does not have: left by a crash, or of a commit under way. They do no harm."""
    return loose(listed(storage), catalog)


def loose(found: Mapping[str, fs.FileInfo], catalog: Catalog) -> dict[str, fs.FileInfo]:
    """Orphans among files that were listed before: what is committed meanwhile is then found in the catalogue."""
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
    found = orphans(storage, catalog)
    limit = None if force or not found else storage.now() - GRACE
    old = [name for name, info in found.items() if limit is None or info.mtime < limit]
    if not old:
        return 0
    with catalog.write() as connection:  # in which no writer can make one of them count
        known = _known(connection)
        gone = [name for name in old if not _belongs(name, known)]
        for name in gone:
            storage.delete(name)
    return len(gone)
