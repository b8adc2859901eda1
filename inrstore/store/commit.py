"""Writing shapes: shards first, then one transaction that makes them count."""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from sqlalchemy import select, update

from inrstore.errors import BadInput, InrstoreError, ModelMismatch
from inrstore.records import FloatArray, Inr, KeptSamples, NewShape, Shape

from . import insert, shards
from .connection import Catalog
from .insert import NewRows
from .read import chunks, live_keys, shapes_by_key, storable
from .references import Ref, Refs, find_live_keys
from .shards import EMBEDDINGS, INRS, SAMPLES, Written
from .storage import Storage
from .tables import ShapeRow, ShardRow
from .where import check_tag_names


@dataclass(frozen=True)
class Committed:
    """Ids of shapes that are new, and of those that were already there (their sources were added)."""

    stored: list[str]
    duplicates: list[str]


@dataclass(frozen=True)
class ModelFacts:
    """What writing needs to know of a model; `base` loads the model itself."""

    key: int
    id: str
    weights: int
    embedding_dim: int | None
    siren: str
    base: Callable[[str], FloatArray]


Models = Callable[[str], ModelFacts]


class _Vanished(Exception):
    """A shape that was there when the shards were written has been removed meanwhile."""


def commit(
    storage: Storage, catalog: Catalog, own: ModelFacts, models: Models, shapes: Sequence[NewShape]
) -> Committed:
    """See `Store.commit`."""
    checked = [_check(shape, own, models) for shape in shapes]
    if not checked:
        return Committed([], [])
    while True:
        try:
            stored = _commit(storage, catalog, own, models, checked)
        except _Vanished:
            continue
        first = {shape.sha256: index for index, shape in reversed(list(enumerate(checked)))}
        new = {index for sha256, index in first.items() if sha256 in stored}
        return Committed(list(stored), [s.sha256 for i, s in enumerate(checked) if i not in new])


def _commit(
    storage: Storage, catalog: Catalog, own: ModelFacts, models: Models, shapes: list[NewShape]
) -> dict[str, int]:
    """Keys of the new shapes by id."""
    distinct = {shape.sha256: shape for shape in reversed(shapes)}  # the first of equal ones wins
    with catalog.read() as connection:
        known = live_keys(connection, list(distinct))
    fresh = [distinct[sha256] for sha256 in dict.fromkeys(s.sha256 for s in shapes) if sha256 not in known]
    written: list[Written] = []
    stored: dict[str, int] = {}
    try:
        rows = _write_shards(storage, own, models, fresh, written)
        with catalog.write() as connection:
            known = live_keys(connection, list(distinct))
            if len(known | {shape.sha256: 0 for shape in fresh}) < len(distinct):
                raise _Vanished
            check_shards(storage, written)
            stored = insert.insert_shapes(connection, own.key, rows, known)
            insert.insert_sources(connection, shapes, known | stored)
    except BaseException:
        discard(storage, catalog, written)
        raise
    if not stored:  # others were faster with every shape
        discard(storage, catalog, written)
    return stored


def add_source(catalog: Catalog, shape: Ref, source: str, source_sha256: str, source_bytes: int) -> None:
    """See `Store.add_source`."""
    with catalog.write() as connection:
        (key,) = find_live_keys(connection, shape).tolist()
        rows = {(storable(source), key): (source_sha256, source_bytes)}
        insert.insert_source_rows(connection, rows)


def remove(catalog: Catalog, shapes: Refs) -> list[Shape]:
    """See `Store.remove`."""
    with catalog.write() as connection:
        keys = find_live_keys(connection, shapes).tolist()
        found = shapes_by_key(connection, keys)
        for part in chunks(keys):
            connection.execute(update(ShapeRow).where(ShapeRow.key.in_(part)).values(removed=ShapeRow.key))
        if keys:
            insert.grow(connection)
    return [found[key] for key in keys]


def _write_shards(
    storage: Storage, own: ModelFacts, models: Models, fresh: list[NewShape], written: list[Written]
) -> NewRows:
    groups: dict[str, list[tuple[NewShape, Inr]]] = defaultdict(list)
    for shape in fresh:
        for inr in shape.inrs:
            groups[inr.model].append((shape, inr))
    inr_shards = []
    for model_id, pairs in groups.items():
        model = models(model_id)
        written.append(write_inrs(storage, model, [(s.sha256, s.source, inr) for s, inr in pairs]))
        inr_shards.append((model.key, written[-1], pairs))
    embedded = [shape for shape in fresh if shape.embedding is not None]
    if embedded:
        matrix = np.stack([np.asarray(s.embedding, np.float32) for s in embedded])
        written.append(write_embeddings(storage, own.id, [s.sha256 for s in embedded], matrix))
    rows = NewRows(fresh, inr_shards, written[-1] if embedded else None, embedded)
    kept = {shape.sha256: shape.samples for shape in fresh if shape.samples is not None}
    for shard, ids in write_samples(storage, own.id, kept, written):
        rows.samples.append((shard, ids, len(kept[ids[0]].values)))
    return rows


def write_inrs(storage: Storage, model: ModelFacts, rows: Sequence[tuple[str, str, Inr]]) -> Written:
    """A new shard of networks of one model, from (shape id, what to call it in an error, network)."""
    change = np.empty((len(rows), model.weights), np.float16)
    for out, (_, who, inr) in zip(change, rows, strict=True):
        out[:] = shards.to_half(inr.weights - model.base(inr.field), f"{who} ({inr.profile})")
    columns: dict[str, list[Any]] = {
        "shape": [sha256 for sha256, _, _ in rows],
        "field": [inr.field for _, _, inr in rows],
        "profile": [inr.profile for _, _, inr in rows],
        "error": [inr.error for _, _, inr in rows],
        "steps": [inr.steps for _, _, inr in rows],
    }
    fields = ",".join(sorted(set(columns["field"])))
    metadata = {"model": model.id, "fields": fields, "siren": model.siren, "base": "subtracted"}
    return shards.write(storage, INRS, model.id, shards.inr_table(columns, change, metadata))


def write_embeddings(storage: Storage, model_id: str, ids: Sequence[str], matrix: FloatArray) -> Written:
    """A new shard of the embeddings (n, d) of n shapes."""
    table = shards.embedding_table(ids, matrix.astype(np.float32, copy=False), {"model": model_id})
    return shards.write(storage, EMBEDDINGS, model_id, table)


def write_samples(
    storage: Storage, model_id: str, samples: Mapping[str, KeptSamples], written: list[Written]
) -> Iterator[tuple[Written, list[str]]]:
    """New shards of kept samples by shape id, one for each number of samples, with the ids in them.

    Each is added to `written` as soon as it is there.
    """
    sizes = {len(kept.values) for kept in samples.values()}
    for size in sorted(sizes):
        ids = [sha256 for sha256, kept in samples.items() if len(kept.values) == size]
        some = [samples[sha256] for sha256 in ids]
        table = shards.sample_table(
            {"shape": ids, "field": [kept.field for kept in some]},
            np.stack([kept.points.T.reshape(-1) for kept in some]),
            np.stack([kept.values for kept in some]),
            {"model": model_id, "samples": str(size)},
        )
        written.append(shards.write(storage, SAMPLES, model_id, table))
        yield written[-1], ids


def check_shards(storage: Storage, written: Sequence[Written]) -> None:
    """To be asked inside the transaction: a new shard is an orphan until that ends."""
    if not all(storage.exists(shard.path) for shard in written):
        raise InrstoreError("a forced compaction deleted a new shard; repeat, without it at the same time")


def discard(storage: Storage, catalog: Catalog, written: list[Written]) -> None:
    """Deletes shards unless the catalogue has them: an interrupt may come just after a commit."""
    if not written:
        return
    with catalog.read() as connection:
        query = select(ShardRow.path).where(ShardRow.path.in_([shard.path for shard in written]))
        counted = set(connection.execute(query).scalars())
    for shard in written:
        if shard.path not in counted:
            storage.delete(shard.path)


def _check(shape: NewShape, own: ModelFacts, models: Models) -> NewShape:
    """The shape with storable text. Errors: BadInput, ModelMismatch, ModelNotFound."""
    who = f"shape {shape.source!r}"
    for name in ("sha256", "source_sha256"):
        if not re.fullmatch("[0-9a-f]{64}", getattr(shape, name)):
            raise BadInput(f"{who}: {name} is {getattr(shape, name)!r}, not 64 hex digits")
    if not (shape.scale > 0 and all(map(math.isfinite, (shape.scale, *shape.center, *(shape.rotation or ()))))):
        raise BadInput(f"{who}: center, scale or rotation is not finite, or the scale is not positive")
    if shape.rotation is not None and len(shape.rotation) != 9:
        raise BadInput(f"{who}: rotation has {len(shape.rotation)} numbers, not 9")
    if not all(map(math.isfinite, shape.quality.values())):
        raise BadInput(f"{who}: quality {dict(shape.quality)} is not finite")
    check_tag_names(map(str, shape.tags), who)
    _check_vectors(shape, who, own, models)
    return replace(
        shape,
        name=storable(shape.name),
        source=storable(shape.source),
        label=storable(shape.label) if shape.label else None,
        tags={storable(str(k)): storable(str(v)) for k, v in shape.tags.items()},
    )


def _check_vectors(shape: NewShape, who: str, own: ModelFacts, models: Models) -> None:
    if not shape.inrs or shape.inrs[0].model != own.id:
        has = shape.inrs[0].model[:12] if shape.inrs else "none"
        raise ModelMismatch(f"{who}: its first network must be of the store's model {own.id[:12]}, not {has}")
    check_inrs(shape.inrs, who, models)
    check_embeddings(shape.embedding, own, who)
    if shape.samples is not None:
        check_samples(shape.samples, shape.field, who)


def check_inrs(inrs: Sequence[Inr], who: str, models: Models) -> None:
    """Errors: BadInput, ModelMismatch, ModelNotFound; `who` begins the message."""
    if len({(inr.model, inr.profile) for inr in inrs}) < len(inrs):
        raise BadInput(f"{who}: two networks of one model and profile")
    for inr in inrs:
        size = models(inr.model).weights
        if inr.weights.shape != (size,):
            raise ModelMismatch(f"{who}: weights {inr.weights.shape}, model {inr.model[:12]} has ({size},)")
        if not math.isfinite(inr.error):
            raise BadInput(f"{who}: the fit's error is {inr.error}; it diverged")


def check_embeddings(vectors: FloatArray | None, own: ModelFacts, who: str) -> None:
    """Errors: ModelMismatch when the last axis is not the model's dimension; BadInput when not finite."""
    if vectors is None:
        return
    if own.embedding_dim is None or vectors.shape[-1:] != (own.embedding_dim,):
        raise ModelMismatch(f"{who}: embedding {vectors.shape}, the store's model has {own.embedding_dim}")
    if not np.isfinite(vectors).all():
        raise BadInput(f"{who}: NaN or infinite embedding")


def check_samples(samples: KeptSamples, field: str, who: str) -> None:
    """Errors: BadInput, also for samples of another field than the shape's."""
    points, values = samples.points, samples.values
    if samples.field != field:
        raise BadInput(f"{who}: its field is {field}, so samples of {samples.field} are not of this shape")
    if values.ndim != 1 or not len(values) or points.shape != (len(values), 3):
        raise BadInput(f"{who}: samples {points.shape} and {values.shape} are not (n, 3) points and (n,) values")
    if points.dtype != np.uint16 or values.dtype != np.uint16:
        raise BadInput(f"{who}: samples of {points.dtype} and {values.dtype}; make them with network.packing.pack")
