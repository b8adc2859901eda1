"""XYZ, PTS and TXT: points as lines of text."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from .geometry import Cloud, Limits

_NUMBER = re.compile(r"[-+]?(\d|\.\d|nan|inf)", re.IGNORECASE)


def read(path: Path, limits: Limits) -> Cloud:
    """Three or more columns, by spaces, commas or semicolons; headers are skipped, and counts, but for those of PTS."""
    lines = [line for line in _plain(path.read_bytes()).splitlines() if line.strip()]
    first = next((i for i, line in enumerate(lines) if _is_row(line)), None)
    if first is None:
        raise ValueError("no line has three numbers")
    if first > 20:
        raise ValueError(f"its first {first} lines are not numbers")
    points = np.loadtxt(lines[first:], usecols=(0, 1, 2), comments=("#", "//"), ndmin=2)
    promised = lines[first - 1].strip() if first and path.suffix.lower() == ".pts" else ""
    if promised.isdecimal() and len(promised) < 20 and int(promised) > len(points):
        raise ValueError(f"holds {len(points):,} points where its first line says {int(promised):,}")
    return Cloud(points)


PART, PARTS = 6, 64
"""The column of a point's part, after its place and its normal, as of ShapeNetPart; and how many parts at most."""
LOOKED_AT = 4096
"""Bytes of a file that may be no cloud."""


def is_shape(path: Path) -> bool:
    """Whether a text has rows of three numbers or more and nothing else, as far as its beginning says."""
    with path.open("rb") as file:
        lines = _plain(file.read(LOOKED_AT)).splitlines()
    rows = [line for line in (lines[:-1] or lines) if line.strip()]
    return bool(rows) and all(_is_row(line) for line in rows) and len({len(line.split()) for line in rows}) == 1


def part_column(path: Path) -> NDArray[np.int64] | None:
    """(n,) the seventh column of a cloud that has just seven: place, normal, and a few whole numbers; else None.

    Other clouds have seven columns, too: an intensity and a colour after the place.
    """
    lines = [line for line in _plain(path.read_bytes()).splitlines() if line.strip()]
    first = next((i for i, line in enumerate(lines) if _is_row(line)), 0)
    if any(len(line.split()) != PART + 1 for line in lines[first : first + 10]):
        return None
    try:
        columns = np.loadtxt(lines[first:], usecols=range(3, PART + 1), comments=("#", "//"), ndmin=2)
    except ValueError:  # rows of other lengths: no such file
        return None
    normals, part = np.linalg.norm(columns[:, :3], axis=1), columns[:, 3]
    upright = np.mean(np.abs(normals - 1) < 0.05) > 0.9
    whole = np.isfinite(part).all() and (part == np.rint(part)).all() and len(np.unique(part)) <= PARTS
    return part.astype(np.int64) if upright and whole else None


def _plain(content: bytes) -> str:
    text = content.decode("utf-8-sig", errors="replace")
    return text.translate(str.maketrans(",;\t", "   "))


def _is_row(line: str) -> bool:
    words = line.split()
    return len(words) >= 3 and all(_NUMBER.match(word) for word in words[:3])
