"""A store with something in it, and databases to have its catalogue in."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from inrstore.store import Store, init_store
from tests.shapes import new_shape


@pytest.fixture
def ten(store: Store, tiny_model: Any) -> Store:
    """Shapes 0 to 9, in the order of their keys."""
    store.commit([new_shape(tiny_model, number) for number in range(10)])
    return store


@pytest.fixture(scope="session")
def new_database() -> Iterator[Callable[[], str]]:
    """Makes an empty PostgreSQL database and returns its URL."""
    pgserver = pytest.importorskip("pgserver", reason="needs a PostgreSQL server: pip install pgserver")
    pytest.importorskip("psycopg", reason="needs the PostgreSQL driver: pip install 'inrstore[postgres]'")
    folder = tempfile.mkdtemp(prefix="inrstore-postgres-")  # pytest's own lets in no other user, as a server is
    server, numbers = pgserver.get_server(folder), count()

    def make() -> str:
        name = f"test{next(numbers)}"
        server.psql(f"CREATE DATABASE {name};")
        return str(server.get_uri(name))

    yield make
    server.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(params=["sqlite", "postgresql"])
def each_ten(request: pytest.FixtureRequest, tmp_path: Path, tiny_model: Any) -> Iterator[Store]:
    """As `ten`, with its catalogue in SQLite, then in PostgreSQL."""
    url = request.getfixturevalue("new_database")() if request.param == "postgresql" else None
    store = init_store(tmp_path / "x", tiny_model, catalog_url=url)
    store.commit([new_shape(tiny_model, number) for number in range(10)])
    yield store
    store.close()
