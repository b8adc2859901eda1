"""Further networks of shapes that are stored already: shards first, then one transaction, as in `commits`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import bindparam, delete, select
from sqlalchemy.engine import Connection

from inrstore.errors import BadInput
from inrstore.records import Inr

from .commit import ModelFacts, Models, check_inrs, check_shards, discard, write_inrs
from .connection import Catalog
from .insert import insert_inrs
from .read import LIVE, chunks, live_fields
from .shards import Written
from .storage import Storage
from .tables import InrRow, ModelRow, ShapeRow

Pairs = list[tuple[int, Inr]]
"""Shape keys, each with a network."""


def add_inrs(
    storage: Storage, catalog: Catalog, own: ModelFacts, models: Models, inrs: Mapping[int, Sequence[Inr]]
) -> int:
    """See `Store.add_inrs`."""
    wanted = {int(key): some for key, some in inrs.items() if len(some)}
    with catalog.read() as connection:
        shapes = live_fields(connection, wanted)
        encoded = _encoded(connection, own.key, shapes)
    groups: dict[str, Pairs] = defaultdict(list)
    for key, (sha256, field) in shapes.items():
        _check(wanted[key], f"shape {sha256[:12]}", field, own, models, encoded.get(key))
        for inr in wanted[key]:
            groups[inr.model].append((key, inr))
    written: list[Written] = []
    try:
        for model_id, pairs in groups.items():
            named = [(shapes[key][0], f"shape {shapes[key][0][:12]}", inr) for key, inr in pairs]
            written.append(write_inrs(storage, models(model_id), named))
        with catalog.write() as connection:
            live = live_fields(connection, shapes)
            check_shards(storage, written)
            if live:
                for (model_id, pairs), shard in zip(groups.items(), written, strict=True):
                    _replace(connection, models(model_id).key, shard, pairs, live)
    except BaseException:
        discard(storage, catalog, written)
        raise
    if not live:  # all removed meanwhile
        discard(storage, catalog, written)
    return len(live)


def keys_with_profile(catalog: Catalog, profile: str, model: str | None) -> NDArray[np.int64]:
    """See `Store.keys_with_profile`."""
    query = select(InrRow.shape_key).join(ShapeRow).where(LIVE, InrRow.profile == profile).distinct()
    if model is not None:
        query = query.join(ModelRow, ModelRow.key == InrRow.model_key).where(ModelRow.id == model)
    with catalog.read() as connection:
        return np.fromiter(connection.execute(query.order_by(InrRow.shape_key)).scalars(), np.int64)


def _encoded(connection: Connection, model_key: int, keys: Iterable[int]) -> dict[int, str]:
    """Profile of the network that each shape's embedding was made from: the oldest of the store's model."""
    query = select(InrRow.shape_key, InrRow.profile).where(InrRow.model_key == model_key)
    query = query.order_by(InrRow.id.desc())  # so that the oldest is seen last and wins
    parts = chunks(list(keys))
    rows = (row for part in parts for row in connection.execute(query.where(InrRow.shape_key.in_(part))))
    return {row[0]: row[1] for row in rows}


def _check(inrs: Sequence[Inr], who: str, field: str, own: ModelFacts, models: Models, encoded: str | None) -> None:
    check_inrs(inrs, who, models)
    for inr in inrs:
        if inr.field != field:
            raise BadInput(f"{who}: its field is {field}, so a network of {inr.field} is not of this shape")
        if (inr.model, inr.profile) == (own.id, encoded):
            raise BadInput(
                f"{who}: its embedding was made from the network of profile {encoded!r}, which must stay; "
                "to fit it anew remove the shape and ingest it again"
            )


def _replace(
    connection: Connection, model_key: int, shard: Written, pairs: Pairs, live: Mapping[int, tuple[str, str]]
) -> None:
    """Entries of a new shard, in the place of those of the same shape, model and profile."""
    gone = delete(InrRow).where(
        InrRow.shape_key == bindparam("k"), InrRow.profile == bindparam("p"), InrRow.model_key == model_key
    )
    connection.execute(gone, [{"k": key, "p": inr.profile} for key, inr in pairs])
    rows = {row: pair for row, pair in enumerate(pairs) if pair[0] in live}
    insert_inrs(connection, model_key, shard, rows)
