"""How the value of a condition on shapes is written: ``chair|table`` is either; a | that is meant is ``\\|``."""

from __future__ import annotations

import re
from typing import Any

OR = "|"
ESCAPED = "\\|"


def written(value: Any) -> str:
    """A value, or any of a list of values, None being none at all, as the text of a condition."""
    values = value if isinstance(value, (list, tuple, set, frozenset)) else [value]
    return OR.join("" if one is None else str(one).replace(OR, ESCAPED) for one in values)


def alternatives(text: str) -> list[str]:
    """The values that a text means, any of which is enough."""
    return [one.replace(ESCAPED, OR) for one in re.split(r"(?<!\\)\|", text)]
