"""Looking after a store without changing it: figures, and the check of everything that it holds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import exists, func, select
from sqlalchemy.engine import Connection, Row

from inrstore.errors import InrstoreError
from inrstore.progress import Meter, OnProgress

from . import read, shards
from .compaction import ENTRIES, orphans
from .connection import Catalog
from .read import LIVE
from .shards import SAMPLES
from .storage import Storage
from .tables import FailureRow, InrRow, LabelRow, ModelRow, SampleRow, ShapeRow, ShardRow, StateRow


@dataclass(frozen=True)
class Report:
    """What `Store.verify` found. Orphans are files that no row refers to; they are harmless."""

    problems: list[str] = field(default_factory=list)
    orphans: list[str] = field(default_factory=list)
    shards_checked: int = 0

    @property
    def ok(self) -> bool:
        return not self.problems


def verify(
    storage: Storage, catalog: Catalog, check_model: Callable[[str], object], on_progress: OnProgress | None = None
) -> Report:
    """See `Store.verify`; `check_model` loads a model by id and raises if it is not what it says."""
    problems = catalog.damage()
    loose = list(orphans(storage, catalog))
    with catalog.read() as connection:
        found = connection.execute(select(ShardRow.__table__).order_by(ShardRow.id)).all()
        problems += _without_network(connection)
        models = connection.execute(select(ModelRow.id).order_by(ModelRow.key)).scalars().all()
    for model_id in models:
        try:
            check_model(model_id)
        except (InrstoreError, OSError, ValueError, KeyError) as error:
            problems.append(f"models/{model_id}: {error}")
    meter = Meter(on_progress, len(found))
    for shard in found:
        problems += _check_shard(storage, catalog, shard)
        meter.step(shard.path)
    return Report(problems, loose, len(found))


def stats(storage: Storage, catalog: Catalog) -> dict[str, Any]:
    """See `Store.stats`."""
    with catalog.read() as connection:
        shapes = read.count(connection)
        figures = {
            "labels": _counts(connection, LabelRow.name, joined=True),
            "fields": _counts(connection, ShapeRow.field),
            "kinds": _counts(connection, ShapeRow.kind),
            "models": _models(connection),
            "samples": _scalar(connection, select(func.count()).select_from(SampleRow).join(ShapeRow).where(LIVE)),
            "shards": _scalar(connection, select(func.count()).select_from(ShardRow)),
            "removed": _scalar(connection, select(func.count()).select_from(ShapeRow).where(ShapeRow.removed != 0)),
            "failures": _scalar(connection, select(func.count()).select_from(FailureRow)),
            "generation": _scalar(connection, select(StateRow.generation)),
        }
        total = select(func.coalesce(func.sum(ShardRow.bytes), 0))
        in_shards = _scalar(connection, total)
        in_samples = _scalar(connection, total.where(ShardRow.kind == SAMPLES.folder))
    sizes = {folder: sum(i.size for i in storage.files(folder).values()) for folder in ("models", "heads", "indexes")}
    in_catalog = catalog.size()
    size = in_shards + in_catalog
    return {
        "shapes": shapes,
        "bytes": size,
        "bytes_per_shape": size / shapes if shapes else 0.0,
        "bytes_shards": in_shards,
        "bytes_samples": in_samples,
        "bytes_catalogue": in_catalog,
        **{f"bytes_{folder}": value for folder, value in sizes.items()},
        **figures,
    }


def _check_shard(storage: Storage, catalog: Catalog, shard: Row[Any]) -> list[str]:
    """Sentences about a shard: the file itself, then whether every entry points at a row of its own shape."""
    problem, ids = shards.check(storage, shard.path, shard.rows, shard.sha256)
    entry = ENTRIES[next(kind for kind in ENTRIES if kind.folder == shard.kind)]
    query = select(entry.row, ShapeRow.sha256).join(ShapeRow, ShapeRow.key == entry.shape_key)
    with catalog.read() as connection:
        if not connection.execute(select(ShardRow.id).where(ShardRow.id == shard.id)).first():
            return []  # folded by a compaction since the check began
        rows = connection.execute(query.where(entry.shard_id == shard.id)).all()
    if problem:
        shapes = "1 shape" if len(rows) == 1 else f"{len(rows)} shapes"
        what = f"samples of {shapes}" if shard.kind == SAMPLES.folder else f"{len(rows)} {shard.kind}"
        return [f"{problem}; {what} are in it"]
    wrong = [sha256 for row, sha256 in rows if row >= len(ids) or ids[row] != sha256]
    if wrong:
        return [f"{shard.path}: {len(wrong)} entries point at rows of other shapes, the first is {wrong[0][:12]}"]
    return []


def _without_network(connection: Connection) -> list[str]:
    """Every live shape must have a network of the store's own model."""
    own = select(ModelRow.key).join(StateRow, StateRow.model_id == ModelRow.id).scalar_subquery()
    has = exists().where(InrRow.shape_key == ShapeRow.key, InrRow.model_key == own)
    found = connection.execute(select(ShapeRow.sha256).where(LIVE, ~has).limit(5)).scalars()
    return [f"shape {sha256[:12]} has no network of the store's model; remove and re-ingest it" for sha256 in found]


def _counts(connection: Connection, column: Any, joined: bool = False) -> dict[str, int]:
    query = select(column, func.count()).select_from(ShapeRow).where(LIVE).group_by(column).order_by(column)
    query = query.join(LabelRow) if joined else query
    return {row[0]: row[1] for row in connection.execute(query)}


def _models(connection: Connection) -> list[dict[str, Any]]:
    query = (
        select(ModelRow.id, ModelRow.name, func.count(ShapeRow.key))
        .join(InrRow, InrRow.model_key == ModelRow.key, isouter=True)
        .join(ShapeRow, (ShapeRow.key == InrRow.shape_key) & LIVE, isouter=True)
        .group_by(ModelRow.key, ModelRow.id, ModelRow.name)
        .order_by(ModelRow.key)
    )
    return [{"id": row[0], "name": row[1], "inrs": row[2]} for row in connection.execute(query)]


def _scalar(connection: Connection, query: Any) -> int:
    return int(connection.execute(query).scalar_one())
