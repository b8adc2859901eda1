"""What the database of a catalogue offers: the extension `vector`, in which version, and its types."""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import text
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError

from inrstore.errors import BadInput, MissingDependency

if TYPE_CHECKING:
    from inrstore.store import Store

HALVES, ITERATES = (0, 7), (0, 8)
"""The versions that brought `halfvec`, and scans that go on until enough rows fulfil the conditions."""


@dataclass(frozen=True)
class Extension:
    """The version of the extension."""

    version: tuple[int, ...]

    @property
    def type(self) -> str:
        """Of a column of embeddings: 16 bits a number where the extension has that, else 32."""
        return "halfvec" if self.version >= HALVES else "vector"

    @property
    def most(self) -> int:
        """Numbers of a row, at most, that can be indexed."""
        return 4000 if self.type == "halfvec" else 2000

    @property
    def iterates(self) -> bool:
        return self.version >= ITERATES


def require(store: Store) -> None:
    """Errors: BadInput unless the catalogue is in PostgreSQL; MissingDependency without the package pgvector."""
    catalog = store.catalog
    if catalog.engine.dialect.name != "postgresql":
        raise BadInput(
            f"backend pgvector needs the catalogue in PostgreSQL, and that of {store.url} is {catalog.where}: take "
            "another backend (auto chooses one), or make the store with --catalog postgresql://host/name"
        )
    types()


def types() -> Any:
    """The module with the column types; MissingDependency with the command that installs it."""
    try:
        return importlib.import_module("pgvector.sqlalchemy")
    except ImportError as error:
        raise MissingDependency(
            "backend pgvector needs the package pgvector, which is not installed: pip install 'inrstore[postgres]'"
        ) from error


def installed(connection: Connection) -> Extension | None:
    """The extension as this database has it, or None."""
    found = connection.execute(text("SELECT extversion FROM pg_extension WHERE extname = 'vector'")).scalar()
    return None if found is None else Extension(tuple(int(part) for part in str(found).split(".")))


def install(store: Store) -> Extension:
    """The extension, created in the database if need be. Errors: BadInput where the server does not let us."""
    with store.catalog.read() as connection:
        if found := installed(connection):
            return found
    try:
        with store.catalog.engine.begin() as connection:
            connection.execute(text("CREATE EXTENSION IF NOT EXISTS vector"))
            made = installed(connection)
    except DBAPIError as error:
        line = str(error.orig).splitlines()[0]
        raise BadInput(
            f"the database {store.catalog.where} has no extension vector, and does not make it ({line}): install "
            "pgvector on its server, and let its administrator run CREATE EXTENSION vector there"
        ) from error
    assert made
    return made
