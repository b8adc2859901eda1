"""The tables, their migrations, and the way to the database."""

from __future__ import annotations

import pickle
import sqlite3
from contextlib import nullcontext
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import CreateIndex, CreateTable

from inrstore.errors import BadInput, InrstoreError, MissingDependency, StoreFormatError
from inrstore.store import Store, fulltext, migrations, open_store
from inrstore.store import connection as way
from inrstore.store.tables import FailureRow, ShapeRow, Table
from tests.shapes import digest, new_shape


@pytest.fixture
def catalog(tmp_path: Path) -> way.Catalog:
    made = way.connect(way.sqlite_url(tmp_path / "catalog.sqlite"))
    way.create(made)
    return made


def test_migrations_make_exactly_the_tables(catalog: way.Catalog) -> None:
    with catalog.read() as connection:
        options = {"include_name": lambda name, kind, _: not (kind == "table" and name.startswith(fulltext.NAME))}
        assert compare_metadata(MigrationContext.configure(connection, opts=options), Table.metadata) == []


def test_the_revisions_known_without_alembic_are_those_of_alembic() -> None:
    scripts = ScriptDirectory(str(Path(migrations.__file__).parent))
    assert tuple(s.revision for s in reversed(list(scripts.walk_revisions()))) == way.REVISIONS
    assert scripts.get_heads() == [way.HEAD]


def test_tables_compile_for_postgresql() -> None:
    for table in Table.metadata.sorted_tables:
        assert "BIGSERIAL" in str(CreateTable(table).compile(dialect=postgresql.dialect())) or table.name not in (
            "shapes",
            "inrs",
            "shards",
            "sources",
        )
        for index in table.indexes:
            assert str(CreateIndex(index).compile(dialect=postgresql.dialect()))


def plan(connection: sa.Connection, query: str, *values: object) -> str:
    return "\n".join(row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {query}", values))


def test_lookups_take_the_right_index(local_store: Store, tiny_model: Any) -> None:
    """The statements of `Store.shape`, `commit` and `shapes`, as SQLite plans them."""
    local_store.commit([new_shape(tiny_model, number) for number in range(3)])
    asked: list[tuple[str, Any]] = []
    sa.event.listen(
        local_store.catalog.engine, "before_cursor_execute", lambda c, u, s, values, x, m: asked.append((s, values))
    )
    for ref in (digest(1), digest(1)[:6], "/data/chair/1.obj"):
        local_store.shape(ref)
    local_store.shapes(ids=[digest(1)])
    assert local_store.known_source_hashes([digest("file 1"), digest("no such file")]) == {digest("file 1"): 2}
    local_store.keys({"name": "shape 1"})
    local_store.keys({"label": "chair"})
    local_store.keys({"split": "test"})
    selects = [(s, values) for s, values in asked if s.startswith("SELECT")]
    assert len(selects) >= 8
    with local_store.catalog.read() as connection:
        plans = [plan(connection, statement, *values) for statement, values in selects]
    whole = [
        found.replace("SCAN shapes USING COVERING INDEX ix_shapes_gone", "") for found in plans
    ]  # the removed ones
    assert not [found for found in whole if "SCAN shapes" in found or "SCAN sources" in found]
    used = "\n".join(plans)
    indexes = ("ix_sources_sha256 (", "ix_shapes_name (", "ix_shapes_label_id_removed (")
    for found in ("(sha256>? AND sha256<?)", "(path=?)", *indexes):
        assert found in used, found


def test_no_index_begins_with_the_mark_of_removal() -> None:
    table = Table.metadata.tables["shapes"]
    whole = [index for index in table.indexes if index.dialect_options["sqlite"]["where"] is None]
    assert len(whole) == len(table.indexes) - 1  # the other is of removed shapes alone
    assert "removed" not in [next(iter(index.columns)).name for index in whole]


def test_upgrades_of_one_postgresql_catalogue_wait_for_each_other(
    catalog: way.Catalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a server: the lock is asked for before Alembic looks at the revision."""
    asked: list[str] = []

    class Connection:
        dialect = postgresql.dialect()

        def execute(self, statement: Any, values: Any) -> None:
            asked.append(str(statement))

    class Writer:
        def begin(self) -> Any:
            return nullcontext(Connection())

    monkeypatch.setattr(catalog, "_writer", Writer())
    monkeypatch.setattr(command, "upgrade", lambda config, _: asked.append("upgrade"))
    way.create(catalog)
    assert len(asked) == 2 and "pg_advisory_xact_lock" in asked[0] and asked[1] == "upgrade"


def test_sqlite_is_set_up_for_several_processes(catalog: way.Catalog) -> None:
    with catalog.read() as connection:
        found = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "busy_timeout", "foreign_keys", "synchronous")
        }
    assert found == {"journal_mode": "wal", "busy_timeout": 30_000, "foreign_keys": 1, "synchronous": 2}


def test_a_failed_transaction_leaves_nothing(catalog: way.Catalog) -> None:
    with pytest.raises(ZeroDivisionError), catalog.write() as connection:
        row = {"path": "a", "reason": "b", "stage": "c", "time": datetime.now(UTC)}
        connection.execute(sa.insert(FailureRow).values(row))
        raise ZeroDivisionError
    with catalog.read() as connection:
        assert connection.execute(sa.select(FailureRow.path)).all() == []


def test_a_reader_sees_a_snapshot_and_does_not_wait(store: Store, tiny_model: Any) -> None:
    count = sa.select(sa.func.count()).select_from(ShapeRow)
    with store.catalog.read() as reader:
        assert reader.execute(count).scalar() == 0
        store.commit([new_shape(tiny_model, 1)])
        assert reader.execute(count).scalar() == 0
    assert store.count() == 1


def test_a_writer_that_waits_too_long_says_so(local_store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(way, "BUSY_SECONDS", 0.05)
    other = open_store(local_store.url)
    with local_store.catalog.write(), pytest.raises(InrstoreError, match="locked by another process"):
        other.clear_failure("a")
    other.clear_failure("a")


def test_times_come_back_with_their_zone(store: Store, tiny_model: Any) -> None:
    store.commit([new_shape(tiny_model, 1)])
    (shape,) = store.shapes()
    assert shape.created.tzinfo is UTC and abs((datetime.now(UTC) - shape.created).total_seconds()) < 60


def catalogue_of(local_store: Store, statement: str) -> None:
    local_store.close()
    connection = sqlite3.connect(Path(local_store.url) / "catalog.sqlite")
    with connection:
        connection.execute(statement)
    connection.close()


def test_a_newer_catalogue_is_refused(local_store: Store) -> None:
    catalogue_of(local_store, "UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(StoreFormatError, match="revision 9999, newer .* pip install -U inrstore"):
        open_store(local_store.url)


def test_another_database_is_refused(local_store: Store) -> None:
    catalogue_of(local_store, "DROP TABLE alembic_version")
    with pytest.raises(StoreFormatError, match="not an inrstore catalogue"):
        open_store(local_store.url)


def test_a_damaged_database_is_refused(local_store: Store) -> None:
    local_store.close()
    (Path(local_store.url) / "catalog.sqlite").write_bytes(b"no database" * 1000)
    with pytest.raises(StoreFormatError, match="damaged .* backup"):
        open_store(local_store.url)


@pytest.mark.parametrize("url", ["no url", "nosuch://host/name", "postgresql://me:secret@host:port/name"])
def test_bad_catalogue_urls(url: str) -> None:
    with pytest.raises(BadInput, match="catalog_url: (?!.*secret)"):
        way.connect(url)


def test_a_missing_driver_is_named() -> None:
    with pytest.raises(MissingDependency, match="pip install"):
        way.connect("mysql://host/name")


def test_a_store_travels_to_another_process(store: Store, tiny_model: Any) -> None:
    store.commit([new_shape(tiny_model, 1)])
    copy = pickle.loads(pickle.dumps(store))
    assert copy.count() == 1 and copy.id == store.id
