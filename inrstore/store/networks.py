"""Networks of stored shapes: added later, and read back as whole weights."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import bindparam, delete, select
from sqlalchemy.engine import Connection

from inrstore.errors import BadInput, ModelMismatch, ShapeNotFound
from inrstore.records import FloatArray, Inr

from .backing import Backing
from .checks import as_inr, check_inrs
from .commit import write_inrs
from .connection import Catalog
from .insert import insert_inrs
from .read import LIVE, chunks, live_fields, live_integers
from .reading import fill, paths_of, repeat
from .shards import INRS, Written
from .staging import Staging
from .tables import BaseRow, InrRow, ShapeRow

Pairs = list[tuple[int, Inr]]
"""Shape keys, each with a network."""


@dataclass(frozen=True)
class _Found:
    """A network's place: enough to choose among those of a shape, and to add the base."""

    key: int
    base: str
    profile: str
    field: str
    shard: int
    row: int


def weights(backing: Backing, keys: Sequence[int], base: str | None, profile: str | None) -> FloatArray:
    """See `Store.weights`."""

    def attempt() -> FloatArray:
        with backing.catalog.read() as connection:
            found = _networks(connection, keys, base, profile)
            paths = paths_of(connection, {entry.shard for entry in found})
        bases = {entry.base: backing.parts.base_facts(entry.base) for entry in found}
        if len({facts.siren for facts in bases.values()}) > 1:
            raise ModelMismatch("these networks are of several architectures; name one with base=")
        out = np.empty((len(found), next(iter(bases.values()), backing.base).weights), np.float32)
        fill(backing.storage, INRS, out, paths, _column(found, "shard"), _column(found, "row"))
        begun = [(entry.base, entry.field) for entry in found]
        for which, field in set(begun):
            out[[one == (which, field) for one in begun]] += bases[which].start(field)
        return out

    return repeat(backing.catalog, attempt)


def add_inrs(backing: Backing, inrs: Mapping[int, Sequence[Inr]]) -> int:
    """See `Store.add_inrs`."""
    wanted = {int(key): [as_inr(inr, f"shape {key}") for inr in some] for key, some in inrs.items() if len(some)}
    with backing.catalog.read() as connection:
        shapes = live_fields(connection, wanted)
        encoded = _encoded(connection, shapes)
    groups: dict[str, Pairs] = defaultdict(list)
    for key, (sha256, field) in shapes.items():
        who = f"shape {sha256[:12]}"
        check_inrs(wanted[key], who, backing.parts)
        _check(wanted[key], who, field, encoded.get(key))
        for inr in wanted[key]:
            groups[inr.base].append((key, inr))
    with backing.staging() as stage:
        written = []
        for base_id, pairs in groups.items():
            named = [(shapes[key][0], f"shape {shapes[key][0][:12]}", inr) for key, inr in pairs]
            base = backing.parts.base_facts(base_id)
            written.append((base.key, write_inrs(stage, base, named), pairs))
        with stage.transaction() as connection:
            live = live_fields(connection, shapes)
            for base_key, shard, pairs in written if live else ():
                _replace(stage, connection, base_key, shard, pairs, live)
    return len(live)


def keys_with_profile(catalog: Catalog, profile: str, base: str | None) -> NDArray[np.int64]:
    """See `Store.keys_with_profile`."""
    query = select(InrRow.shape_key).where(InrRow.profile == profile)
    if base is not None:
        query = query.join(BaseRow, BaseRow.key == InrRow.base_key).where(BaseRow.id == base)
    with catalog.read() as connection:
        return live_integers(connection, query)


def _networks(connection: Connection, keys: Sequence[int], base: str | None, profile: str | None) -> list[_Found]:
    """One network for each key, in the order of the keys."""
    query = (
        select(InrRow.shape_key, BaseRow.id, InrRow.profile, InrRow.field, InrRow.shard_id, InrRow.row)
        .join(BaseRow, BaseRow.key == InrRow.base_key)
        .join(ShapeRow, ShapeRow.key == InrRow.shape_key)
        .where(LIVE)
        .order_by(InrRow.encoded, InrRow.id)  # so that the encoded one, else the newest, is seen last and wins
    )
    if base is not None:
        query = query.where(BaseRow.id == base)
    if profile is not None:
        query = query.where(InrRow.profile == profile)
    if base is None and profile is None:
        query = query.where(InrRow.encoded)
    parts = chunks([int(key) for key in dict.fromkeys(keys)])
    rows = (row for part in parts for row in connection.execute(query.where(InrRow.shape_key.in_(part))))
    found = {row[0]: _Found(*row) for row in rows}
    what = f"network of profile {profile or 'any'} and base {base[:12] if base else 'any'}"
    if missing := [key for key in keys if key not in found]:
        raise ShapeNotFound(f"{len(missing)} of {len(keys)} shapes have no {what}, the first is key {missing[0]}")
    return [found[key] for key in keys]


def _column(found: list[_Found], name: str) -> NDArray[np.int64]:
    return np.array([getattr(entry, name) for entry in found], np.int64)


def _encoded(connection: Connection, keys: Iterable[int]) -> dict[int, tuple[str, str]]:
    """Base and profile of the network of each shape that encoders read."""
    query = select(InrRow.shape_key, BaseRow.id, InrRow.profile).join(BaseRow, BaseRow.key == InrRow.base_key)
    query = query.where(InrRow.encoded)
    parts = chunks(list(keys))
    rows = (row for part in parts for row in connection.execute(query.where(InrRow.shape_key.in_(part))))
    return {row[0]: (row[1], row[2]) for row in rows}


def _check(inrs: Sequence[Inr], who: str, field: str, encoded: tuple[str, str] | None) -> None:
    for inr in inrs:
        if inr.field != field:
            raise BadInput(f"{who}: its field is {field}, so a network of {inr.field} is not of this shape")
        if (inr.base, inr.profile) == encoded:
            raise BadInput(
                f"{who}: its embedding was made from the network of profile {inr.profile!r}, which must stay; "
                "to fit it anew remove the shape and ingest it again"
            )


def _replace(
    stage: Staging,
    connection: Connection,
    base_key: int,
    shard: Written,
    pairs: Pairs,
    live: Mapping[int, tuple[str, str]],
) -> None:
    """Entries of a new shard, in the place of those of the same shape, base and profile."""
    gone = delete(InrRow).where(
        InrRow.shape_key == bindparam("k"), InrRow.profile == bindparam("p"), InrRow.base_key == base_key
    )
    connection.execute(gone, [{"k": key, "p": inr.profile} for key, inr in pairs])
    rows = {row: pair for row, pair in enumerate(pairs) if pair[0] in live}
    insert_inrs(stage, connection, base_key, shard, rows)
