"""The index of words in the catalogue: SQLite's FTS5, or a tsvector with a GIN index on PostgreSQL.

Both hold the terms of `inrstore.words`, not raw text, so that the same words find the same shapes on either. They rank
by themselves: FTS5 by BM25, PostgreSQL by `ts_rank_cd`; a name and a label weigh more than a tag, that more than a
path. Neither is among the tables of `tables`, as they are one database's own; revision 0009 makes them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Column, MetaData, Select, Table, column, func, select, text
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlalchemy.engine import Connection

from .bulk import insert_many
from .read import chunks

NAME = "words"
FIELDS = ("name", "label", "tags", "paths")
SQLITE_WEIGHTS, POSTGRESQL_WEIGHTS = (10.0, 8.0, 4.0, 1.0), "AABD"
"""Of the fields; PostgreSQL knows four letters, for 1, .4, .2 and .1."""
POSITIONS = 16_000
"""Of a tsvector's positions, which end at 16,383."""

Clause = Sequence[Sequence[str]]
"""Alternatives, each of terms that must all be there; a term that ends with * is any that begins so."""


@dataclass(frozen=True)
class Texts:
    """The terms of a shape's name, label, tags and paths."""

    name: Sequence[str]
    label: Sequence[str]
    tags: Sequence[str]
    paths: Sequence[str]

    def fields(self) -> tuple[Sequence[str], ...]:
        return self.name, self.label, self.tags, self.paths


_SQLITE = Table(NAME, MetaData(), Column("rowid", sa.Integer, primary_key=True), *(Column(f, sa.Text) for f in FIELDS))
_POSTGRESQL = Table(NAME, MetaData(), Column("key", sa.BigInteger, primary_key=True), Column("terms", TSVECTOR))


def create(connection: Connection) -> None:
    """Makes the empty index, in a migration."""
    if _sqlite(connection):
        columns = ", ".join(FIELDS)
        connection.execute(text(f"CREATE VIRTUAL TABLE {NAME} USING fts5({columns}, tokenize='unicode61', prefix='3')"))
        return
    key = "key BIGINT PRIMARY KEY REFERENCES shapes (key) ON DELETE CASCADE"
    connection.execute(text(f"CREATE TABLE {NAME} ({key}, terms TSVECTOR NOT NULL)"))
    connection.execute(text(f"CREATE INDEX ix_{NAME}_terms ON {NAME} USING gin (terms)"))


def put(connection: Connection, texts: Mapping[int, Texts], fresh: bool = False) -> None:
    """Enters the terms of shapes in place of what the index has of them; `fresh` says that it has nothing."""
    if not fresh:
        drop(connection, texts)
    if _sqlite(connection):
        rows = [
            {"rowid": key, **{f: " ".join(terms) for f, terms in zip(FIELDS, one.fields(), strict=True)}}
            for key, one in texts.items()
        ]
        insert_many(connection, _SQLITE, rows)
    else:
        insert_many(connection, _POSTGRESQL, [{"key": key, "terms": _vector(one)} for key, one in texts.items()])


def drop(connection: Connection, keys: Iterable[int]) -> None:
    """Takes shapes out."""
    table, key = _table(connection)
    for part in chunks(list(keys)):
        connection.execute(table.delete().where(key.in_(part)))


def having(connection: Connection, clauses: Sequence[Clause]) -> tuple[Select[Any], Any]:
    """The keys of what fulfils every clause, in no order, and their column."""
    _, key = _table(connection)
    return select(key).where(_matches(connection, clauses)), key


def best(
    connection: Connection, clauses: Sequence[Clause], count: int, any_of: bool = False
) -> list[tuple[int, float]]:
    """The best `count` keys, and their scores, of what fulfils every clause, or one if `any_of`; best first."""
    _, key = _table(connection)
    score: Any
    if _sqlite(connection):
        score = -func.bm25(text(NAME), *SQLITE_WEIGHTS)
    else:
        score = func.ts_rank_cd(_POSTGRESQL.c.terms, func.to_tsquery("simple", _tsquery(clauses, any_of)), 1)
    query = select(key, score.label("score")).where(_matches(connection, clauses, any_of))
    ranked = query.order_by(sa.desc("score"), key).limit(count)
    return [(int(row[0]), float(row[1])) for row in connection.execute(ranked)]


def _table(connection: Connection) -> tuple[Table, Any]:
    return (_SQLITE, _SQLITE.c.rowid) if _sqlite(connection) else (_POSTGRESQL, _POSTGRESQL.c.key)


def _matches(connection: Connection, clauses: Sequence[Clause], any_of: bool = False) -> Any:
    if _sqlite(connection):
        return column(NAME).op("MATCH")(_fts5(clauses, any_of))
    return _POSTGRESQL.c.terms.op("@@")(sa.cast(_tsquery(clauses, any_of), sa.dialects.postgresql.TSQUERY))


def _fts5(clauses: Sequence[Clause], any_of: bool) -> str:
    def written(term: str) -> str:
        return f'"{term.removesuffix("*")}"' + "*" * term.endswith("*")

    return _joined(clauses, " OR " if any_of else " AND ", " AND ", " OR ", written)


def _tsquery(clauses: Sequence[Clause], any_of: bool) -> str:
    def written(term: str) -> str:
        return f"'{term.removesuffix('*')}'" + ":*" * term.endswith("*")

    return _joined(clauses, " | " if any_of else " & ", " & ", " | ", written)


def _joined(clauses: Sequence[Clause], outer: str, both: str, either: str, written: Any) -> str:
    """Terms have nothing but letters and digits, so that nothing in them is an operator."""
    return outer.join(
        "(" + either.join("(" + both.join(map(written, terms)) + ")" for terms in clause) + ")" for clause in clauses
    )


def _vector(texts: Texts) -> str:
    """A tsvector as it is written, since PostgreSQL's own parser takes some terms for numbers and addresses."""
    places: dict[str, list[str]] = {}
    position = 0
    for terms, weight in zip(texts.fields(), POSTGRESQL_WEIGHTS, strict=True):
        for term in terms:
            position = min(position + 1, POSITIONS)
            places.setdefault(term, []).append(f"{position}{weight}")
    return " ".join(f"'{term}':{','.join(where[:255])}" for term, where in places.items())


def _sqlite(connection: Connection) -> bool:
    return connection.dialect.name == "sqlite"
