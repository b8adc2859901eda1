"""How many shapes have each value of a fact: what a list of shapes can be narrowed by."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import Any

from sqlalchemy import case, func, select
from sqlalchemy.engine import Connection

from inrstore.errors import BadInput

from .read import LIVE, Where
from .tables import InrRow, LabelRow, ShapeRow, TagRow

FACTS = ("label", "field", "kind", "profile")
EDGES = {
    "scale": (0.0, *(10.0**power for power in range(-6, 7)), math.inf),
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
    if name == "label":
        query = select(LabelRow.name, shapes).select_from(ShapeRow).join(LabelRow, isouter=True)
        column: Any = LabelRow.name
    elif name == "profile":
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


def ranges(connection: Connection, name: str, where: Where) -> dict[tuple[float, float], int]:
    """Live shapes that fulfil every condition, counted by `EDGES` of a number, ascending; none of what has none.

    Errors: BadInput.
    """
    if name not in EDGES:
        raise BadInput(f"ranges: {name!r} is none of {', '.join(EDGES)}")
    column: Any = ShapeRow.scale if name == "scale" else InrRow.error
    between = list(pairwise(EDGES[name]))
    place = case(*((column < high, number) for number, (_, high) in enumerate(between[:-1])), else_=len(between) - 1)
    query = select(place, func.count()).select_from(ShapeRow).where(LIVE, column.is_not(None), *where)
    if name == "error":
        query = query.join(InrRow, InrRow.shape_key == ShapeRow.key).where(InrRow.encoded)
    return {between[row[0]]: int(row[1]) for row in connection.execute(query.group_by(place).order_by(place))}
