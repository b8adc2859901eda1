"""Figures of what a store holds."""

from __future__ import annotations

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


def stats(storage: Storage, catalog: Catalog) -> dict[str, Any]:
    """See `Store.stats`."""
    with catalog.read() as connection:
        shapes = read.count(connection)
        figures = {
            "labels": _counts(connection, LabelRow.name, joined=True),
            "fields": _counts(connection, ShapeRow.field),
            "kinds": _counts(connection, ShapeRow.kind),
            "bases": _bases(connection),
            "encoders": _encoders(connection),
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


def _counts(connection: Connection, column: Any, joined: bool = False) -> dict[str, int]:
    query = select(column, func.count()).select_from(ShapeRow).where(LIVE).group_by(column).order_by(column)
    query = query.join(LabelRow) if joined else query
    return {row[0]: row[1] for row in connection.execute(query)}


def _bases(connection: Connection) -> list[dict[str, Any]]:
    query = (
        select(BaseRow.id, BaseRow.name, func.count(ShapeRow.key), StateRow.base_id == BaseRow.id)
        .join(InrRow, InrRow.base_key == BaseRow.key, isouter=True)
        .join(ShapeRow, (ShapeRow.key == InrRow.shape_key) & LIVE, isouter=True)
        .join(StateRow, true())
        .group_by(BaseRow.key, BaseRow.id, BaseRow.name, StateRow.base_id)
        .order_by(BaseRow.key)
    )
    return [{"id": row[0], "name": row[1], "inrs": row[2], "own": row[3]} for row in connection.execute(query)]


def _encoders(connection: Connection) -> list[dict[str, Any]]:
    query = (
        select(EncoderRow.id, EncoderRow.name, func.count(ShapeRow.key), StateRow.encoder_id == EncoderRow.id)
        .join(EmbeddingRow, EmbeddingRow.encoder_key == EncoderRow.key, isouter=True)
        .join(ShapeRow, (ShapeRow.key == EmbeddingRow.shape_key) & LIVE, isouter=True)
        .join(StateRow, true())
        .group_by(EncoderRow.key, EncoderRow.id, EncoderRow.name, StateRow.encoder_id)
        .order_by(EncoderRow.key)
    )
    found = connection.execute(query)
    return [{"id": row[0], "name": row[1], "embeddings": row[2], "own": bool(row[3])} for row in found]


def _live(connection: Connection, table: type[SampleRow] | type[PartLabelRow] | type[ThumbnailRow]) -> int:
    return _scalar(connection, select(func.count()).select_from(table).join(ShapeRow).where(LIVE))


def _scalar(connection: Connection, query: Any) -> int:
    return int(connection.execute(query).scalar_one())
