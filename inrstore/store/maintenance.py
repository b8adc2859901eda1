"""Figures of what a store holds."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from sqlalchemy import func, select, true
from sqlalchemy.engine import Connection

from . import read
from .connection import Catalog
from .models import FOLDERS as PARTS
from .read import LIVE
from .shards import PART_LABELS, SAMPLES, THUMBNAILS
from .storage import Storage
from .tables import (
    BaseRow,
    EmbeddingRow,
    EncoderRow,
    FailureRow,
    InrRow,
    LabelRow,
    PartLabelRow,
    SampleRow,
    ShapeRow,
    ShardRow,
    StateRow,
    ThumbnailRow,
)

GONE = select(ShapeRow.removed).where(ShapeRow.removed != 0)
"""Keys of removed shapes, from the index of them alone."""


def stats(storage: Storage, catalog: Catalog) -> dict[str, Any]:
    """See `Store.stats`."""
    with catalog.read() as connection:
        shapes = read.count(connection)
        fields, kinds = _kinds(connection)
        bases, encoders = _parts(connection, BaseRow, InrRow), _parts(connection, EncoderRow, EmbeddingRow)
        figures = {
            "labels": _labels(connection),
            "fields": fields,
            "kinds": kinds,
            "bases": [{"id": id, "name": name, "inrs": count, "own": own} for id, name, count, own in bases],
            "encoders": [{"id": id, "name": n, "embeddings": count, "own": own} for id, n, count, own in encoders],
            "samples": _live(connection, SampleRow),
            "part_labels": _live(connection, PartLabelRow),
            "thumbnails": _live(connection, ThumbnailRow),
            "shards": _scalar(connection, select(func.count()).select_from(ShardRow)),
            "removed": _scalar(connection, select(func.count()).select_from(ShapeRow).where(ShapeRow.removed != 0)),
            "failures": _scalar(connection, select(func.count()).select_from(FailureRow)),
            "generation": _scalar(connection, select(StateRow.generation)),
        }
        total = select(func.coalesce(func.sum(ShardRow.bytes), 0))
        in_shards = _scalar(connection, total)
        in_samples = _scalar(connection, total.where(ShardRow.folder == SAMPLES.folder))
        in_part_labels = _scalar(connection, total.where(ShardRow.folder == PART_LABELS.folder))
        in_thumbnails = _scalar(connection, total.where(ShardRow.folder == THUMBNAILS.folder))
    sizes = {name: sum(i.size for i in storage.files(name).values()) for name in (*PARTS.values(), "indexes")}
    in_catalog = catalog.size()
    size = in_shards + in_catalog
    return {
        "shapes": shapes,
        "bytes": size,
        "bytes_per_shape": size / shapes if shapes else 0.0,
        "bytes_shards": in_shards,
        "bytes_samples": in_samples,
        "bytes_part_labels": in_part_labels,
        "bytes_thumbnails": in_thumbnails,
        "bytes_catalogue": in_catalog,
        **{f"bytes_{folder}": value for folder, value in sizes.items()},
        **figures,
    }


def _labels(connection: Connection) -> dict[str, int]:
    query = select(ShapeRow.label_id, func.count()).where(LIVE).group_by(ShapeRow.label_id)
    counted = {row[0]: row[1] for row in connection.execute(query)}
    names = connection.execute(select(LabelRow.id, LabelRow.name).order_by(LabelRow.name))
    return {name: counted[id] for id, name in names if id in counted}


def _kinds(connection: Connection) -> tuple[dict[str, int], dict[str, int]]:
    """Counts by field and by kind."""
    query = select(ShapeRow.field, ShapeRow.kind, func.count()).where(LIVE).group_by(ShapeRow.field, ShapeRow.kind)
    fields: dict[str, int] = defaultdict(int)
    kinds: dict[str, int] = defaultdict(int)
    for name, kind, count in connection.execute(query):
        fields[name] += count
        kinds[kind] += count
    return dict(sorted(fields.items())), dict(sorted(kinds.items()))


def _parts(
    connection: Connection, part: type[BaseRow] | type[EncoderRow], rows: type[InrRow] | type[EmbeddingRow]
) -> Iterator[tuple[str, str, int, bool]]:
    """Id and name of every base or encoder, how much of it live shapes have, and whether it is the store's own."""
    owner, own = (
        (InrRow.base_key, StateRow.base_id) if part is BaseRow else (EmbeddingRow.encoder_key, StateRow.encoder_id)
    )
    counts = select(owner, func.count()).select_from(rows).group_by(owner)
    there = {row[0]: row[1] for row in connection.execute(counts)}
    gone = {row[0]: row[1] for row in connection.execute(counts.where(rows.shape_key.in_(GONE)))}
    query = select(part.key, part.id, part.name, own == part.id).join(StateRow, true()).order_by(part.key)
    for key, id, name, is_own in connection.execute(query):
        yield id, name, there.get(key, 0) - gone.get(key, 0), bool(is_own)


def _live(connection: Connection, table: type[SampleRow] | type[PartLabelRow] | type[ThumbnailRow]) -> int:
    """Rows of live shapes: all, less those of removed ones, which are few; to join a million takes a second."""
    count = select(func.count()).select_from(table)
    return _scalar(connection, count) - _scalar(connection, count.where(table.shape_key.in_(GONE)))


def _scalar(connection: Connection, query: Any) -> int:
    return int(connection.execute(query).scalar_one())
