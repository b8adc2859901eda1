"""New rows in the catalogue, inside a transaction that the caller holds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass
from dataclasses import field as default
from typing import Any, cast

from sqlalchemy import Table, bindparam, delete, insert, select, update
from sqlalchemy.engine import Connection

from inrstore.records import Inr, NewShape, Source

from .bulk import insert_many, reserve
from .read import chunks
from .shards import Written
from .staging import Staging
from .tables import (
    EmbeddingRow,
    FailureRow,
    InrRow,
    LabelRow,
    PartLabelRow,
    SampleRow,
    ShapeRow,
    SourceRow,
    StateRow,
    TagRow,
    ThumbnailRow,
    now,
)


@dataclass(frozen=True)
class NewRows:
    """Shapes of distinct content, and the shards that hold their vectors in the same order."""

    shapes: list[NewShape]
    inrs: list[tuple[int, Written, list[tuple[NewShape, Inr]]]]
    """Base key, shard, and what each of its rows is."""
    embeddings: tuple[int, Written] | None
    """Encoder key and shard."""
    embedded: list[NewShape]
    samples: list[tuple[Written, list[str], int]] = default(default_factory=list)
    """Shard, the ids of its rows' shapes, and how many samples each has."""
    part_labels: tuple[Written, list[str]] | None = None
    """Shard, and the ids of its rows' shapes."""
    thumbnails: tuple[Written, list[str]] | None = None
    """Likewise."""


def insert_shapes(stage: Staging, connection: Connection, rows: NewRows, known: Mapping[str, int]) -> dict[str, int]:
    """Inserts what is not known yet; keys of the new shapes by id."""
    fresh = [shape for shape in rows.shapes if shape.sha256 not in known]
    if not fresh:
        return {}
    labels = label_ids(connection, {shape.label for shape in fresh if shape.label})
    values = [_shape_values(shape, labels) for shape in fresh]
    reserved = reserve(connection, _table(ShapeRow), len(fresh))
    insert_many(connection, _table(ShapeRow), [{"key": key, **row} for key, row in zip(reserved, values, strict=True)])
    keys = {shape.sha256: key for shape, key in zip(fresh, reserved, strict=True)}
    tags = [{"shape_key": keys[s.sha256], "name": k, "value": v} for s in fresh for k, v in s.tags.items()]
    _insert_many(connection, TagRow, tags)
    for key, shard, pairs in rows.inrs:
        mine = {row: (keys[s.sha256], inr) for row, (s, inr) in enumerate(pairs) if s.sha256 in keys}
        encoded = {row for row, (shape, inr) in enumerate(pairs) if inr is shape.inrs[0]}
        insert_inrs(stage, connection, key, shard, mine, encoded)
    if rows.embeddings:
        located = {shape.sha256: row for row, shape in enumerate(rows.embedded)}
        positions = {keys[sha256]: row for sha256, row in located.items() if sha256 in keys}
        insert_embeddings(stage, connection, *rows.embeddings, positions)
    for shard, ids, count in rows.samples:
        places = {keys[sha256]: row for row, sha256 in enumerate(ids) if sha256 in keys}
        insert_samples(stage, connection, shard, places, count)
    for table, made in ((PartLabelRow, rows.part_labels), (ThumbnailRow, rows.thumbnails)):
        if made:
            shard, ids = made
            places = {keys[sha]: row for row, sha in enumerate(ids) if sha in keys}
            insert_places(stage, connection, table, shard, places)
    grow(connection)
    return keys


def insert_sources(connection: Connection, shapes: Iterable[NewShape], keys: Mapping[str, int]) -> None:
    """Adds or renews where shapes were found; a stored source is no failure any more."""
    rows = [(keys[shape.sha256], source) for shape in shapes for source in sources_of(shape)]
    insert_source_rows(connection, rows)
    for part in chunks([source.path for _, source in rows]):
        connection.execute(delete(FailureRow).where(FailureRow.path.in_(part)))


def sources_of(shape: NewShape) -> tuple[Source, ...]:
    """Every place that a new shape was found at."""
    return Source(shape.source, shape.source_sha256, shape.source_bytes, shape.part), *shape.further


def insert_source_rows(connection: Connection, found: Iterable[tuple[int, Source]]) -> None:
    """Rows from shape keys and sources; older ones of the same path and shape are replaced."""
    rows = {(source.path, key): source for key, source in found}
    # Deleted and inserted anew, because a path belongs to the shape with its highest id.
    gone = delete(SourceRow).where(SourceRow.path == bindparam("p"), SourceRow.shape_key == bindparam("k"))
    connection.execute(gone, [{"p": path, "k": key} for path, key in rows])
    _insert_many(connection, SourceRow, [_source_values(key, source) for (_, key), source in rows.items()])


def _source_values(key: int, source: Source) -> dict[str, Any]:
    part = source.part
    transform = None if part is None or part.transform is None else [float(x) for x in part.transform]
    return {
        "shape_key": key,
        "path": source.path,
        "sha256": source.sha256,
        "bytes": source.bytes,
        "file": part and part.file,
        "parts": part and part.parts,
        "name": part and part.name,
        "transform": transform,
    }


def insert_embeddings(
    stage: Staging, connection: Connection, encoder_key: int, shard: Written, positions: Mapping[int, int]
) -> None:
    """Entries of a new shard from {shape key: row}."""
    shard_id = stage.enter(connection, shard, encoder_key=encoder_key)
    common = {"encoder_key": encoder_key, "shard_id": shard_id}
    _insert_many(connection, EmbeddingRow, [{"shape_key": k, "row": r, **common} for k, r in positions.items()])


def insert_samples(
    stage: Staging, connection: Connection, shard: Written, positions: Mapping[int, int], count: int
) -> None:
    """Entries of a new shard from {shape key: row}; `count` samples in each row."""
    common = {"shard_id": stage.enter(connection, shard), "count": count}
    _insert_many(connection, SampleRow, [{"shape_key": k, "row": r, **common} for k, r in positions.items()])


def insert_places(
    stage: Staging,
    connection: Connection,
    table: type[PartLabelRow] | type[ThumbnailRow],
    shard: Written,
    positions: Mapping[int, int],
) -> None:
    """Entries of a new shard of part labels or thumbnails from {shape key: row}."""
    shard_id = stage.enter(connection, shard)
    _insert_many(connection, table, [{"shape_key": k, "row": r, "shard_id": shard_id} for k, r in positions.items()])


def grow(connection: Connection, rewritten: bool = False) -> int:
    """The next generation; `rewritten` says that embeddings changed which were already there."""
    values: dict[str, Any] = {"generation": StateRow.generation + 1}
    if rewritten:
        values["rewritten"] = StateRow.generation + 1
    return int(connection.execute(update(StateRow).values(values).returning(StateRow.generation)).scalar_one())


def insert_inrs(
    stage: Staging,
    connection: Connection,
    base_key: int,
    shard: Written,
    rows: Mapping[int, tuple[int, Inr]],
    encoded: Set[int] = frozenset(),
) -> None:
    """Entries of a new shard from {row: (shape key, network)}; `encoded` are the rows that encoders read."""
    shard_id = stage.enter(connection, shard, base_key=base_key)
    values = [
        {
            "shape_key": key,
            "base_key": base_key,
            "profile": inr.profile,
            "encoded": row in encoded,
            "field": inr.field,
            "error": float(inr.error),
            "steps": int(inr.steps),
            "shard_id": shard_id,
            "row": row,
        }
        for row, (key, inr) in rows.items()
    ]
    _insert_many(connection, InrRow, values)


def label_ids(connection: Connection, names: set[str]) -> dict[str, int]:
    """Id of each label; those that are new are entered."""
    query = select(LabelRow.name, LabelRow.id)
    parts = chunks(sorted(names))
    rows = (row for part in parts for row in connection.execute(query.where(LabelRow.name.in_(part))))
    known = {row[0]: row[1] for row in rows}
    for name in sorted(names - known.keys()):
        known[name] = connection.execute(insert(LabelRow).values(name=name).returning(LabelRow.id)).scalar_one()
    return known


def _shape_values(shape: NewShape, labels: Mapping[str, int]) -> dict[str, Any]:
    x, y, z = map(float, shape.center)
    return {
        "sha256": shape.sha256,
        "removed": 0,
        "name": shape.name,
        "field": shape.field,
        "kind": shape.kind,
        "center_x": x,
        "center_y": y,
        "center_z": z,
        "scale": float(shape.scale),
        "rotation": None if shape.rotation is None else [float(v) for v in shape.rotation],
        "label_id": labels[shape.label] if shape.label else None,
        "quality": {name: float(value) for name, value in shape.quality.items()},
        "created": now(),
    }


def _insert_many(connection: Connection, table: type[Any], values: list[dict[str, Any]]) -> None:
    insert_many(connection, _table(table), values)


def _table(rows: type[Any]) -> Table:
    return cast(Table, rows.__table__)
