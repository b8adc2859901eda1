"""Writing shapes: shards first, then one transaction that makes them count."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from sqlalchemy import update

from inrstore.records import (
    FloatArray,
    Inr,
    KeptSamples,
    NewShape,
    PartLabels,
    Shape,
    Source,
)

from . import insert, shards, texts, vectors
from .backing import Backing, check_encoder
from .checks import check_shape
from .connection import Catalog
from .insert import NewRows
from .models import BaseFacts
from .read import chunks, live_keys, shapes_by_key, storable
from .references import Ref, Refs, find_key, find_live_keys
from .shards import EMBEDDINGS, INRS, PART_LABELS, SAMPLES, THUMBNAILS, Written
from .staging import Staging
from .tables import ShapeRow


@dataclass(frozen=True)
class Committed:
    """Ids of shapes that are new, and of those that were already there (their sources were added)."""

    stored: list[str]
    duplicates: list[str]


class _Vanished(Exception):
    """A shape that was there when the shards were written has been removed meanwhile."""


def commit(backing: Backing, shapes: Sequence[NewShape]) -> Committed:
    """See `Store.commit`."""
    checked = [check_shape(shape, backing) for shape in shapes]
    if not checked:
        return Committed([], [])
    while True:
        try:
            stored = _commit(backing, checked)
        except _Vanished:
            continue
        first = {shape.sha256: index for index, shape in reversed(list(enumerate(checked)))}
        new = {index for sha256, index in first.items() if sha256 in stored}
        return Committed(list(stored), [s.sha256 for i, s in enumerate(checked) if i not in new])


def _commit(backing: Backing, shapes: list[NewShape]) -> dict[str, int]:
    """Keys of the new shapes by id."""
    distinct = {shape.sha256: shape for shape in reversed(shapes)}  # the first of equal ones wins
    with backing.catalog.read() as connection:
        known = live_keys(connection, list(distinct))
    fresh = [distinct[sha256] for sha256 in dict.fromkeys(s.sha256 for s in shapes) if sha256 not in known]
    with backing.staging() as stage:
        rows = _write_shards(stage, backing, fresh)
        with stage.transaction() as connection:
            known = live_keys(connection, list(distinct))
            if len(known | {shape.sha256: 0 for shape in fresh}) < len(distinct):
                raise _Vanished
            for encoder_id, shape in {shape.encoder: shape for shape in rows.embedded}.items():
                check_encoder(connection, encoder_id, f"shape {shape.source!r}")
            stored = insert.insert_shapes(stage, connection, rows, known)
            insert.insert_sources(connection, shapes, known | stored)
            texts.renew(connection, stored.values(), fresh=True)
            texts.renew(connection, known.values())
            vectors.follow_shapes(connection, rows.embedded, stored)
    return stored


def add_source(catalog: Catalog, shape: Ref, source: str, source_sha256: str, source_bytes: int) -> None:
    """See `Store.add_source`."""
    with catalog.write() as connection:
        key = find_key(connection, shape)
        insert.insert_source_rows(connection, [(key, Source(storable(source), source_sha256, source_bytes))])
        texts.renew(connection, [key])


def remove(catalog: Catalog, shapes: Refs) -> list[Shape]:
    """See `Store.remove`."""
    with catalog.write() as connection:
        keys = find_live_keys(connection, shapes).tolist()
        found = shapes_by_key(connection, keys)
        for part in chunks(keys):
            connection.execute(update(ShapeRow).where(ShapeRow.key.in_(part)).values(removed=ShapeRow.key))
        if keys:
            insert.grow(connection)
            vectors.drop(connection, keys)
            texts.drop(connection, keys)
    return [found[key] for key in keys]


def _write_shards(stage: Staging, backing: Backing, fresh: list[NewShape]) -> NewRows:
    groups: dict[str, list[tuple[NewShape, Inr]]] = defaultdict(list)
    for shape in fresh:
        for inr in shape.inrs:
            groups[inr.base].append((shape, inr))
    inr_shards = []
    for base_id, pairs in groups.items():
        base = backing.parts.base_facts(base_id)
        shard = write_inrs(stage, base, [(s.sha256, s.source, inr) for s, inr in pairs])
        inr_shards.append((base.key, shard, pairs))
    embedded = [shape for shape in fresh if shape.embedding is not None]
    embeddings = None
    if embedded:
        encoder = backing.encoder(embedded[0].encoder)
        matrix = np.stack([np.asarray(s.embedding, np.float32) for s in embedded])
        embeddings = encoder.key, write_embeddings(stage, encoder.id, [s.sha256 for s in embedded], matrix)
    rows = NewRows(fresh, inr_shards, embeddings, embedded)
    kept = {shape.sha256: shape.samples for shape in fresh if shape.samples is not None}
    for shard, ids in write_samples(stage, kept):
        rows.samples.append((shard, ids, len(kept[ids[0]].values)))
    pictures = {shape.sha256: shape.thumbnail for shape in fresh if shape.thumbnail is not None}
    parts = {shape.sha256: shape.part_labels for shape in fresh if shape.part_labels is not None}
    return replace(rows, part_labels=write_part_labels(stage, parts), thumbnails=write_thumbnails(stage, pictures))


def write_inrs(stage: Staging, base: BaseFacts, rows: Sequence[tuple[str, str, Inr]]) -> Written:
    """A new shard of networks of one base, from (shape id, what to call it in an error, network)."""
    change = np.empty((len(rows), base.weights), np.float16)
    for out, (_, who, inr) in zip(change, rows, strict=True):
        out[:] = shards.to_half(inr.weights - base.start(inr.field), f"{who} ({inr.profile})")
    columns: dict[str, list[Any]] = {
        "shape": [sha256 for sha256, _, _ in rows],
        "field": [inr.field for _, _, inr in rows],
        "profile": [inr.profile for _, _, inr in rows],
        "error": [inr.error for _, _, inr in rows],
        "steps": [inr.steps for _, _, inr in rows],
    }
    fields = ",".join(sorted(set(columns["field"])))
    metadata = {"base": base.id, "fields": fields, "siren": base.siren, "weights": "change from the base"}
    return stage.write(INRS, base.id, shards.inr_table(columns, change, metadata))


def write_embeddings(stage: Staging, encoder_id: str, ids: Sequence[str], matrix: FloatArray) -> Written:
    """A new shard of the embeddings (n, d) of n shapes."""
    table = shards.embedding_table(ids, matrix.astype(np.float32, copy=False), {"encoder": encoder_id})
    return stage.write(EMBEDDINGS, encoder_id, table)


def write_samples(stage: Staging, samples: Mapping[str, KeptSamples]) -> Iterator[tuple[Written, list[str]]]:
    """New shards of kept samples by shape id, one for each number of samples, with the ids in them."""
    sizes = {len(kept.values) for kept in samples.values()}
    for size in sorted(sizes):
        ids = [sha256 for sha256, kept in samples.items() if len(kept.values) == size]
        some = [samples[sha256] for sha256 in ids]
        table = shards.sample_table(
            {"shape": ids, "field": [kept.field for kept in some]},
            np.stack([kept.points.T.reshape(-1) for kept in some]),
            np.stack([kept.values for kept in some]),
            {"samples": str(size)},
        )
        yield stage.write(SAMPLES, None, table), ids


def write_part_labels(stage: Staging, labels: Mapping[str, PartLabels]) -> tuple[Written, list[str]] | None:
    """A new shard of part labels by shape id, with the ids in it; None if there are none."""
    if not labels:
        return None
    ids, some = list(labels), list(labels.values())
    points = np.stack([one.points.T.reshape(-1) for one in some])
    table = shards.part_label_table(ids, points, np.stack([one.part for one in some]), [one.names for one in some])
    return stage.write(PART_LABELS, None, table), ids


def write_thumbnails(stage: Staging, pictures: Mapping[str, bytes]) -> tuple[Written, list[str]] | None:
    """A new shard of pictures by shape id, with the ids in it; None if there are none."""
    if not pictures:
        return None
    ids = list(pictures)
    return stage.write(THUMBNAILS, None, shards.thumbnail_table(ids, [pictures[sha256] for sha256 in ids])), ids
