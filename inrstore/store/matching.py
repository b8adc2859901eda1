"""Keys of the shapes that fulfil conditions: one set a condition, from indexes alone where that can be.

To look at the row of every shape takes a second in a million of them; this takes a tenth of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import select
from sqlalchemy.engine import Connection

from . import read
from .read import LIVE, chunks
from .tables import ShapeRow
from .where import Where

Keys = NDArray[np.int64]
LOOK, LOOKS = 200, 2
"""Shapes that `first` looks at, at first; how often, each time at twice as many."""


def keys(connection: Connection, where: Where) -> Keys:
    """(n,) keys, ascending, of the live shapes that fulfil every condition. Errors: BadInput."""
    sets = [condition.members(connection) for condition in where.conditions]
    known = [one for one in sets if one is not None]
    if not known or len(known) < len(sets):
        return read.keys(connection, where.sql(connection))
    return reduce(_common, (read.live_integers(connection, query) for query, _ in known))


def among(connection: Connection, where: Where, candidates: Sequence[int] | Keys) -> Keys:
    """(m,) those of some keys, ascending, whose shapes are live and fulfil every condition. Errors: BadInput."""
    left = np.unique(np.asarray(candidates, np.int64))
    rest = []
    for condition in where.conditions:
        if (one := condition.members(connection)) is None:
            rest.append(condition.sql(connection))
            continue
        query, column = one
        parts = [connection.execute(query.where(column.in_(part))).scalars() for part in chunks(left.tolist())]
        left = np.unique(np.array([key for part in parts for key in part], np.int64))
    query = select(ShapeRow.key).where(LIVE, *rest)
    rows = [connection.execute(query.where(ShapeRow.key.in_(part))).scalars() for part in chunks(left.tolist())]
    return np.sort(np.array([key for part in rows for key in part], np.int64))


def first(connection: Connection, where: Where, count: int) -> list[int] | None:
    """The first `count` keys, ascending, or all if there are fewer; None if a look at some of the first does not tell.

    What half of a million fulfils need not be listed as a whole for its first twenty. Errors: BadInput.
    """
    found: list[int] = []
    query, size = select(ShapeRow.key).where(LIVE).order_by(ShapeRow.key), LOOK
    last: int | None = None
    for _ in range(LOOKS):
        some = query if last is None else query.where(ShapeRow.key > last)
        block = connection.execute(some.limit(size)).scalars().all()
        found += among(connection, where, block).tolist()
        if len(found) >= count or len(block) < size:
            return found[:count]
        last, size = block[-1], 2 * size
    return None


def _common(ones: Keys, others: Keys) -> Keys:
    return ones[np.isin(ones, others)]
