"""What shapes are called: their names, labels, tags and paths as terms, kept in the index of words.

Whatever changes one of these calls `renew` in the same transaction, so that the index is never behind.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import cast

from sqlalchemy import Table, select
from sqlalchemy.engine import Connection

from inrstore.words import terms

from . import fulltext
from .bulk import insert_many
from .fulltext import Texts
from .read import LIVE, chunks
from .tables import LabelRow, ShapeRow, SourceRow, TagRow, TermRow
from .where import MARKS

PAGE = 5_000
"""Shapes that are entered at once where all are."""


def renew(connection: Connection, keys: Iterable[int], fresh: bool = False) -> None:
    """Enters the live shapes among some keys anew, as the transaction has them; `fresh` says that they are new."""
    for part in chunks(list(dict.fromkeys(keys))):
        found = _texts(connection, part)
        fulltext.put(connection, found, fresh)
        _learn(connection, {term for texts in found.values() for field in texts.fields() for term in field})


def drop(connection: Connection, keys: Iterable[int]) -> None:
    """Takes shapes out, which the transaction has removed."""
    fulltext.drop(connection, keys)


def enter_all(connection: Connection) -> None:
    """Enters every live shape into an index that is empty."""
    last = 0
    query = select(ShapeRow.key).where(LIVE).order_by(ShapeRow.key).limit(PAGE)
    while keys := connection.execute(query.where(ShapeRow.key > last)).scalars().all():
        renew(connection, keys, fresh=True)
        last = keys[-1]


def _texts(connection: Connection, keys: Iterable[int]) -> dict[int, Texts]:
    """Terms of the live shapes among the keys."""
    keys = list(keys)
    tags: dict[int, list[str]] = defaultdict(list)
    paths: dict[int, list[str]] = defaultdict(list)
    tagged = select(TagRow.shape_key, TagRow.value).where(TagRow.shape_key.in_(keys), TagRow.name.not_in(MARKS))
    for key, value in connection.execute(tagged.order_by(TagRow.name)):
        tags[key] += terms(value)
    found = select(SourceRow.shape_key, SourceRow.path, SourceRow.name).where(SourceRow.shape_key.in_(keys))
    for key, path, name in connection.execute(found.order_by(SourceRow.id)):
        paths[key] += terms(path) + (terms(name) if name else [])
    shapes = select(ShapeRow.key, ShapeRow.name, LabelRow.name).join(LabelRow, isouter=True)
    rows = connection.execute(shapes.where(LIVE, ShapeRow.key.in_(keys)))
    return {key: Texts(terms(name), terms(label or ""), tags[key], paths[key]) for key, name, label in rows}


def _learn(connection: Connection, words: set[str]) -> None:
    """Terms that no shape had yet."""
    known: set[str] = set()
    for part in chunks(sorted(words)):
        known.update(connection.execute(select(TermRow.term).where(TermRow.term.in_(part))).scalars())
    rows = [{"term": word, "letters": len(word) if word.isalpha() else 0} for word in sorted(words - known)]
    insert_many(connection, cast(Table, TermRow.__table__), rows)
