"""Weights and embeddings of shapes: found through the catalogue, read shard by shard."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import delete, select
from sqlalchemy.engine import Connection

from inrstore.errors import BadInput, CorruptShard, ModelMismatch, NoEncoder, ShapeNotFound
from inrstore.records import FloatArray

from .commit import ModelFacts, Models, check_embeddings, discard, write_embeddings
from .connection import Catalog
from .insert import grow, insert_embeddings
from .read import LIVE, chunks
from .shards import ADVICE, EMBEDDINGS, INRS, SHARD_BYTES, Layout, Written, read_vectors, rows_within
from .storage import Storage
from .tables import EmbeddingRow, InrRow, ModelRow, ShapeRow, ShardRow

ATTEMPTS = 3
MANY = 20_000
"""From so many keys on, the whole table is read instead of asking for each."""
Keys = NDArray[np.int64]
T = TypeVar("T")


@dataclass(frozen=True)
class _Found:
    """A network's storage: enough to choose among those of a shape, and to add the base."""

    key: int
    model: str
    profile: str
    field: str
    shard: int
    row: int


def weights(
    storage: Storage,
    catalog: Catalog,
    own: ModelFacts,
    models: Models,
    keys: Sequence[int],
    model: str | None,
    profile: str | None,
) -> FloatArray:
    """See `Store.weights`."""

    def attempt() -> FloatArray:
        with catalog.read() as connection:
            found = _networks(connection, own, keys, model, profile)
            paths = _paths(connection, {entry.shard for entry in found})
        facts = models(found[0].model) if found else own
        out = np.empty((len(found), facts.weights), np.float32)
        _fill(storage, INRS, out, paths, _column(found, "shard"), _column(found, "row"))
        fields = np.array([entry.field for entry in found])
        for field in np.unique(fields):
            out[fields == field] += facts.base(str(field))
        return out

    return repeat(attempt)


def embeddings(
    storage: Storage, catalog: Catalog, own: ModelFacts, keys: Sequence[int] | Keys | None
) -> tuple[Keys, FloatArray]:
    """See `Store.embeddings`."""
    if own.embedding_dim is None:
        raise NoEncoder(f"model {own.id[:12]} has no encoder, so the store has no embeddings")
    width = own.embedding_dim

    def attempt() -> tuple[Keys, FloatArray]:
        with catalog.read() as connection:
            entries = _embedding_entries(connection, own.key, keys)  # (n, 3): key, shard, row
            paths = _paths(connection, set(np.unique(entries[:, 1]).tolist()))
        out = np.empty((len(entries), width), np.float32)
        _fill(storage, EMBEDDINGS, out, paths, entries[:, 1], entries[:, 2])
        return entries[:, 0].copy(), out

    return repeat(attempt)


def embedding_keys(catalog: Catalog, own: ModelFacts) -> Keys:
    """(n,) keys of the live shapes that have an embedding, ascending."""
    query = select(EmbeddingRow.shape_key).join(ShapeRow).where(LIVE, EmbeddingRow.model_key == own.key)
    with catalog.read() as connection:
        return np.fromiter(connection.execute(query.order_by(EmbeddingRow.shape_key)).scalars(), np.int64)


def replace_embeddings(
    storage: Storage, catalog: Catalog, own: ModelFacts, keys: Sequence[int] | Keys, matrix: FloatArray
) -> int:
    """See `Store.replace_embeddings`."""
    wanted = np.asarray(keys, np.int64)
    if matrix.ndim != 2 or wanted.shape != (len(matrix),) or len(np.unique(wanted)) < len(wanted):
        raise BadInput(f"embeddings: {wanted.shape} distinct keys do not fit a matrix {matrix.shape}")
    check_embeddings(matrix, own, "embeddings")
    if not len(wanted):
        return 0
    with catalog.read() as connection:
        ids = _ids(connection, wanted)
    mine = [index for index, key in enumerate(wanted.tolist()) if key in ids]
    written: list[tuple[Written, list[int]]] = []
    try:
        for part in chunks(mine, rows_within(SHARD_BYTES, matrix.shape[1])):
            part_keys = wanted[list(part)].tolist()
            shard = write_embeddings(storage, own.id, [ids[key] for key in part_keys], matrix[list(part)])
            written.append((shard, part_keys))
        with catalog.write() as connection:
            return _repoint(connection, own.key, written)
    except BaseException:
        discard(storage, catalog, [shard for shard, _ in written])
        raise


def _repoint(connection: Connection, model_key: int, written: list[tuple[Written, list[int]]]) -> int:
    """How many embeddings now lie in the new shards: those of shapes that were not removed meanwhile."""
    replaced = total = 0
    for shard, keys in written:
        live = _ids(connection, np.asarray(keys, np.int64))
        for part in chunks(list(live)):
            gone = delete(EmbeddingRow).where(EmbeddingRow.model_key == model_key)
            replaced += connection.execute(gone.where(EmbeddingRow.shape_key.in_(part))).rowcount
        insert_embeddings(connection, model_key, shard, {k: row for row, k in enumerate(keys) if k in live})
        total += len(live)
    grow(connection, rewritten=replaced > 0)
    return total


def _networks(
    connection: Connection, own: ModelFacts, keys: Sequence[int], model: str | None, profile: str | None
) -> list[_Found]:
    """One network for each key, in the order of the keys."""
    query = (
        select(InrRow.shape_key, ModelRow.id, InrRow.profile, InrRow.field, InrRow.shard_id, InrRow.row)
        .join(ModelRow, ModelRow.key == InrRow.model_key)
        .join(ShapeRow, ShapeRow.key == InrRow.shape_key)
        .where(LIVE)
        .order_by(InrRow.id.desc())  # so that the oldest, the one that is encoded, is seen last and wins
    )
    if model is not None or profile is None:
        query = query.where(ModelRow.id == (model or own.id))
    if profile is not None:
        query = query.where(InrRow.profile == profile)
    parts = chunks([int(key) for key in dict.fromkeys(keys)])
    rows = (row for part in parts for row in connection.execute(query.where(InrRow.shape_key.in_(part))))
    found = {row[0]: _Found(*row) for row in rows}
    what = f"network of profile {profile or 'any'} and model {model[:12] if model else 'any'}"
    if missing := [key for key in keys if key not in found]:
        raise ShapeNotFound(f"{len(missing)} of {len(keys)} shapes have no {what}, the first is key {missing[0]}")
    if len({entry.model for entry in found.values()}) > 1:
        raise ModelMismatch(f"profile {profile} of these shapes belongs to several models; name one with model=")
    return [found[key] for key in keys]


def _embedding_entries(connection: Connection, model_key: int, keys: Sequence[int] | Keys | None) -> Keys:
    """(n, 3) key, shard and row of live embeddings, by key."""
    entry = EmbeddingRow
    query = select(entry.shape_key, entry.shard_id, entry.row).join(ShapeRow).where(LIVE, entry.model_key == model_key)
    wanted = None if keys is None else np.unique(np.asarray(keys, np.int64))
    rows: list[Any] = []
    if wanted is None or len(wanted) > MANY:
        rows.extend(connection.execute(query))
    else:
        for part in chunks(wanted.tolist()):
            rows.extend(connection.execute(query.where(entry.shape_key.in_(part))))
    found = np.array([tuple(row) for row in rows], np.int64).reshape(-1, 3)
    if wanted is not None:
        found = found[np.isin(found[:, 0], wanted)]
    return found[np.argsort(found[:, 0])]


def _ids(connection: Connection, keys: Keys) -> dict[int, str]:
    query = select(ShapeRow.key, ShapeRow.sha256).where(LIVE)
    rows = (r for part in chunks(keys.tolist()) for r in connection.execute(query.where(ShapeRow.key.in_(part))))
    return {row[0]: row[1] for row in rows}


def _paths(connection: Connection, shard_ids: set[int]) -> dict[int, str]:
    query = select(ShardRow.id, ShardRow.path)
    parts = chunks(sorted(shard_ids))
    return {r[0]: r[1] for part in parts for r in connection.execute(query.where(ShardRow.id.in_(part)))}


def _column(found: list[_Found], name: str) -> Keys:
    return np.array([getattr(entry, name) for entry in found], np.int64)


def _fill(storage: Storage, kind: Layout, out: FloatArray, paths: dict[int, str], shard: Keys, row: Keys) -> None:
    """Reads row `row[i]` of shard `shard[i]` into `out[i]`, each shard once."""
    order = np.argsort(shard, kind="stable")
    cuts = np.flatnonzero(np.diff(shard[order])) + 1
    for mine in np.split(order, cuts) if len(order) else []:
        path = paths[int(shard[mine[0]])]
        block = read_vectors(storage, kind, path, row[mine])
        if block.shape[1] != out.shape[1]:
            raise CorruptShard(f"{path} has vectors of {block.shape[1]}, the model {out.shape[1]}; {ADVICE}")
        out[mine] = block


def repeat(attempt: Callable[[], T]) -> T:
    """A compaction may delete a shard between looking it up and reading it; then it is looked up again."""
    for left in reversed(range(ATTEMPTS)):
        try:
            return attempt()
        except FileNotFoundError as error:
            if not left:
                raise CorruptShard(f"a shard is missing ({error}); {ADVICE}") from error
    raise AssertionError("unreachable")
