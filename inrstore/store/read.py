"""Reading the catalogue: shapes by id, path or condition; where their vectors lie."""

from __future__ import annotations

import os
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.engine import Connection, Row
from sqlalchemy.orm import InstrumentedAttribute

from inrstore.errors import AmbiguousShape, ShapeNotFound
from inrstore.records import Shape, StoredInr

from .tables import InrRow, LabelRow, ModelRow, ShapeRow, SourceRow, TagRow

CHUNK = 1000
"""Values in one IN (...), below every database's limit."""
LIVE = ShapeRow.removed == 0
T = TypeVar("T")


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
    query = select(ShapeRow.key, ShapeRow.sha256, ShapeRow.field).where(LIVE)
    parts = chunks(list(keys))
    rows = (row for part in parts for row in connection.execute(query.where(ShapeRow.key.in_(part))))
    return {row[0]: (row[1], row[2]) for row in rows}


def count(connection: Connection) -> int:
    return int(connection.execute(select(func.count()).select_from(ShapeRow).where(LIVE)).scalar_one())


def keys(connection: Connection, where: Mapping[str, str] | None = None) -> NDArray[np.int64]:
    """(n,) keys, ascending, of the live shapes that fulfil every condition; see `Store.shapes`."""
    query = _restricted(select(ShapeRow.key).where(LIVE), where)
    return np.fromiter(connection.execute(query).scalars(), np.int64)


def values(connection: Connection, name: str, where: Mapping[str, str] | None = None) -> dict[int, str]:
    """The label (where `name` is label) or the tag of this name by key, of live shapes that have one."""
    query: Any
    if name == "label":
        query = select(ShapeRow.key, LabelRow.name).join(LabelRow)
    else:
        query = select(ShapeRow.key, TagRow.value).join(TagRow, TagRow.shape_key == ShapeRow.key)
        query = query.where(TagRow.name == name)
    return {row[0]: row[1] for row in connection.execute(_restricted(query.where(LIVE), where))}


def shapes(
    connection: Connection,
    where: Mapping[str, str] | None = None,
    ids: Sequence[str] | None = None,
    limit: int | None = None,
) -> list[Shape]:
    """Live shapes that fulfil every condition, by key; see `Store.shapes`."""
    query = _restricted(_shape_query(), where)
    if ids is None:
        return _complete(connection, connection.execute(query.limit(limit)).all())
    parts = (query.where(ShapeRow.sha256.in_(part)) for part in chunks(list(dict.fromkeys(ids))))
    rows = sorted((row for part in parts for row in connection.execute(part)), key=lambda row: int(row.key))
    return _complete(connection, rows[:limit])


def shapes_by_key(connection: Connection, keys: Sequence[int]) -> dict[int, Shape]:
    """Live shapes among the keys; those that are removed or unknown are left out."""
    query = _shape_query()
    parts = chunks([int(key) for key in dict.fromkeys(keys)])
    rows = [row for part in parts for row in connection.execute(query.where(ShapeRow.key.in_(part)))]
    return {shape.key: shape for shape in _complete(connection, rows)}


def find(connection: Connection, ref: str) -> Shape:
    """The shape of a full id, an id prefix of four digits or more, or a source path."""
    if re.fullmatch("[0-9a-fA-F]{4,64}", ref):
        low = ref.lower()
        query = _shape_query().where(ShapeRow.sha256 >= low, ShapeRow.sha256 < low + "g")
        rows = connection.execute(query.limit(3)).all()
        if len(rows) > 1:
            some = ", ".join(row.sha256[: len(ref) + 6] for row in rows)
            raise AmbiguousShape(f"{ref} begins several ids ({some}, …); give more digits")
        if rows:
            return _complete(connection, rows)[0]
    if key := _key_of_path(connection, storable(ref)):
        return shapes_by_key(connection, [key])[key]
    raise ShapeNotFound(
        f"no shape has the id, id prefix (at least 4 digits) or source path {ref!r}; "
        "'inrstore list' lists what is stored"
    )


def inrs(connection: Connection, key: int) -> list[StoredInr]:
    """The networks of a shape, oldest first."""
    query = (
        select(ModelRow.id, InrRow.profile, InrRow.field, InrRow.error, InrRow.steps)
        .join(ModelRow, ModelRow.key == InrRow.model_key)
        .where(InrRow.shape_key == int(key))
        .order_by(InrRow.id)
    )
    return [StoredInr(*row) for row in connection.execute(query)]


def known_sources(connection: Connection) -> dict[str, str]:
    """Hash of each source path's bytes when it was last stored."""
    query = select(SourceRow.path, SourceRow.sha256).join(ShapeRow, ShapeRow.key == SourceRow.shape_key)
    return {row[0]: row[1] for row in connection.execute(query.where(LIVE).order_by(SourceRow.id))}


def known_source_hashes(connection: Connection, hashes: Sequence[str] | None = None) -> dict[str, int]:
    """Key of the shape that a file with these bytes became; of all files, or of those with one of the hashes."""
    query = select(SourceRow.sha256, SourceRow.shape_key).join(ShapeRow, ShapeRow.key == SourceRow.shape_key)
    query = query.where(LIVE).order_by(SourceRow.id)
    parts = [query] if hashes is None else [query.where(SourceRow.sha256.in_(part)) for part in chunks(hashes)]
    return {row[0]: row[1] for part in parts for row in connection.execute(part)}


def _shape_query() -> Select[Any]:
    return select(ShapeRow.__table__, LabelRow.name.label("label")).join(LabelRow, isouter=True).where(LIVE)


def _restricted(query: Select[Any], where: Mapping[str, str] | None) -> Select[Any]:
    """With every condition, by key."""
    conditions = (_condition(name, str(value)) for name, value in (where or {}).items())
    return query.where(*conditions).order_by(ShapeRow.key)


def _condition(name: str, value: str) -> ColumnElement[bool]:
    columns = {"name": ShapeRow.name, "field": ShapeRow.field, "kind": ShapeRow.kind, "id": ShapeRow.sha256}
    if name in columns:
        return _matches(columns[name], value)
    if name == "label":  # a subquery finds the few label ids first, so the index on label_id serves
        return ShapeRow.label_id.in_(select(LabelRow.id).where(_matches(LabelRow.name, value)))
    if name == "source":
        found = select(SourceRow.shape_key).where(_matches(SourceRow.path, value))
        return ShapeRow.key.in_(found)
    return ShapeRow.key.in_(select(TagRow.shape_key).where(TagRow.name == name, _matches(TagRow.value, value)))


def _matches(column: InstrumentedAttribute[str], value: str) -> ColumnElement[bool]:
    """Equal, or like a pattern where * stands for anything."""
    if "*" not in value:
        return column == value
    escaped = re.sub(r"([%_\\])", r"\\\1", value)
    return column.like(escaped.replace("*", "%"), escape="\\")


def _key_of_path(connection: Connection, path: str) -> int | None:
    """The shape that a path named last, as given or made absolute."""
    candidates = [path] if "://" in path else [path, os.path.abspath(path), os.path.realpath(path)]
    query = select(SourceRow.shape_key).join(ShapeRow, ShapeRow.key == SourceRow.shape_key)
    query = query.where(LIVE, SourceRow.path.in_(candidates)).order_by(SourceRow.id.desc())
    return connection.execute(query.limit(1)).scalar()


def _complete(connection: Connection, rows: Sequence[Row[Any]]) -> list[Shape]:
    """Rows of `_shape_query` with their sources and tags."""
    sources: dict[int, list[str]] = defaultdict(list)
    tags: dict[int, dict[str, str]] = defaultdict(dict)
    for part in chunks([row.key for row in rows]):
        found = select(SourceRow.shape_key, SourceRow.path).where(SourceRow.shape_key.in_(part))
        for key, path in connection.execute(found.order_by(SourceRow.id)):
            sources[key].append(path)
        named = select(TagRow.shape_key, TagRow.name, TagRow.value).where(TagRow.shape_key.in_(part))
        for key, name, value in connection.execute(named.order_by(TagRow.name)):
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
