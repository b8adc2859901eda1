"""Labels and tags of stored shapes, changed: in one transaction, and not at all where nothing changes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from typing import TypeVar

from sqlalchemy import bindparam, delete, insert, select, update
from sqlalchemy.engine import Connection

from inrstore.errors import BadInput

from . import sentences, texts
from .changes import apply
from .connection import Catalog
from .insert import label_ids
from .read import LIVE, chunks, storable
from .references import AnyRef, Refs, by_key, find_keys, find_live_keys, listed
from .tables import LabelRow, ShapeRow, TagRow
from .where import check_tag_names

Label = str | None
Tags = Mapping[str, str | None]
"""Values by name; None removes the tag."""
Value = TypeVar("Value")
Change = Callable[[Connection], dict[int, Value]]
"""What is to be changed, by key, given what is there."""


def label(catalog: Catalog, shapes: Refs, label: Label) -> int:
    """See `Store.label`."""
    many = listed(shapes)  # an iterator could not be asked twice
    return _relabel(catalog, lambda connection: dict.fromkeys(find_live_keys(connection, many).tolist(), label))


def relabel(catalog: Catalog, labels: Mapping[AnyRef, Label]) -> int:
    """See `Store.relabel`."""
    return _relabel(catalog, lambda connection: by_key(labels, find_keys(connection, list(labels))))


def tag(catalog: Catalog, shapes: Refs, tags: Tags) -> int:
    """See `Store.tag`."""
    many = listed(shapes)
    return _retag(catalog, lambda connection: dict.fromkeys(find_live_keys(connection, many).tolist(), tags))


def retag(catalog: Catalog, tags: Mapping[AnyRef, Tags]) -> int:
    """See `Store.retag`."""
    return _retag(catalog, lambda connection: by_key(tags, find_keys(connection, list(tags))))


def _relabel(catalog: Catalog, asked: Change[Label]) -> int:
    return apply(catalog, lambda connection: _label_changes(connection, asked(connection)), _write_labels)


def _retag(catalog: Catalog, asked: Change[Tags]) -> int:
    return apply(catalog, lambda connection: _tag_changes(connection, asked(connection)), _write_tags)


def _label_changes(connection: Connection, asked: Mapping[int, Label]) -> dict[int, Label]:
    """Labels that differ from what the live shapes have."""
    for name in {value for value in asked.values() if value is not None}:
        if not isinstance(name, str):
            raise BadInput(f"label: {name!r} is no text")
    query = select(ShapeRow.key, LabelRow.name).join(LabelRow, isouter=True).where(LIVE)
    parts = chunks(list(asked))
    rows = (row for part in parts for row in connection.execute(query.where(ShapeRow.key.in_(part))))
    wanted = {key: storable(name) if name else None for key, name in asked.items()}
    return {key: wanted[key] for key, name in rows if name != wanted[key]}


def _write_labels(connection: Connection, changes: Mapping[int, Label]) -> None:
    ids = label_ids(connection, {name for name in changes.values() if name})
    groups: dict[Label, list[int]] = defaultdict(list)
    for key, name in changes.items():
        groups[name].append(key)
    for name, keys in groups.items():
        for part in chunks(keys):
            query = update(ShapeRow).where(ShapeRow.key.in_(part))
            connection.execute(query.values(label_id=ids[name] if name else None))
    texts.renew(connection, changes)
    sentences.outdate(connection, list(changes))


def _tag_changes(connection: Connection, asked: Mapping[int, Tags]) -> dict[int, dict[str, str | None]]:
    """Tags that differ from what the live shapes have."""
    check_tag_names({str(name) for tags in asked.values() for name, value in tags.items() if value is not None}, "tag")
    present = _tags(connection, asked)
    changes = {}
    for key, had in present.items():
        wanted = {storable(str(n)): None if v is None else storable(str(v)) for n, v in asked[key].items()}
        if differing := {name: value for name, value in wanted.items() if had.get(name) != value}:
            changes[key] = differing
    return changes


def _tags(connection: Connection, keys: Iterable[int]) -> dict[int, dict[str, str]]:
    """Tags of the live shapes among the keys."""
    query = select(ShapeRow.key, TagRow.name, TagRow.value).join(TagRow, isouter=True).where(LIVE)
    found: dict[int, dict[str, str]] = defaultdict(dict)
    for part in chunks(list(keys)):
        for key, name, value in connection.execute(query.where(ShapeRow.key.in_(part))):
            found[key].update({} if name is None else {name: value})
    return found


def _write_tags(connection: Connection, changes: Mapping[int, Mapping[str, str | None]]) -> None:
    rows = [{"k": key, "n": name, "v": value} for key, tags in changes.items() for name, value in tags.items()]
    if not rows:
        return
    gone = delete(TagRow).where(TagRow.shape_key == bindparam("k"), TagRow.name == bindparam("n"))
    connection.execute(gone, [{"k": row["k"], "n": row["n"]} for row in rows])
    values = [{"shape_key": row["k"], "name": row["n"], "value": row["v"]} for row in rows if row["v"] is not None]
    if values:
        connection.execute(insert(TagRow), values)
    texts.renew(connection, changes)
    sentences.outdate(connection, list(changes))
