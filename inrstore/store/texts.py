"""What shapes are called: their names, labels, tags and paths as terms, kept in the index of words.

Whatever changes one of these calls `renew` in the same transaction, so that the index is never behind.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import cast

from sqlalchemy import Table, func, select, update
from sqlalchemy.engine import Connection

from inrstore.words import rooted, split

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
        found = _words(connection, part)
        rows = {key: Texts(*map(rooted, fields)) for key, fields in found.items()}
        fulltext.put(connection, rows, fresh)
        _learn(connection, {word for fields in found.values() for field in fields for word in field})


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


def _words(connection: Connection, keys: Sequence[int]) -> dict[int, tuple[Sequence[str], ...]]:
    """Words of name, label, tags and paths of the live shapes among the keys."""
    tags: dict[int, list[str]] = defaultdict(list)
    paths: dict[int, list[str]] = defaultdict(list)
    tagged = select(TagRow.shape_key, TagRow.value).where(TagRow.shape_key.in_(keys), TagRow.name.not_in(MARKS))
    for key, value in connection.execute(tagged.order_by(TagRow.name)):
        tags[key] += split(value)
    found = select(SourceRow.shape_key, SourceRow.path, SourceRow.name).where(SourceRow.shape_key.in_(keys))
    for key, path, name in connection.execute(found.order_by(SourceRow.id)):
        paths[key] += (*split(path), *split(name or ""))
    shapes = select(ShapeRow.key, ShapeRow.name, LabelRow.name).join(LabelRow, isouter=True)
    rows = connection.execute(shapes.where(LIVE, ShapeRow.key.in_(keys)))
    return {key: (split(name), split(label or ""), tags[key], paths[key]) for key, name, label in rows}


def _learn(connection: Connection, words: set[str]) -> None:
    """Words that no shape had yet, and their stems, which are not proposed to whoever makes a slip."""
    letters = dict.fromkeys(rooted(words), 0) | {word: len(word) for word in words if word.isalpha()}
    known: dict[str, int] = {}
    for part in chunks(sorted(letters)):
        rows = connection.execute(select(TermRow.term, TermRow.letters).where(TermRow.term.in_(part)))
        known |= {row[0]: row[1] for row in rows}
    new = [{"term": term, "letters": letters[term]} for term in sorted(letters.keys() - known.keys())]
    insert_many(connection, cast(Table, TermRow.__table__), new)
    for part in chunks([term for term, count in known.items() if letters[term] > count]):
        connection.execute(update(TermRow).where(TermRow.term.in_(part)).values(letters=func.length(TermRow.term)))
