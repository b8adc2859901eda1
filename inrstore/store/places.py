"""Rows of shapes in a shard that one process writes for many of them: added later, those that are there replaced."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeVar

from sqlalchemy import delete

from .backing import Backing
from .insert import insert_places
from .read import chunks, live_fields
from .shards import Written
from .staging import Staging
from .tables import PartLabelRow, ThumbnailRow

Value = TypeVar("Value")
Write = Callable[[Staging, Mapping[str, Value]], tuple[Written, list[str]] | None]


def replace_places(
    backing: Backing,
    given: Mapping[int, Value],
    check: Callable[[Value, str], None],
    write: Write[Value],
    table: type[PartLabelRow] | type[ThumbnailRow],
) -> int:
    """Stores values by shape key, all or none: the shard first, then one transaction. How many shapes have theirs now.

    Errors: as `check`, which is told whose a value is; StorageFull.
    """
    wanted = {int(key): value for key, value in given.items()}  # NumPy's integers are no values for a database
    with backing.catalog.read() as connection:
        ids = {key: sha256 for key, (sha256, _) in live_fields(connection, wanted).items()}
    for key, sha256 in ids.items():
        check(wanted[key], f"shape {sha256[:12]}")
    with backing.staging() as stage:
        made = write(stage, {sha256: wanted[key] for key, sha256 in ids.items()})
        with stage.transaction() as connection:
            live = live_fields(connection, ids)
            if made and live:
                shard, there = made
                keys = {sha256: key for key, sha256 in ids.items() if key in live}
                positions = {keys[sha256]: row for row, sha256 in enumerate(there) if sha256 in keys}
                for part in chunks(list(positions)):
                    connection.execute(delete(table).where(table.shape_key.in_(part)))
                insert_places(stage, connection, table, shard, positions)
    return len(live)
