"""Where the contents of shapes were found: files looked up by path or by bytes, and further places noted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import Select, delete, select
from sqlalchemy.engine import Connection, Row

from inrstore.records import Part, Source

from . import insert, texts
from .connection import Catalog
from .read import LIVE, chunks, live_fields, storable
from .tables import FailureRow, ShapeRow, SourceRow


def storable_source(source: Source) -> Source:
    """With text that every database takes."""
    return replace(source, path=storable(source.path), part=source.part and storable_part(source.part))


def storable_part(part: Part) -> Part:
    """With text that every database takes."""
    return replace(part, file=storable(part.file), name=None if part.name is None else storable(part.name))


def sources_at(connection: Connection, paths: Sequence[str]) -> dict[str, tuple[str, int]]:
    """See `Shapes.sources_at`."""
    given = {storable(path): path for path in paths}
    rows: list[Row[Any]] = []
    for part in chunks(list(given)):
        rows += connection.execute(_live().where(SourceRow.path.in_(part)))
    return {given[row.path]: (row.sha256, row.shape_key) for row in sorted(rows, key=lambda row: int(row.id))}


def sources_by_hash(connection: Connection, hashes: Sequence[str]) -> list[tuple[int, Source]]:
    """See `Shapes.sources_by_hash`."""
    rows: list[Row[Any]] = []
    for part in chunks(list(dict.fromkeys(hashes))):
        rows += connection.execute(_live().where(SourceRow.sha256.in_(part)))
    return [(row.shape_key, _source(row)) for row in sorted(rows, key=lambda row: int(row.id))]


def sources_of(connection: Connection, key: int) -> list[Source]:
    """See `Shapes.sources`."""
    return [
        _source(row) for row in connection.execute(_live().where(SourceRow.shape_key == key).order_by(SourceRow.id))
    ]


def add_sources(catalog: Catalog, sources: Sequence[tuple[int, Source]]) -> list[str]:
    """See `Shapes.add_sources`."""
    with catalog.write() as connection:
        live = live_fields(connection, {key for key, _ in sources})
        there = [(key, storable_source(source)) for key, source in sources if key in live]
        if there:
            insert.insert_source_rows(connection, there)
        for part in chunks([source.path for _, source in there]):
            connection.execute(delete(FailureRow).where(FailureRow.path.in_(part)))
        texts.renew(connection, live)
    return [source.path for key, source in sources if key not in live]


def _live() -> Select[Any]:
    return select(SourceRow.__table__).join(ShapeRow, ShapeRow.key == SourceRow.shape_key).where(LIVE)


def _source(row: Row[Any]) -> Source:
    part = None
    if row.file is not None:
        part = Part(row.file, row.parts, row.name, None if row.transform is None else tuple(row.transform))
    return Source(row.path, row.sha256, row.bytes, part)
