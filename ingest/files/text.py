"""XYZ and PTS: points as lines of text."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np

from .geometry import Cloud, Limits

_NUMBER = re.compile(r"[-+]?(\d|\.\d|nan|inf)", re.IGNORECASE)


def read(path: Path, limits: Limits) -> Cloud:
    """Three or more columns, by spaces, commas or semicolons; headers and counts are skipped."""
    text = path.read_bytes().decode("utf-8-sig", errors="replace")
    text = text.translate(str.maketrans(",;\t", "   "))
    lines = [line for line in text.splitlines() if line.strip()]
    first = next((i for i, line in enumerate(lines) if _is_row(line)), None)
    if first is None:
        raise ValueError("no line has three numbers")
    if first > 20:
        raise ValueError(f"its first {first} lines are not numbers")
    return Cloud(np.loadtxt(lines[first:], usecols=(0, 1, 2), comments=("#", "//"), ndmin=2))


def _is_row(line: str) -> bool:
    words = line.split()
    return len(words) >= 3 and all(_NUMBER.match(word) for word in words[:3])
