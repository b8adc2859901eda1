"""One thing done for each of several inputs, going on after a failed one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from inrstore.errors import InrstoreError

from . import exits

Value = TypeVar("Value")


def each(refs: Sequence[str], do: Callable[[str], Value]) -> tuple[list[Value], int]:
    """The values of those that went well, and the exit code. A failure is said at once, on standard error.

    Raises
    ------
    InrstoreError
        The first one, if nothing went well.
    """
    values: list[Value] = []
    errors: list[InrstoreError] = []
    for ref in refs:
        try:
            values.append(do(ref))
        except InrstoreError as error:
            errors.append(error)
            if len(refs) > 1:
                exits.say(f"{ref}: {error}")
    if errors and not values:
        raise errors[0]
    return values, exits.SOME_FAILED if errors else exits.DONE
