"""Making the table of an index and bringing it up to date, each in one transaction; whoever calls has the lock."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import numpy as np
from sqlalchemy import Row, delete, func, insert, select, text, update
from sqlalchemy.engine import Connection

from inrstore.errors import BadInput, ModelMismatch
from inrstore.progress import OnProgress, tell
from inrstore.store.read import LIVE, chunks
from inrstore.store.tables import EmbeddingRow, EncoderRow, ShapeRow, StateRow
from inrstore.store.vectors import TABLES

from ..protocol import Keys
from ..reading import embedded, embedding_blocks
from .server import Extension
from .statements import DEFAULTS, copy, index_on, table

if TYPE_CHECKING:
    from inrstore.store import Store

CHANGED_SHARE = 0.5
"""From this share of changed rows on, a rebuild is as quick as an update."""
GROWTH_LIMIT = 4.0
"""Lists that were trained on the rows are trained again after growing by this factor."""
BUILD_MB = 1024
"""What the server may take for building: with less than the graph needs (bytes of all rows and links) it is slow."""


def entry(connection: Connection, name: str) -> Row[Any] | None:
    """What `TABLES` says of an index whose table is there."""
    if connection.execute(select(func.to_regclass(TABLES.name))).scalar() is None:
        return None
    query = select(TABLES).where(TABLES.c.name == name, func.to_regclass(TABLES.c.table_name).is_not(None))
    return connection.execute(query).first()


def lock(connection: Connection, name: str) -> None:
    """The right to change the index until the transaction ends, waited for."""
    number = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], signed=True)
    connection.execute(select(func.pg_advisory_xact_lock(number)))


def build(
    store: Store,
    connection: Connection,
    name: str,
    extension: Extension,
    settings: Mapping[str, Any],
    on_progress: OnProgress | None,
) -> None:
    """Make a new table aside, which takes the place of the former one when the transaction is committed."""
    encoder, generation = store.encoder_id, store.generation()  # first, so that a change meanwhile shows as stale
    keys, dim = embedded(store)
    if dim > extension.most:
        raise BadInput(f"embeddings have {dim} numbers, pgvector {extension.version} indexes up to {extension.most}")
    parameters = checked(settings)
    TABLES.create(connection, checkfirst=True)
    rows = table(f"vectors_{uuid4().hex[:12]}", extension.type, dim)
    rows.create(connection)
    count = 0
    for part, matrix in embedding_blocks(store, keys, on_progress):
        copy(connection, rows, part, matrix)
        count += len(part)
    if store.rewritten() > generation:  # old rows and new ones would stand side by side
        raise Changed
    tell(on_progress, f"building a {parameters['method']} index of {count} rows")
    index_on(connection, rows, parameters, count)
    drop(connection, name)
    made: dict[str, Any] = {"name": name, "table_name": rows.name, "type": extension.type, "encoder_id": encoder}
    made |= {"store_id": store.id, "generation": generation, "rows": count, "built": count, "dim": dim}
    connection.execute(insert(TABLES).values(**made, parameters=parameters))


class Changed(Exception):
    """Embeddings were replaced while they were read: start again."""


def refill(
    store: Store, connection: Connection, found: Row[Any], on_progress: OnProgress | None
) -> tuple[int, int] | None:
    """Add and remove what changed since; rows added and removed. None where a rebuild is better, or due."""
    generation = store.generation()
    rows = table(found.table_name, found.type, found.dim)
    missing, gone = _missing(connection, rows, found.encoder_id), _gone(connection, rows, found.encoder_id)
    grown = found.rows + len(missing) - len(gone)
    if len(missing) + len(gone) > CHANGED_SHARE * max(grown, 1):
        return None
    if found.parameters["method"] == "ivf" and grown > GROWTH_LIMIT * found.built:
        return None
    tell(on_progress, f"adding {len(missing)} rows, removing {len(gone)}")
    added = 0
    for keys, matrix in embedding_blocks(store, missing):
        copy(connection, rows, keys, matrix)
        added += len(keys)
    if store.rewritten() > found.generation:
        return None
    for part in chunks(gone.tolist()):
        connection.execute(delete(rows).where(rows.c.shape_key.in_(part)))
    here = update(TABLES).where(TABLES.c.name == found.name)
    connection.execute(here.values(rows=TABLES.c.rows + added - len(gone), generation=generation))
    return added, len(gone)


def drop(connection: Connection, name: str) -> None:
    """Take the table of an index away; nothing happens where there is none."""
    if found := entry(connection, name):
        connection.execute(text(f"DROP TABLE {connection.dialect.identifier_preparer.quote(found.table_name)}"))
    if connection.execute(select(func.to_regclass(TABLES.name))).scalar() is not None:
        connection.execute(delete(TABLES).where(TABLES.c.name == name))


def checked(settings: Mapping[str, Any]) -> dict[str, Any]:
    """All parameters, None where the number of rows says. Errors: BadInput."""
    method = settings.get("method", "hnsw")
    if method not in DEFAULTS:
        raise BadInput(f"pgvector's method {method!r} is none of {', '.join(DEFAULTS)}")
    found = {"method": method, **DEFAULTS[method], "memory_mb": BUILD_MB}
    if unknown := set(settings) - set(found):
        raise BadInput(f"parameter {min(unknown)!r} is unknown to pgvector's {method}, which takes: {', '.join(found)}")
    found |= settings
    for key, value in found.items():
        asked = value is not None or key in settings  # what is not asked for goes by the rows at each build
        if key != "method" and asked and not (isinstance(value, int) and value > 0):
            raise BadInput(f"pgvector's {key} is {value!r}: give a whole number above 0")
    return found


def check_store(found: Row[Any], store: Store) -> None:
    """Errors: ModelMismatch for an index of another store, as in a catalogue that was copied."""
    if found.store_id != store.id:
        raise ModelMismatch(
            f"index {found.name!r} is of store {found.store_id[:12]}, this is store {store.id[:12]}: "
            "run `inrstore index build` to build it for this store"
        )


def state(connection: Connection) -> tuple[int, str | None]:
    """The store's generation and encoder, as this transaction sees them."""
    generation, encoder = connection.execute(select(StateRow.generation, StateRow.encoder_id)).one()
    return generation, encoder


def _missing(connection: Connection, rows: Any, encoder_id: str) -> Keys:
    """Keys of live embeddings that the table has not."""
    query = _embedded(encoder_id).join(rows, rows.c.shape_key == EmbeddingRow.shape_key, isouter=True)
    return _keys(connection, query.where(rows.c.shape_key.is_(None)).order_by(EmbeddingRow.shape_key))


def _gone(connection: Connection, rows: Any, encoder_id: str) -> Keys:
    """Keys in the table that are no live embedding's."""
    live = _embedded(encoder_id).where(EmbeddingRow.shape_key == rows.c.shape_key)
    return _keys(connection, select(rows.c.shape_key).where(~live.exists()))


def _embedded(encoder_id: str) -> Any:
    query = select(EmbeddingRow.shape_key).join(ShapeRow, ShapeRow.key == EmbeddingRow.shape_key)
    return query.join(EncoderRow, EncoderRow.key == EmbeddingRow.encoder_key).where(LIVE, EncoderRow.id == encoder_id)


def _keys(connection: Connection, query: Any) -> Keys:
    return np.fromiter(connection.execute(query).scalars(), np.int64)
