"""The check of everything that a store holds; it changes nothing."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pyarrow import fs
from sqlalchemy import exists, select
from sqlalchemy.engine import Connection, Row

from inrstore import files
from inrstore.errors import InrstoreError, StorageFailed
from inrstore.progress import Meter, OnProgress

from . import shards
from .compaction import listed, loose
from .connection import Catalog
from .folding import ROWS
from .read import LIVE
from .shards import PART_LABELS, SAMPLES
from .side_by_side import each, jobs_for
from .storage import Storage
from .tables import BaseRow, EncoderRow, HeadRow, InrRow, ShapeRow, ShardRow


@dataclass(frozen=True)
class Report:
    """What `Store.verify` found. Orphans are files that no row refers to; they are harmless."""

    problems: list[str] = field(default_factory=list)
    orphans: list[str] = field(default_factory=list)
    shards_checked: int = 0
    shards_skipped: int = 0
    """Those that an incremental check found sound before."""

    @property
    def ok(self) -> bool:
        return not self.problems


def verify(
    storage: Storage,
    catalog: Catalog,
    check_part: Callable[[str, str], object],
    on_progress: OnProgress | None = None,
    *,
    jobs: int | None = None,
    memory: Path | None = None,
) -> Report:
    """See `Store.verify`; `check_part` loads a base, encoder or head by id and raises if it is not what it says.

    `memory` is a file of the shards that were sound: those are left out, and it is written anew.
    """
    problems = catalog.damage()
    there = listed(storage)
    orphans = list(loose(there, catalog))
    with catalog.read() as connection:
        found = connection.execute(select(ShardRow.__table__).order_by(ShardRow.id)).all()
        problems += _without_network(connection)
        tables: dict[str, Any] = {"base": BaseRow, "encoder": EncoderRow, "head": HeadRow}
        parts = [
            (role, row) for role, table in tables.items() for row in connection.execute(select(table.id)).scalars()
        ]
    for role, part_id in parts:
        try:
            check_part(role, part_id)
        except StorageFailed:
            raise
        except (InrstoreError, OSError, ValueError, KeyError) as error:
            problems.append(f"{role} {part_id[:12]}: {error}")
    sound = _recall(memory) if memory else {}
    todo = [shard for shard in found if not _is_known(shard, sound, there)]
    wrong = {shard.path: said for shard, said in _check_shards(storage, catalog, todo, jobs, on_progress) if said}
    if memory:
        good = {shard.path: shard.sha256 for shard in found if shard.path not in wrong}
        files.write_atomically(memory, json.dumps(good).encode())
    problems += [line for shard in todo for line in wrong.get(shard.path, ())]
    return Report(problems, orphans, len(todo), len(found) - len(todo))


def _recall(memory: Path) -> dict[str, str]:
    """Checksums, by path, of the shards that were sound. What is no such file is as good as none: all is checked."""
    try:
        found = json.loads(memory.read_bytes())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _is_known(shard: Row[Any], sound: Mapping[str, str], there: Mapping[str, fs.FileInfo]) -> bool:
    """Whether a shard was sound, and is still there in the same size."""
    file = there.get(shard.path)
    return sound.get(shard.path) == shard.sha256 and file is not None and file.size == shard.bytes


def _check_shards(
    storage: Storage, catalog: Catalog, todo: list[Row[Any]], jobs: int | None, on_progress: OnProgress | None
) -> Iterator[tuple[Row[Any], list[str]]]:
    meter = Meter(on_progress, len(todo))
    for shard, said in each(lambda shard: _check_shard(storage, catalog, shard), todo, jobs or jobs_for(storage)):
        meter.step(shard.path)
        yield shard, said


def _check_shard(storage: Storage, catalog: Catalog, shard: Row[Any]) -> list[str]:
    """Sentences about a shard: the file itself, then whether every entry points at a row of its own shape."""
    problem, ids = shards.check(storage, shard.path, shard.rows, shard.sha256)
    entry = ROWS[next(layout for layout in ROWS if layout.folder == shard.folder)]
    query = select(entry.row, ShapeRow.sha256).join(ShapeRow, ShapeRow.key == entry.shape_key)
    with catalog.read() as connection:
        if not connection.execute(select(ShardRow.id).where(ShardRow.id == shard.id)).first():
            return []  # folded by a compaction since the check began
        rows = connection.execute(query.where(entry.shard_id == shard.id)).all()
    if problem:
        shapes = "1 shape" if len(rows) == 1 else f"{len(rows)} shapes"
        of_shapes = {SAMPLES.folder: f"samples of {shapes}", PART_LABELS.folder: f"part labels of {shapes}"}
        what = of_shapes.get(shard.folder, f"{len(rows)} {shard.folder}")
        return [f"{problem}; {what} are in it"]
    wrong = [sha256 for row, sha256 in rows if row >= len(ids) or ids[row] != sha256]
    if wrong:
        return [f"{shard.path}: {len(wrong)} entries point at rows of other shapes, the first is {wrong[0][:12]}"]
    return []


def _without_network(connection: Connection) -> list[str]:
    """Every live shape must have a network that encoders read."""
    has = exists().where(InrRow.shape_key == ShapeRow.key, InrRow.encoded)
    found = connection.execute(select(ShapeRow.sha256).where(LIVE, ~has).limit(5)).scalars()
    return [f"shape {sha256[:12]} has no network to encode; remove and re-ingest it" for sha256 in found]
