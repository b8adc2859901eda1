"""What people decided that pairs of shapes are to each other; a pair is that of its keys, the lower one first."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import cast

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import JSON, Select, Text, delete, func, insert, literal, or_, select, tuple_, update
from sqlalchemy.engine import Connection

from inrstore.errors import BadInput
from inrstore.records import DECISIONS, Decision

from .changes import apply
from .columns import KEY, Utc, now
from .connection import Catalog
from .read import CHUNK, chunks, live_fields
from .references import Keys, Ref, find_keys
from .tables import DecisionRow, ShapeRow

Pair = tuple[int, int]
Pairs = Iterable[tuple[Ref, Ref]] | NDArray[np.integer]
PAIR = tuple_(DecisionRow.first_key, DecisionRow.second_key)


def decide(catalog: Catalog, pairs: Pairs, decision: Decision | None) -> int:
    """See `Store.decide`."""
    if decision is not None and decision not in DECISIONS:
        raise BadInput(f"decision is {decision!r}; it must be one of {', '.join(DECISIONS)}, or None")
    refs = [ref for one, other in pairs for ref in (one, other)]  # an iterator could not be asked twice
    return apply(catalog, lambda connection: _changes(connection, refs, decision), partial(_write, decision))


def decisions(catalog: Catalog, keys: Keys | None = None) -> dict[Pair, Decision]:
    """See `Store.decisions`."""
    with catalog.read() as connection:
        queries = [_query()] if keys is None else [_query(part) for part in chunks(keys.tolist(), CHUNK // 2)]
        rows = sorted((row[0], row[1], row[2]) for query in queries for row in connection.execute(query))
    return {(first, second): cast("Decision", decision) for first, second, decision in rows}


def _query(keys: Sequence[int] | None = None) -> Select[int, int, str]:
    """Decisions of which both shapes are there, of all pairs or of those with one of the keys."""
    query = select(DecisionRow.first_key, DecisionRow.second_key, DecisionRow.decision)
    for key in (DecisionRow.first_key, DecisionRow.second_key):
        # Not a join: with no statistics yet, PostgreSQL would pair all shapes with all first.
        query = query.where(select(ShapeRow.removed).where(ShapeRow.key == key).scalar_subquery() == 0)
    if keys is None:
        return query
    return query.where(or_(DecisionRow.first_key.in_(keys), DecisionRow.second_key.in_(keys)))


def _changes(connection: Connection, refs: Sequence[Ref], decision: Decision | None) -> dict[Pair, str | None]:
    """Of the pairs of stored shapes, each once, those that were decided otherwise, and how."""
    keys = find_keys(connection, refs).tolist()
    live = live_fields(connection, set(keys))
    pairs: dict[Pair, None] = {}
    for place in range(0, len(keys), 2):
        one, other = keys[place : place + 2]
        if one == other:
            raise BadInput(f"{refs[place]!r} and {refs[place + 1]!r} are one shape; a decision is about two")
        if one in live and other in live:
            pairs[min(one, other), max(one, other)] = None
    query = select(DecisionRow.first_key, DecisionRow.second_key, DecisionRow.decision)
    rows = connection.execute(query.where(PAIR.in_(_table(pairs)))).all() if pairs else []
    before = {(row[0], row[1]): row[2] for row in rows}
    return {pair: before.get(pair) for pair in pairs if before.get(pair) != decision}


def _write(decision: Decision | None, connection: Connection, changes: Mapping[Pair, str | None]) -> None:
    there = [pair for pair, before in changes.items() if before is not None]
    new = [pair for pair, before in changes.items() if before is None]
    if there and decision is None:
        connection.execute(delete(DecisionRow).where(PAIR.in_(_table(there))))
    elif there:
        known = update(DecisionRow).where(PAIR.in_(_table(there)))
        connection.execute(known.values(decision=decision, decided=now()))
    if new:
        rows = _table(new).add_columns(literal(decision), literal(now(), Utc()))
        columns = ("first_key", "second_key", "decision", "decided")
        connection.execute(insert(DecisionRow).from_select(columns, rows))


def _table(pairs: Iterable[Pair]) -> Select[int, int]:
    """The pairs as a table that the database reads from one value: ten thousand statements take PostgreSQL seconds.

    Both databases take an object of JSON apart into a key and a value: here "first second" and first.
    """
    each = func.json_each(literal({f"{one} {other}": one for one, other in pairs}, JSON())).table_valued("key", "value")
    first = each.c.value.cast(Text)
    second = func.substr(each.c.key.cast(Text), func.length(first) + 2)
    return select(first.cast(KEY), second.cast(KEY))
