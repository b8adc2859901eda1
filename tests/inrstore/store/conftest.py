"""A store with something in it, and databases to have its catalogue in."""

from __future__ import annotations

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
def new_database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[], str]]:
    """Makes an empty PostgreSQL database and returns its URL."""
    pgserver = pytest.importorskip("pgserver", reason="needs a PostgreSQL server: pip install pgserver")
    pytest.importorskip("psycopg", reason="needs the PostgreSQL driver: pip install 'inrstore[postgres]'")
    server, numbers = pgserver.get_server(tmp_path_factory.mktemp("postgres")), count()

    def make() -> str:
        name = f"test{next(numbers)}"
        server.psql(f"CREATE DATABASE {name};")
        return str(server.get_uri(name))

    yield make
    server.cleanup()


@pytest.fixture(params=["sqlite", "postgresql"])
def each_ten(request: pytest.FixtureRequest, tmp_path: Path, tiny_model: Any) -> Iterator[Store]:
    """As `ten`, with its catalogue in SQLite, then in PostgreSQL."""
    url = request.getfixturevalue("new_database")() if request.param == "postgresql" else None
    store = init_store(tmp_path / "x", tiny_model, catalog_url=url)
    store.commit([new_shape(tiny_model, number) for number in range(10)])
    yield store
    store.close()
