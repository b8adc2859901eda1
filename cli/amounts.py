"""Numbers as people write them: 1e8 or 100M shapes, 64G of memory, 20ms."""

from __future__ import annotations

import re
from typing import Any

import click

COUNTS = {"": 1, "K": 10**3, "M": 10**6, "G": 10**9, "B": 10**9}
BYTES = {"": 1, "K": 10**3, "M": 10**6, "G": 10**9, "T": 10**12}
BINARY = {"KI": 2**10, "MI": 2**20, "GI": 2**30, "TI": 2**40}
SECONDS = {"": 1.0, "S": 1.0, "MS": 1e-3, "US": 1e-6}
SYNTAX = re.compile(r"\s*(\d*\.?\d+(?:e\+?\d+)?)\s*([a-z]*)\s*", re.IGNORECASE)


class Amount(click.ParamType[Any]):
    """A number above 0 with one of some units; whole where `whole` says so."""

    def __init__(self, name: str, units: dict[str, float], example: str, whole: bool = True) -> None:
        self.name, self._units, self._example, self._whole = name, units, example, whole

    def convert(self, value: Any, parameter: click.Parameter | None, context: click.Context | None) -> Any:
        if isinstance(value, (int, float)):
            return value
        found = SYNTAX.fullmatch(value)
        unit = found and found[2].upper()
        if not found or unit not in self._units or not (amount := float(found[1]) * self._units[unit]) > 0:
            self.fail(f"{value!r} is no {self.name}; write it like {self._example}.", parameter, context)
        return round(amount) if self._whole else amount


COUNT = Amount("number", {**COUNTS}, "100000, 1e8 or 100M")
MEMORY = Amount("size", {**BYTES, **BINARY, **{u + "B": f for u, f in {**BYTES, **BINARY}.items()}}, "64G or 64GiB")
TIME = Amount("time", SECONDS, "20ms or .02", whole=False)
