"""Where the contents of shapes were found: files looked up by path or by bytes, and further places noted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import delete, select
from sqlalchemy.engine import Connection

from . import insert
from .connection import Catalog
from .read import LIVE, chunks, live_fields, storable
from .tables import FailureRow, ShapeRow, SourceRow


def sources_at(connection: Connection, paths: Sequence[str]) -> dict[str, tuple[str, int]]:
    """See `Shapes.sources_at`."""
    given = {storable(path): path for path in paths}
    query = select(SourceRow.path, SourceRow.sha256, SourceRow.shape_key, SourceRow.id)
    query = query.join(ShapeRow, ShapeRow.key == SourceRow.shape_key).where(LIVE)
    rows = [row for part in chunks(list(given)) for row in connection.execute(query.where(SourceRow.path.in_(part)))]
    return {given[row[0]]: (row[1], row[2]) for row in sorted(rows, key=lambda row: int(row[3]))}


def keys_of_bytes(connection: Connection, hashes: Sequence[str]) -> dict[str, int]:
    """See `Shapes.keys_of_bytes`."""
    query = select(SourceRow.sha256, SourceRow.shape_key, SourceRow.id)
    query = query.join(ShapeRow, ShapeRow.key == SourceRow.shape_key).where(LIVE)
    parts = chunks(list(dict.fromkeys(hashes)))
    rows = [row for part in parts for row in connection.execute(query.where(SourceRow.sha256.in_(part)))]
    return {row[0]: row[1] for row in sorted(rows, key=lambda row: int(row[2]))}


def add_sources(catalog: Catalog, sources: Mapping[str, tuple[int, str, int]]) -> list[str]:
    """See `Shapes.add_sources`."""
    with catalog.write() as connection:
        live = live_fields(connection, {key for key, _, _ in sources.values()})
        there = {storable(path): path for path, (key, _, _) in sources.items() if key in live}
        rows = {(name, sources[path][0]): sources[path][1:] for name, path in there.items()}
        if rows:
            insert.insert_source_rows(connection, rows)
        for part in chunks(list(there)):
            connection.execute(delete(FailureRow).where(FailureRow.path.in_(part)))
    return [path for path in sources if storable(path) not in there]
