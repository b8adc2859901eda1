"""Embeddings of stored shapes: read, set, and the change from one encoder to another."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import delete, exists, func, select, update
from sqlalchemy.engine import Connection

from inrstore.arrays import as_floats, as_integers
from inrstore.errors import BadInput
from inrstore.records import FloatArray

from . import vectors
from .backing import Backing, encoder_of
from .checks import check_embeddings
from .commit import write_embeddings
from .insert import grow, insert_embeddings
from .models import EncoderFacts
from .read import LIVE, chunks, live_integers
from .reading import fill, paths_of, repeat
from .shards import EMBEDDINGS, SHARD_BYTES, Written, rows_within
from .staging import Staging
from .tables import BaseRow, EmbeddingRow, EncoderRow, InrRow, ShapeRow, StateRow, now

MANY = 20_000
"""From so many keys on, the whole table is read instead of asking for each."""
Keys = NDArray[np.int64]
Valid = Callable[[Connection, Keys], set[int]]
"""Which of some keys' embeddings are right, given the catalogue as it is."""


def embeddings(
    backing: Backing, keys: Sequence[int] | Keys | None, encoder_id: str | None = None
) -> tuple[Keys, FloatArray]:
    """See `Store.embeddings`."""

    def attempt() -> tuple[Keys, FloatArray]:
        with backing.catalog.read() as connection:
            encoder = backing.encoder(encoder_id or encoder_of(connection))
            entries = _entries(connection, encoder.key, keys)  # (n, 3): key, shard, row
            paths = paths_of(connection, set(np.unique(entries[:, 1]).tolist()))
        out = np.empty((len(entries), encoder.dim), np.float32)
        fill(backing.storage, EMBEDDINGS, out, paths, entries[:, 1], entries[:, 2])
        return entries[:, 0].copy(), out

    return repeat(backing.catalog, attempt)


def embedding_keys(backing: Backing, encoder_id: str | None) -> Keys:
    """See `Store.embedding_keys`."""
    if encoder_id is None and backing.encoder_id() is None:
        return np.empty(0, np.int64)
    query = select(EmbeddingRow.shape_key).where(EmbeddingRow.encoder_key == backing.encoder(encoder_id).key)
    with backing.catalog.read() as connection:
        return live_integers(connection, query)


def since(backing: Backing, encoder_id: str, shard: int) -> tuple[Keys, Keys, int]:
    """Keys (n,) of all embeddings, those (m,) of which lie in shards that are younger than one, and the youngest.

    What is set anew, or folded, lies in a younger shard than before.
    """
    entry, key = EmbeddingRow, backing.encoder(encoder_id).key
    own = select(entry.shape_key).where(entry.encoder_key == key)
    youngest = select(func.max(entry.shard_id)).where(entry.encoder_key == key)
    with backing.catalog.read() as connection:
        there = live_integers(connection, own)
        fresh = live_integers(connection, own.where(entry.shard_id > shard))
        return there, fresh, int(connection.execute(youngest).scalar() or 0)


def encodable(backing: Backing, missing: EncoderFacts | None) -> list[tuple[str, str, Keys]]:
    """See `Store.encodable`."""
    kinds = select(InrRow.base_key, InrRow.field).where(InrRow.encoded).distinct()
    found = []
    with backing.catalog.read() as connection:
        names = {row[0]: row[1] for row in connection.execute(select(BaseRow.key, BaseRow.id))}
        there = select(EmbeddingRow.shape_key).where(EmbeddingRow.encoder_key == (missing and missing.key))
        having = None if missing is None else live_integers(connection, there)
        for base_key, field in connection.execute(kinds).all():
            one = (InrRow.encoded, InrRow.base_key == base_key, InrRow.field == field)
            keys = live_integers(connection, select(InrRow.shape_key).where(*one))
            keys = keys if having is None else keys[~np.isin(keys, having)]
            if len(keys):
                found.append((names[base_key], str(field), keys))
    return sorted(found, key=lambda one: one[:2])


def set_embeddings(
    backing: Backing,
    keys: Sequence[int] | Keys,
    matrix: FloatArray,
    encoder_id: str | None = None,
    valid: Valid | None = None,
) -> int:
    """See `Store.set_embeddings`; those that are not `valid` in the transaction are left out."""
    encoder, wanted = backing.encoder(encoder_id), as_integers(keys, (None,), "keys")
    matrix = as_floats(matrix, (None, None), "embeddings")
    if wanted.shape != (len(matrix),) or len(np.unique(wanted)) < len(wanted):
        raise BadInput(f"embeddings: {wanted.shape} distinct keys do not fit a matrix {matrix.shape}")
    check_embeddings(matrix, encoder, "embeddings")
    with backing.catalog.read() as connection:
        ids = _ids(connection, wanted)
    mine = [index for index, key in enumerate(wanted.tolist()) if key in ids]
    if not mine:  # nothing of this store: nothing changes
        return 0
    with backing.staging() as stage:
        written: list[tuple[Written, list[int]]] = []
        for part in chunks(mine, rows_within(SHARD_BYTES, matrix.shape[1])):
            part_keys = wanted[list(part)].tolist()
            shard = write_embeddings(stage, encoder.id, [ids[key] for key in part_keys], matrix[list(part)])
            written.append((shard, part_keys))
        with stage.transaction() as connection:
            total = _repoint(stage, connection, encoder, written, valid)
            live = _ids(connection, wanted)
            kept = [row for row in mine if int(wanted[row]) in live]
            if kept:
                vectors.follow(connection, encoder.id, wanted[kept].tolist(), matrix[kept])
            return total


def switch(backing: Backing, encoder_id: str) -> int:
    """See `Store.switch_encoder`."""
    encoder = backing.encoder(encoder_id)
    with backing.catalog.write() as connection:
        query = select(ShapeRow.key).join(InrRow, InrRow.shape_key == ShapeRow.key)
        without = connection.execute(query.where(LIVE, InrRow.encoded, ~_has(encoder.key))).scalars().all()
        former = encoder_of(connection)
        if without or former == encoder_id:
            return len(without)
        connection.execute(update(EncoderRow).where(EncoderRow.id == former).values(retired=now()))
        connection.execute(update(EncoderRow).where(EncoderRow.id == encoder_id).values(retired=None))
        connection.execute(update(StateRow).values(encoder_id=encoder_id))
        grow(connection, rewritten=True)
    return 0


def _has(encoder_key: int) -> Any:
    """Whether a shape has an embedding of an encoder."""
    return exists().where(EmbeddingRow.shape_key == ShapeRow.key, EmbeddingRow.encoder_key == encoder_key)


def _repoint(
    stage: Staging,
    connection: Connection,
    encoder: EncoderFacts,
    written: list[tuple[Written, list[int]]],
    valid: Valid | None,
) -> int:
    """How many embeddings now lie in the new shards: those of shapes that were not removed meanwhile."""
    replaced = total = 0
    for shard, keys in written:
        wanted = np.asarray(keys, np.int64)
        live = set(_ids(connection, wanted)) if valid is None else valid(connection, wanted)
        if not live:
            continue
        for part in chunks(list(live)):
            gone = delete(EmbeddingRow).where(EmbeddingRow.encoder_key == encoder.key)
            replaced += connection.execute(gone.where(EmbeddingRow.shape_key.in_(part))).rowcount
        insert_embeddings(stage, connection, encoder.key, shard, {k: r for r, k in enumerate(keys) if k in live})
        total += len(live)
    if total and encoder_of(connection) == encoder.id:  # those of an encoder to come make no index stale
        grow(connection, rewritten=replaced > 0)
    return total


def _entries(connection: Connection, encoder_key: int, keys: Sequence[int] | Keys | None) -> Keys:
    """(n, 3) key, shard and row of live embeddings, by key."""
    entry = EmbeddingRow
    query = select(entry.shape_key, entry.shard_id, entry.row).join(ShapeRow)
    query = query.where(LIVE, entry.encoder_key == encoder_key)
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
