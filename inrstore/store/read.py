"""Reading the catalogue: shapes by key, id or condition, their networks and sources."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import ColumnElement, Select, String, bindparam, cast, func, or_, select
from sqlalchemy.engine import Connection, Row

from inrstore.records import Shape, StoredInr

from .tables import BaseRow, InrRow, LabelRow, ShapeRow, SourceRow, TagRow

CHUNK = 1000
"""Values in one IN (...), below every database's limit."""
LIVE = ShapeRow.removed == 0
Where = Sequence[ColumnElement[bool]]
"""Conditions on `ShapeRow` that must all hold, see `where.Where.sql`."""
T = TypeVar("T")
KEYS: Any = bindparam("keys", expanding=True)
# Made once: to make a query takes longer than to run it.
FIELDS = select(ShapeRow.key, ShapeRow.sha256, ShapeRow.field).where(LIVE, ShapeRow.key.in_(KEYS))
SHAPES = select(ShapeRow.__table__, LabelRow.name.label("label")).join(LabelRow, isouter=True).where(LIVE)
SHAPES_BY_KEY = SHAPES.where(ShapeRow.key.in_(KEYS))
PATHS = select(SourceRow.shape_key, SourceRow.path).where(SourceRow.shape_key.in_(KEYS)).order_by(SourceRow.id)
TAGS = select(TagRow.shape_key, TagRow.name, TagRow.value).where(TagRow.shape_key.in_(KEYS)).order_by(TagRow.name)


def chunks(items: Sequence[T], size: int = CHUNK) -> Iterator[Sequence[T]]:
    return (items[start : start + size] for start in range(0, len(items), size))


def storable(text: str) -> str:
    """Text that every database takes: file names that are not UTF-8 and NULs become backslash escapes."""
    return text.encode("utf-8", "backslashreplace").decode().replace("\x00", "\\x00")


def live_keys(connection: Connection, ids: Sequence[str]) -> dict[str, int]:
    """Keys of those ids that are stored and not removed."""
    query = select(ShapeRow.sha256, ShapeRow.key).where(LIVE)
    rows = (row for part in chunks(ids) for row in connection.execute(query.where(ShapeRow.sha256.in_(part))))
    return {row[0]: row[1] for row in rows}


def live_fields(connection: Connection, keys: Iterable[int]) -> dict[int, tuple[str, str]]:
    """Id and field of the live shapes among the keys."""
    rows = (row for part in chunks(list(keys)) for row in connection.execute(FIELDS, {"keys": part}))
    return {row[0]: (row[1], row[2]) for row in rows}


def integers(connection: Connection, query: Select[Any]) -> NDArray[np.int64]:
    """(n,) what a query selects, one column of integers, ascending, each once.

    They come as one text: that takes a fifth of the time of as many rows. A database's longest text, of a gigabyte,
    has a hundred million keys.
    """
    joined = func.aggregate_strings(cast(query.selected_columns[0], String), ",")
    text = connection.execute(query.with_only_columns(joined, maintain_column_froms=True).order_by(None)).scalar()
    found = np.fromstring(text, np.int64, sep=",") if text else np.empty(0, np.int64)
    return found if np.all(found[1:] > found[:-1]) else np.unique(found)


def live_integers(connection: Connection, query: Select[Any]) -> NDArray[np.int64]:
    """As `integers`, of a query for keys of shapes: without those of removed ones, for which none need be looked at."""
    found = integers(connection, query)
    return found[~np.isin(found, removed_keys(connection))]


def count(connection: Connection, where: Where = ()) -> int:
    return int(connection.execute(select(func.count()).select_from(ShapeRow).where(LIVE, *where)).scalar_one())


def keys(connection: Connection, where: Where = ()) -> NDArray[np.int64]:
    """(n,) keys, ascending, of the live shapes that fulfil every condition."""
    return integers(connection, select(ShapeRow.key).where(LIVE, *where))


def removed_keys(connection: Connection) -> NDArray[np.int64]:
    """(n,) keys, ascending, of removed shapes whose rows no compaction has dropped yet."""
    return integers(connection, select(ShapeRow.removed).where(ShapeRow.removed != 0))


def ids(connection: Connection, where: Where = ()) -> dict[int, str]:
    """Ids of the live shapes that fulfil every condition, by key, ascending."""
    query = select(ShapeRow.key, ShapeRow.sha256).where(LIVE, *where).order_by(ShapeRow.key)
    return {row[0]: row[1] for row in connection.execute(query)}


def values(connection: Connection, name: str, where: Where = ()) -> dict[int, str]:
    """The label (where `name` is label) or the tag of this name by key, of live shapes that have one."""
    query: Any
    if name == "label":
        query = select(ShapeRow.key, LabelRow.name).join(LabelRow)
    else:
        query = select(ShapeRow.key, TagRow.value).join(TagRow, TagRow.shape_key == ShapeRow.key)
        query = query.where(TagRow.name == name)
    return {row[0]: row[1] for row in connection.execute(query.where(LIVE, *where).order_by(ShapeRow.key))}


def page(connection: Connection, where: Where, after: int, size: int) -> list[Shape]:
    """The next live shapes by key."""
    query = SHAPES.where(ShapeRow.key > after, *where).order_by(ShapeRow.key)
    return complete(connection, connection.execute(query.limit(size)).all())


def shapes_by_key(connection: Connection, keys: Sequence[int]) -> dict[int, Shape]:
    """Live shapes among the keys; those that are removed or unknown are left out."""
    parts = chunks([int(key) for key in dict.fromkeys(keys)])
    rows = [row for part in parts for row in connection.execute(SHAPES_BY_KEY, {"keys": part})]
    return {shape.key: shape for shape in complete(connection, rows)}


def inrs(connection: Connection, key: int) -> list[StoredInr]:
    """The networks of a shape, oldest first."""
    query = (
        select(BaseRow.id, InrRow.profile, InrRow.encoded, InrRow.field, InrRow.error, InrRow.steps)
        .join(BaseRow, BaseRow.key == InrRow.base_key)
        .where(InrRow.shape_key == int(key))
        .order_by(InrRow.id)
    )
    return [StoredInr(*row) for row in connection.execute(query)]


def known_sources(connection: Connection) -> dict[str, str]:
    """Hash of each source path's bytes when it was last stored."""
    query = select(SourceRow.path, SourceRow.sha256).join(ShapeRow, ShapeRow.key == SourceRow.shape_key)
    return {row[0]: row[1] for row in connection.execute(query.where(LIVE).order_by(SourceRow.id))}


def known_source_hashes(connection: Connection, hashes: Sequence[str] | None = None) -> dict[str, int]:
    """Key of the shape that a whole file with these bytes became; of all files, or of those with these hashes."""
    query = select(SourceRow.sha256, SourceRow.shape_key).join(ShapeRow, ShapeRow.key == SourceRow.shape_key)
    whole = or_(SourceRow.file.is_(None), SourceRow.file == SourceRow.path)  # not one of several objects in it
    query = query.where(LIVE, whole).order_by(SourceRow.id)
    if hashes is None:
        return {row[0]: row[1] for row in connection.execute(query)}
    parts = chunks(list(hashes))
    return {row[0]: row[1] for part in parts for row in connection.execute(query.where(SourceRow.sha256.in_(part)))}


def complete(connection: Connection, rows: Sequence[Row[Any]]) -> list[Shape]:
    """Rows of `SHAPES` with their sources and tags."""
    sources: dict[int, list[str]] = defaultdict(list)
    tags: dict[int, dict[str, str]] = defaultdict(dict)
    for part in chunks([row.key for row in rows]):
        for key, path in connection.execute(PATHS, {"keys": part}):
            sources[key].append(path)
        for key, name, value in connection.execute(TAGS, {"keys": part}):
            tags[key][name] = value
    return [_shape(row, tuple(sources[row.key]), tags[row.key]) for row in rows]


def _shape(row: Row[Any], sources: tuple[str, ...], tags: dict[str, str]) -> Shape:
    return Shape(
        key=row.key,
        id=row.sha256,
        name=row.name,
        field=row.field,
        kind=row.kind,
        center=(row.center_x, row.center_y, row.center_z),
        scale=row.scale,
        rotation=None if row.rotation is None else tuple(row.rotation),
        label=row.label,
        tags=tags,
        quality=row.quality,
        sources=sources,
        created=row.created,
    )
