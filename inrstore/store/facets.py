"""How many shapes have each value of a fact: what a list of shapes can be narrowed by."""

from __future__ import annotations

import math
from collections.abc import Mapping
from itertools import pairwise
from typing import Any

from sqlalchemy import case, func, select
from sqlalchemy.engine import Connection

from inrstore.errors import BadInput

from .read import LIVE, Where
from .tables import InrRow, LabelRow, ShapeRow, TagRow
from .where import SIZES

FACTS = ("label", "field", "kind", "profile")
_POWERS = (0.0, *(10.0**power for power in range(-6, 7)), math.inf)
EDGES = {
    "scale": _POWERS,
    "size": _POWERS,
    "error": (0.0, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, math.inf),
}
"""Of the ranges in which numbers are counted."""
TAG = "tag:"
MOST = 100
"""Values of one fact."""


def facet(connection: Connection, name: str, where: Where, most: int = MOST) -> dict[str | None, int]:
    """Live shapes that fulfil every condition, counted by a fact or by a tag, as ``tag:NAME``; the most frequent first.

    None counts those without a label. A shape counts once for each profile that it has a network of.
    Errors: BadInput.
    """
    shapes = func.count()
    query: Any
    column: Any
    if name == "label":
        return _named(connection, _top(connection, select(ShapeRow.label_id, shapes).where(LIVE, *where)), most)
    if name.startswith(TAG) and not where:
        return _tags(connection, name.removeprefix(TAG), most)
    if name == "profile":
        shapes = func.count(InrRow.shape_key.distinct())  # of several bases
        query = select(InrRow.profile, shapes).join(ShapeRow, ShapeRow.key == InrRow.shape_key)
        column = InrRow.profile
    elif name in ("field", "kind"):
        column = getattr(ShapeRow, name)
        query = select(column, shapes)
    elif name.startswith(TAG):
        query = select(TagRow.value, shapes).join(ShapeRow, ShapeRow.key == TagRow.shape_key)
        query = query.where(TagRow.name == name.removeprefix(TAG))
        column = TagRow.value
    else:
        raise BadInput(f"facet: {name!r} is none of {', '.join(FACTS)} and no tag, as tag:NAME")
    rows = connection.execute(query.where(LIVE, *where).group_by(column).order_by(shapes.desc(), column).limit(most))
    return {row[0]: int(row[1]) for row in rows}


def _top(connection: Connection, query: Any) -> dict[Any, int]:
    """Counts by the first column of a query."""
    return {row[0]: int(row[1]) for row in connection.execute(query.group_by(query.selected_columns[0]))}


def _named(connection: Connection, counts: Mapping[int | None, int], most: int) -> dict[str | None, int]:
    """The most frequent labels, by name instead of id."""
    names = {row[0]: row[1] for row in connection.execute(select(LabelRow.id, LabelRow.name))}
    found = [(None if id is None else names[id], count) for id, count in counts.items()]
    return dict(sorted(found, key=lambda one: (-one[1], one[0] is not None, one[0] or ""))[:most])


def _tags(connection: Connection, name: str, most: int) -> dict[str | None, int]:
    """Counts of a tag's values, from its index."""
    query = select(TagRow.value, func.count()).where(TagRow.name == name)
    found = _without_removed(connection, query, TagRow.shape_key)
    return dict(sorted(found.items(), key=lambda one: (-one[1], one[0]))[:most])


def _without_removed(connection: Connection, query: Any, key: Any) -> dict[Any, int]:
    """Counts by the first column of a query: of all shapes, less the removed ones, which are few."""
    gone = _top(connection, query.where(key.in_(select(ShapeRow.removed).where(ShapeRow.removed != 0))))
    found = {value: count - gone.get(value, 0) for value, count in _top(connection, query).items()}
    return {value: count for value, count in found.items() if count}


def ranges(connection: Connection, name: str, where: Where) -> dict[tuple[float, float], int]:
    """Live shapes that fulfil every condition, counted by `EDGES` of a number, ascending; none of what has none.

    Errors: BadInput.
    """
    if name not in EDGES:
        raise BadInput(f"ranges: {name!r} is none of {', '.join(EDGES)}")
    column: Any = SIZES.get(name, InrRow.error)
    between = list(pairwise(EDGES[name]))
    place = case(*((column < high, number) for number, (_, high) in enumerate(between[:-1])), else_=len(between) - 1)
    if name == "error" and not where:
        query = select(place, func.count()).where(InrRow.encoded)
        found = _without_removed(connection, query, InrRow.shape_key)
        return {between[number]: found[number] for number in sorted(found)}
    query = select(place, func.count()).select_from(ShapeRow).where(LIVE, column.is_not(None), *where)
    if name == "error":
        query = query.join(InrRow, InrRow.shape_key == ShapeRow.key).where(InrRow.encoded)
    counts = _top(connection, query)
    return {between[number]: counts[number] for number in sorted(counts)}
