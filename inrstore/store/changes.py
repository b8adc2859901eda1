"""How a change of the catalogue alone is made: in one transaction, and not at all where nothing changes."""

from __future__ import annotations

from collections.abc import Callable, Sized
from typing import TypeVar

from sqlalchemy.engine import Connection

from .connection import Catalog

Found = TypeVar("Found", bound=Sized)


def apply(catalog: Catalog, changes: Callable[[Connection], Found], write: Callable[[Connection, Found], None]) -> int:
    """How many things changed. Readers and writers are left alone when there is nothing to do."""
    with catalog.read() as connection:
        if not changes(connection):
            return 0
    with catalog.write() as connection:
        found = changes(connection)  # again: others may have been faster
        write(connection, found)
        return len(found)
