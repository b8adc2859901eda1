"""Shapes that are called so: those with every word of a text first, then those with some."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.engine import Connection

from . import fulltext, matching, wording
from .fulltext import Clause
from .where import Where
from .wording import Wording

LOOK, MORE = 500, 8
"""Ranked shapes that are compared with the conditions, at first; how many times as many next, where too few fulfil
them."""


@dataclass(frozen=True)
class Named:
    """What a text was taken for, and the keys of what is called so, best first, with the scores of the index."""

    wording: Wording
    keys: list[int]
    scores: list[float]
    whole: int
    """How many of the first have every word."""


def named(connection: Connection, text: str, where: Where, count: int) -> Named:
    """At most `count` shapes that fulfil every condition. Errors: BadInput."""
    words = wording.read(connection, text)
    clauses = words.clauses
    if not clauses:
        return Named(words, [], [], 0)
    every = [] if words.unknown else _best(connection, clauses, where, count, any_of=False)
    found = list(every)
    if len(found) < count and (words.unknown or len(clauses) > 1):
        there = {key for key, _ in found}
        some = _best(connection, clauses, where, count + len(there), any_of=True)
        found += [one for one in some if one[0] not in there][: count - len(there)]
    return Named(words, [key for key, _ in found], [score for _, score in found], len(every))


def _best(
    connection: Connection, clauses: Sequence[Clause], where: Where, count: int, any_of: bool
) -> list[tuple[int, float]]:
    if not where.conditions:
        return fulltext.best(connection, clauses, count, any_of)
    look = max(LOOK, 2 * count)
    while True:
        ranked = fulltext.best(connection, clauses, look, any_of)
        fulfil = set(matching.among(connection, where, [key for key, _ in ranked]).tolist())
        kept = [one for one in ranked if one[0] in fulfil]
        if len(kept) >= count or len(ranked) < look:
            return kept[:count]
        look *= MORE
