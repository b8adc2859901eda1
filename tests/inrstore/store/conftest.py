"""Stores of every backing, with something in them, and databases to have a catalogue in.

`store` and `ten` are, in turn, a directory with SQLite, one with PostgreSQL, and S3 with PostgreSQL. A test of SQLite
or of local files as such takes `local_store` or `local_ten`.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError

from inrstore.store import Store, connection, init_store
from inrstore.store.tables import Table
from tests.s3 import Bucket, bucket
from tests.shapes import new_shape

BACKINGS = ("sqlite", "postgresql", "s3")


@pytest.fixture(params=BACKINGS)
def new_store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[[Any], Store]]:
    """Makes a new, empty store of a model, in each backing."""
    made: list[Store] = []
    lent: list[str] = []

    def lend() -> str:
        spare: list[str] = request.getfixturevalue("spare_databases")
        lent.append(spare.pop() if spare else request.getfixturevalue("new_database")())
        return lent[-1]

    def make(model: Any) -> Store:
        place = tmp_path / f"{len(made)}-shapes.store"
        url = request.getfixturevalue("s3").new_url() if request.param == "s3" else place
        made.append(init_store(url, model, catalog_url=None if request.param == "sqlite" else lend()))
        return made[-1]

    yield make
    for store in made:
        store.close()
    for url in lent:
        if _emptied(url):
            request.getfixturevalue("spare_databases").append(url)


@pytest.fixture(scope="session")
def spare_databases() -> list[str]:
    """Of tests that are over; to empty one takes less time, and much less room, than to make one."""
    return []


def _emptied(url: str) -> bool:
    """Whether a database holds nothing any more; not if somebody still works in it."""
    catalog = connection.connect(url)
    names = ", ".join(Table.metadata.tables)
    try:
        with catalog.engine.begin() as emptying:
            emptying.exec_driver_sql("SET lock_timeout = '2s'")
            emptying.exec_driver_sql(f"TRUNCATE {names} RESTART IDENTITY CASCADE")
    except OperationalError:
        return False
    finally:
        catalog.close()
    return True


@pytest.fixture
def store(new_store: Callable[[Any], Store], tiny_model: Any) -> Store:
    """A new, empty store of the tiny model."""
    return new_store(tiny_model)


@pytest.fixture
def ten(store: Store, tiny_model: Any) -> Store:
    """Shapes 0 to 9, in the order of their keys."""
    return _fill(store, tiny_model)


@pytest.fixture
def local_store(tmp_path: Path, tiny_model: Any) -> Store:
    """A new, empty store in a directory, with SQLite."""
    return init_store(tmp_path / "shapes.store", tiny_model)


@pytest.fixture
def local_ten(local_store: Store, tiny_model: Any) -> Store:
    """As `ten`, in a directory, with SQLite."""
    return _fill(local_store, tiny_model)


@pytest.fixture(scope="session")
def s3(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bucket]:
    """A bucket; what this machine keeps of stores in it goes to a folder of the tests."""
    pytest.importorskip("moto", reason="needs an S3 server: pip install 'moto[s3]' flask flask-cors")
    with bucket() as made, pytest.MonkeyPatch.context() as patched:
        patched.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        yield made


@pytest.fixture(scope="session")
def databases() -> Iterator[Callable[[str], str]]:
    """Makes a PostgreSQL database from a template, and returns its URL."""
    pgserver = pytest.importorskip("pgserver", reason="needs a PostgreSQL server: pip install pgserver")
    pytest.importorskip("psycopg", reason="needs the PostgreSQL driver: pip install 'inrstore[postgres]'")
    folder = tempfile.mkdtemp(prefix="inrstore-postgres-")  # pytest's own lets in no other user, as a server is
    server, numbers = pgserver.get_server(folder), count()
    server.psql("ALTER SYSTEM SET fsync = off; SELECT pg_reload_conf(); CREATE DATABASE with_tables;")
    catalog = connection.connect(server.get_uri("with_tables"))
    connection.create(catalog)
    catalog.close()
    maker = connection.connect(server.get_uri()).engine.execution_options(isolation_level="AUTOCOMMIT")

    def make(template: str) -> str:
        name = f"test{next(numbers)}"
        with maker.connect() as making:
            making.exec_driver_sql(f"CREATE DATABASE {name} TEMPLATE {template}")
        return str(server.get_uri(name))

    yield make
    maker.dispose()
    server.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def new_database(databases: Callable[[str], str]) -> Callable[[], str]:
    """Makes a PostgreSQL database with the tables and nothing in them, and returns its URL."""
    return lambda: databases("with_tables")


@pytest.fixture(scope="session")
def empty_database(databases: Callable[[str], str]) -> Callable[[], str]:
    """Makes a PostgreSQL database without tables, and returns its URL."""
    return lambda: databases("template1")


def _fill(store: Store, model: Any) -> Store:
    store.commit([new_shape(model, number) for number in range(10)])
    return store
