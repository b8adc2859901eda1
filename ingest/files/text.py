"""XYZ, PTS and TXT: points as lines of text."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from .geometry import Cloud, Limits

_NUMBER = re.compile(r"[-+]?(\d|\.\d|nan|inf)", re.IGNORECASE)


def read(path: Path, limits: Limits) -> Cloud:
    """Three or more columns, by spaces, commas or semicolons; headers and counts are skipped."""
    lines = [line for line in _plain(path.read_bytes()).splitlines() if line.strip()]
    first = next((i for i, line in enumerate(lines) if _is_row(line)), None)
    if first is None:
        raise ValueError("no line has three numbers")
    if first > 20:
        raise ValueError(f"its first {first} lines are not numbers")
    return Cloud(np.loadtxt(lines[first:], usecols=(0, 1, 2), comments=("#", "//"), ndmin=2))


PART = 6
"""The column of a point's part, after its place and its normal, as of ShapeNetPart."""
LOOKED_AT = 4096
"""Bytes of a file that may be no cloud."""


def is_shape(path: Path) -> bool:
    """Whether a text has rows of three numbers or more and nothing else, as far as its beginning says."""
    with path.open("rb") as file:
        lines = _plain(file.read(LOOKED_AT)).splitlines()
    rows = [line for line in (lines[:-1] or lines) if line.strip()]
    return bool(rows) and all(_is_row(line) for line in rows) and len({len(line.split()) for line in rows}) == 1


def part_column(path: Path) -> NDArray[np.int64] | None:
    """(n,) the seventh column of a cloud where it has just seven, which are whole numbers; else None."""
    lines = [line for line in _plain(path.read_bytes()).splitlines() if line.strip()]
    first = next((i for i, line in enumerate(lines) if _is_row(line)), 0)
    if any(len(line.split()) != PART + 1 for line in lines[first : first + 10]):
        return None
    column = np.loadtxt(lines[first:], usecols=PART, comments=("#", "//"), ndmin=1)
    return column.astype(np.int64) if np.array_equal(column, np.rint(column)) else None


def _plain(content: bytes) -> str:
    text = content.decode("utf-8-sig", errors="replace")
    return text.translate(str.maketrans(",;\t", "   "))


def _is_row(line: str) -> bool:
    words = line.split()
    return len(words) >= 3 and all(_NUMBER.match(word) for word in words[:3])
