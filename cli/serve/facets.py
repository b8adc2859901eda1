"""The route to facets: what a list of shapes can be narrowed by, and how many there are of each."""

from __future__ import annotations

import math
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from inrstore.store import Where as Conditions
from inrstore.store.facets import FACTS, TAG

from .asking import Words
from .browse import Where, conditions
from .gallery import Gallery, Here

router = APIRouter(tags=["shapes"])
RANGES = ("size", "error")
"""What is counted in ranges."""
ALL = [*FACTS, *RANGES]


class Value(BaseModel):
    """A value or a range of numbers, and how many shapes have it."""

    value: str | None
    count: int
    where: list[str] = Field(description="The conditions that hold for just these, if for any")


@router.get("/facets")
def facets(
    gallery: Here,
    q: Words = "",
    where: Where = [],  # noqa: B006
    name: Annotated[list[str], Query(max_length=20, description="Facts, size, error, also tag:NAME")] = ALL,  # noqa: B006
    most: Annotated[int, Query(ge=1, le=10_000, description="Values of each")] = 100,
    beside: Annotated[bool, Query(description="Without the conditions on the fact itself")] = False,
) -> dict[str, list[Value]]:
    """How many shapes, of those that fulfil all conditions, have each label, field, kind, profile, size and error.

    The size is the diameter of the ball in which a shape lies, in the unit of its source; the error is that of the
    network that is encoded.
    """
    which = conditions(gallery, q, where)
    return {fact: _values(gallery, fact, _others(which, fact) if beside else which, most) for fact in name}


def _values(gallery: Gallery, fact: str, which: list[str], most: int) -> list[Value]:
    def counted() -> list[Value]:
        if fact in RANGES:
            return [_range(fact, *ends, count) for ends, count in gallery.store.ranges(fact, which).items()]
        return [_value(fact, value, count) for value, count in gallery.store.facets(fact, which, most).items()]

    return gallery.known.get(("facets", fact, *which, most), counted)


def _value(fact: str, value: str | None, count: int) -> Value:
    (only,) = Conditions.of({fact: value}).conditions
    return Value(value=value, count=count, where=[str(only)])


def _range(key: str, low: float, high: float, count: int) -> Value:
    where = [f"{key}>={low:g}"] if low > 0 else []
    where += [f"{key}<{high:g}"] if high < math.inf else []
    above = f"{low:g} and more" if high == math.inf else f"{low:g} to {high:g}"
    return Value(value=above if low > 0 else f"under {high:g}", count=count, where=where)


def _others(which: list[str], fact: str) -> list[str]:
    """The conditions that are not on a fact."""
    named = {fact, fact.removeprefix(TAG)}
    return [str(one) for one in Conditions.of(which).conditions if one.key not in named]
