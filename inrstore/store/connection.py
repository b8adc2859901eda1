"""The way to the catalogue's database: connect, create, upgrade, read and write.

The only SQLite-specific statements are in `_sqlite` and `Catalog.damage`; all else also runs on PostgreSQL.
"""

from __future__ import annotations

import errno
import os
import threading
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar, cast

import sqlalchemy as sa
from sqlalchemy import event, select, text
from sqlalchemy.engine import URL, Connection, Engine, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, OperationalError

from inrstore.errors import BadInput, InrstoreError, MissingDependency, StorageFull, StoreFormatError

from .storage import Storage
from .tables import StateRow

REVISIONS = ("0001", "0002", "0003", "0004", "0005", "0006", "0007", "0008", "0009")
"""Every catalogue revision that this version knows, oldest first; the last is written."""
HEAD = REVISIONS[-1]
BUSY_SECONDS = 30
UPGRADE_LOCK = 0x696E72
"""Any number that only inrstore takes."""
T = TypeVar("T")
FULL = ("SQLITE_FULL", "SQLITE_IOERR_SHMSIZE")  # the second: no room for WAL's shared memory file


class Catalog:
    """A database with the tables of `inrstore.store.tables`; transactions only, no other state."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._writer = engine.execution_options(inrstore_write=True)
        sqlite = engine.dialect.name == "sqlite"  # whose transactions are snapshots anyway
        self._reader = engine if sqlite else engine.execution_options(isolation_level="REPEATABLE READ")
        self.where = engine.url.render_as_string(hide_password=True)
        self._known: dict[str, tuple[str, Any]] = {}
        self._watcher: tuple[int, Any] | None = None
        """The process whose it is, and a connection."""
        self._watching = threading.Lock()
        _forget_after_fork(engine)

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A snapshot: what other processes commit meanwhile is not seen, nor does it wait."""
        with self._clear_errors(), self._reader.begin() as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """One transaction; writers queue for it, so what is read inside holds until it is committed."""
        with self._clear_errors(), self._writer.begin() as connection:
            connection.execute(select(StateRow.id).with_for_update())  # the queue on PostgreSQL
            yield connection

    def damage(self) -> list[str]:
        """Sentences about a damaged SQLite file; PostgreSQL watches over its own."""
        if self.engine.dialect.name != "sqlite":
            return []
        with self.read() as connection:
            found = connection.exec_driver_sql("PRAGMA quick_check(5)").scalars().all()
            loose = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
        problems = [f"catalogue: {line}" for line in found if line != "ok"]
        return problems + [f"catalogue: table {r[0]} row {r[1]} refers to a missing {r[2]}" for r in loose[:5]]

    def version(self) -> str:
        """Another one after every change, whoever made it: SQLite's data version, PostgreSQL's snapshot."""
        if self.engine.dialect.name != "sqlite":
            with self.read() as connection:
                return str(connection.execute(text("SELECT pg_current_snapshot()::text")).scalar_one())
        with self._watching:
            if self._watcher is None or self._watcher[0] != os.getpid():  # one that changes nothing, as SQLite demands
                self._watcher = os.getpid(), self.engine.raw_connection()
            plain: Any = self._watcher[1].driver_connection  # without SQLAlchemy it takes a fiftieth of the time
            return str(plain.execute("PRAGMA data_version").fetchone()[0])

    def known(self, name: str, read: Callable[[Connection], T]) -> T:
        """What is read of a catalogue, once of each version; for what is small and asked for often."""
        if self.engine.dialect.name != "sqlite":  # to ask for the version takes as long as to read
            with self.read() as connection:
                return read(connection)
        version = self.version()
        if (kept := self._known.get(name)) is None or kept[0] != version:
            with self.read() as connection:
                self._known[name] = kept = version, read(connection)
        return cast(T, kept[1])

    def size(self) -> int:
        """Bytes of the SQLite file, without its transient log; 0 for a server's database."""
        file = self.engine.url.database if self.engine.dialect.name == "sqlite" else None
        return os.path.getsize(file) if file else 0

    def close(self) -> None:
        if self._watcher is not None and self._watcher[0] == os.getpid():
            self._watcher[1].close()
        self._watcher = None
        self.engine.dispose()

    @contextmanager
    def _clear_errors(self) -> Iterator[None]:
        try:
            yield
        except DBAPIError as error:
            raise self._clear(error) from error

    def _clear(self, error: DBAPIError) -> Exception:
        name = getattr(error.orig, "sqlite_errorname", "")
        if name in FULL or getattr(error.orig, "sqlstate", "") == "53100":
            return StorageFull(errno.ENOSPC, f"the disk of {self.where} is full; free some space, then repeat")
        if name.startswith("SQLITE_BUSY"):
            return InrstoreError(f"{self.where} was locked by another process for {BUSY_SECONDS} s; repeat later")
        if name.startswith(("SQLITE_CORRUPT", "SQLITE_NOTADB")):
            return StoreFormatError(f"{self.where} is damaged ({error.orig}); restore it from a backup")
        if name.startswith("SQLITE_READONLY"):
            return InrstoreError(f"{self.where} cannot be written ({error.orig}); check its permissions")
        state, said = getattr(error.orig, "sqlstate", None), " ".join(str(error.orig).split())
        if state in ("42501", "25006"):
            return InrstoreError(f"the catalogue {self.where} denies it ({said}); grant its user what is missing")
        if isinstance(error, OperationalError):
            return InrstoreError(f"cannot open the catalogue {self.where}: {said}{_advice(said)}")
        return error


def connect(url: str | URL) -> Catalog:
    """The catalogue at any SQLAlchemy URL; nothing is created. Errors: BadInput, MissingDependency."""
    parsed = parse(url)
    try:
        if parsed.drivername == "postgresql":
            parsed = parsed.set(drivername="postgresql+psycopg")
        if parsed.get_backend_name() == "sqlite":
            return Catalog(_sqlite(parsed))
        return Catalog(sa.create_engine(parsed, pool_pre_ping=True))
    except NoSuchModuleError as error:
        raise BadInput(f"catalog_url: no database is called {parsed.drivername}; try postgresql") from error
    except ImportError as error:
        raise MissingDependency(f"{error}; for PostgreSQL run: pip install 'inrstore[postgres]'") from error


def parse(url: str | URL) -> URL:
    """Errors: BadInput, which does not repeat the URL, as that may hold a password."""
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError) as error:
        raise BadInput("catalog_url: not a database URL such as postgresql://host/name") from error
    if "@" in (parsed.host or ""):
        raise BadInput("catalog_url: the password has an @ in it; write %40, or give it by PGPASSWORD or ~/.pgpass")
    if "sslpassword" in parsed.query:
        raise BadInput("catalog_url: no sslpassword, as URLs are stored; give a key file without one, by sslkey=")
    password = parsed.query.get("password")  # libpq's other way, which would be stored and shown
    parsed = parsed.difference_update_query(["password"])
    return parsed.set(password=password) if isinstance(password, str) else parsed


def sqlite_url(path: Path) -> URL:
    return URL.create("sqlite", database=str(path))


def create(catalog: Catalog, storage: Storage | None = None) -> None:
    """Make or upgrade all tables, in one transaction; `storage` is the store's, where there are models to upgrade."""
    from alembic import command  # slow to import, and rarely needed
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    with catalog._clear_errors(), catalog._writer.begin() as connection:
        wait_for_makers(connection)  # and find the new revision
        config.attributes |= {"connection": connection, "storage": storage}
        command.upgrade(config, "head")


def wait_for_makers(connection: Connection) -> None:
    """Until the end of the transaction nobody else makes or upgrades the tables, or enters a store; SQLite's are so."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": UPGRADE_LOCK})


def revision(catalog: Catalog) -> str | None:
    """The revision of the tables that are there, or None."""
    with catalog.read() as connection:
        if not sa.inspect(connection).has_table("alembic_version"):
            return None
        return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def check_revision(catalog: Catalog, storage: Storage) -> None:
    """Upgrade an older catalogue, refuse a newer one or another database."""
    found = revision(catalog)
    if found == HEAD:
        return
    if found is None:
        raise StoreFormatError(f"{catalog.where} is not an inrstore catalogue; check the store's path")
    if found not in REVISIONS:
        raise StoreFormatError(
            f"{catalog.where} has catalogue revision {found}, newer than this inrstore knows ({HEAD}); "
            "upgrade with: pip install -U inrstore"
        )
    create(catalog, storage)


def _advice(said: str) -> str:
    """What to do about an error of PostgreSQL, if we know."""
    if "password" in said:
        return "; give the password by PGPASSWORD or ~/.pgpass"
    if "does not exist" in said:
        return "; make it first: createdb NAME"
    if "refused" in said or "could not translate" in said or "timeout" in said or "resolve" in said:
        return "; check the address, and whether the server runs"
    return ""


def _sqlite(url: URL) -> Engine:
    engine = sa.create_engine(url, connect_args={"timeout": BUSY_SECONDS})

    @event.listens_for(engine, "connect")
    def _prepare(connection: Any, _record: object) -> None:
        connection.isolation_level = None  # we say BEGIN ourselves, see below
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "case_sensitive_like=ON"):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        # A writer that began as a reader could fail half-way: SQLite cannot promote it without a deadlock.
        write = connection.get_execution_options().get("inrstore_write")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")

    return engine


def _forget_after_fork(engine: Engine) -> None:
    """A child process must not use, nor close, its parent's connections."""
    reference = weakref.ref(engine)

    def forget() -> None:
        if (alive := reference()) is not None:
            alive.dispose(close=False)

    if hasattr(os, "register_at_fork"):
        os.register_at_fork(after_in_child=forget)
