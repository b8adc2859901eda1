"""IGES files of boxes, as six ruled surfaces between lines."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

FLAGS = {"inch": 1, "mm": 2, "m": 6}
CODES = {"inch": "IN", "mm": "MM", "m": "M"}


def _section(letter: str, text: str, width: int = 72) -> list[str]:
    rows = [text[start : start + width] for start in range(0, len(text), width)]
    return [f"{row:<72}{letter}{number:7d}" for number, row in enumerate(rows, 1)]


def box_file(size: Sequence[float] = (1, 2, 3), unit: str = "mm") -> str:
    corners = np.array([(x, y, z) for x in (0, 1) for y in (0, 1) for z in (0, 1)]) * np.array(size, float)
    directory: list[str] = []
    parameters: list[str] = []

    def add(kind: int, values: str) -> int:
        """Number of an entity's first line in the directory."""
        at = len(directory) + 1
        row = f"{kind},{values};"
        pieces = [row[start : start + 64] for start in range(0, len(row), 64)]
        start = len(parameters) + 1
        parameters.extend(f"{piece:<64}{at:8d}P{start + i:7d}" for i, piece in enumerate(pieces))
        numbers = [kind, start, 0, 0, 0, 0, 0, 0]
        directory.append("".join(f"{n:8d}" for n in numbers) + "00000000" + f"D{at:7d}")
        numbers = [kind, 0, 0, len(pieces), 0 if kind == 110 else 1]
        directory.append("".join(f"{n:8d}" for n in numbers) + " " * 24 + f"{0:8d}" + f"D{at + 1:7d}")
        return at

    for a, b, c, d in ((0, 1, 2, 3), (4, 5, 6, 7), (0, 4, 1, 5), (2, 6, 3, 7), (0, 2, 4, 6), (1, 3, 5, 7)):
        first, second = (
            add(110, ",".join(f"{x!r}" for x in map(float, (*corners[i], *corners[j])))) for i, j in ((a, b), (c, d))
        )
        add(118, f"{first},{second},0,0")
    name = "a,b;.igs"  # separators within a text
    head = f"1H,,1H;,4Hthis,{len(name)}H{name},4Hmade,3H1.0,32,38,6,308,15,4Hthis,1.0,{FLAGS[unit]},"
    head += f"{len(CODES[unit])}H{CODES[unit]},1,0.01,"
    head += "15H20240101.000000,1.0E-7,100.0,2Hme,2Hus,11,0,15H20240101.000000;"
    start, middle = _section("S", "a box"), _section("G", head)
    end = f"S{len(start):7d}G{len(middle):7d}D{len(directory):7d}P{len(parameters):7d}"
    return "\n".join([*start, *middle, *directory, *parameters, f"{end:<72}T      1"]) + "\n"
