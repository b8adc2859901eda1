"""Arrays at public doors: what a caller brings becomes float32 numbers of the right shape, or is refused by name.

float64 and integers are converted, lists too; NaN, infinities, text, and arrays of another shape are BadArray, and a
field that is none is UnknownField. Both are BadInput. Where the width is a model's own it is ModelMismatch.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .errors import BadArray, UnknownField
from .records import FloatArray

FIELDS = ("sdf", "udf", "occ")
"""What a network may represent, see `inrstore.network.fields`."""
Shape = tuple[int | None, ...]
"""None stands for any length."""


def as_floats(values: ArrayLike, shape: Shape, name: str) -> FloatArray:
    """`values` as finite float32 of this shape; not copied if it is so already.

    Raises
    ------
    BadArray
        Whose message names the argument, what came, and what is expected.
    """
    with np.errstate(over="ignore"):
        found = as_numbers(values, shape, name).astype(np.float32, copy=False)
    if not np.isfinite(found).all():
        raise BadArray(f"{name}: NaN, an infinity, or a number beyond float32 came, expected are finite numbers")
    return found


def as_points(values: ArrayLike, name: str = "points") -> FloatArray:
    """(n, 3) finite float32. Errors: BadArray."""
    return as_floats(values, (None, 3), name)


def as_integers(values: ArrayLike, shape: Shape, name: str) -> NDArray[np.int64]:
    """`values` as int64 of this shape; an empty one may be of any type. Errors: BadArray."""
    array = as_numbers(values, shape, name)
    if array.size and array.dtype.kind not in "iu":
        raise BadArray(f"{name}: {array.dtype} came, expected are whole numbers")
    return array.astype(np.int64, copy=False)


def as_numbers(values: ArrayLike, shape: Shape, name: str) -> NDArray[Any]:
    """`values` as real numbers of this shape, of the type that they have. Errors: BadArray."""
    try:
        array = np.asarray(values)
    except (ValueError, TypeError, RuntimeError) as error:  # rows of several lengths; a tensor that wants gradients
        raise BadArray(f"{name}: no array can be made of this {type(values).__name__}: {error}") from error
    if array.dtype.kind not in "fiub":
        raise BadArray(f"{name}: {array.dtype} came, expected are real numbers")
    fits = len(shape) == array.ndim and all(want in (None, has) for want, has in zip(shape, array.shape, strict=True))
    if not fits:
        raise BadArray(f"{name}: an array of shape {array.shape} came, expected is {_spelled(shape)}")
    return array


def check_field(field: str, known: Iterable[str] = FIELDS, name: str = "field") -> None:
    """Errors: UnknownField, whose message gives those that are known."""
    if field not in tuple(known):
        raise UnknownField(f"{name}: {field!r} is none of {', '.join(known)}")


def _spelled(shape: Shape) -> str:
    """(n, 3) for (None, 3)."""
    letters = iter("nm")
    sides = [next(letters) if side is None else str(side) for side in shape]
    return f"({', '.join(sides)}{',' * (len(sides) == 1)})"
