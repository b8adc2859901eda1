"""Labels that somebody has said are not right for shapes, so that they are not proposed again."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import partial

from sqlalchemy import bindparam, delete, insert, select
from sqlalchemy.engine import Connection

from inrstore.errors import BadInput

from .changes import apply
from .connection import Catalog
from .read import LIVE, chunks, live_fields, storable
from .references import Ref, find_keys
from .tables import RefusalRow, ShapeRow, now
from .where import check_tag_names

Refusal = tuple[int, str]
"""Key of a shape, and a label that is not right for it."""


def refuse(catalog: Catalog, labels: Iterable[tuple[Ref, str]], name: str, refused: bool) -> int:
    """See `Store.refuse`."""
    many = list(labels)
    for _, label in many:
        if not isinstance(label, str) or not label:
            raise BadInput(f"labels: {label!r} is no label that could be refused")
    if name != "label":
        check_tag_names([name], "name")
    return apply(catalog, lambda connection: _changes(connection, many, name, refused), partial(_write, name, refused))


def refusals(catalog: Catalog, name: str) -> dict[int, frozenset[str]]:
    """See `Store.refusals`."""
    query = select(RefusalRow.shape_key, RefusalRow.label).join(ShapeRow).where(LIVE, RefusalRow.name == storable(name))
    found: dict[int, set[str]] = defaultdict(set)
    with catalog.read() as connection:
        for key, label in connection.execute(query.order_by(RefusalRow.shape_key)):
            found[key].add(label)
    return {key: frozenset(labels) for key, labels in found.items()}


def _changes(connection: Connection, labels: Sequence[tuple[Ref, str]], name: str, refused: bool) -> list[Refusal]:
    """Of stored shapes, each once: what is not refused yet, or what is if it is to be taken back."""
    keys = find_keys(connection, [ref for ref, _ in labels]).tolist()
    live = live_fields(connection, set(keys))
    asked = [(key, storable(label)) for key, (_, label) in zip(keys, labels, strict=True) if key in live]
    query = select(RefusalRow.shape_key, RefusalRow.label).where(RefusalRow.name == storable(name))
    parts = chunks(list(live))
    rows = (row for part in parts for row in connection.execute(query.where(RefusalRow.shape_key.in_(part))))
    there = {(row[0], row[1]) for row in rows}
    return [one for one in dict.fromkeys(asked) if (one in there) != refused]


def _write(name: str, refused: bool, connection: Connection, found: list[Refusal]) -> None:
    if not found:
        return
    if refused:
        facts = {"name": storable(name), "refused": now()}
        connection.execute(insert(RefusalRow), [{"shape_key": key, "label": label, **facts} for key, label in found])
        return
    gone = delete(RefusalRow).where(RefusalRow.name == storable(name))
    gone = gone.where(RefusalRow.shape_key == bindparam("k"), RefusalRow.label == bindparam("l"))
    connection.execute(gone, [{"k": key, "l": label} for key, label in found])
