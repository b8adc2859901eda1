"""What commands print: aligned text for people, one JSON value for programs."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Sequence
from typing import Any

import click

CONTROLS = {number: f"\\x{number:02x}" for number in (*range(32), 127)}
"""Spelled out, so that a name can neither break a table nor command a terminal."""


def emit(value: Any, text: str, as_json: bool) -> None:
    """Print `value` as the one JSON value, or `text` for people."""
    if as_json:
        click.echo(json.dumps(clean(value), ensure_ascii=False, default=str, allow_nan=False))
    elif text:
        click.echo(text)


def clean(value: Any) -> Any:
    """`value` in plain JSON types: numbers of NumPy unwrapped, NaN and infinities as null (JSON has none)."""
    if isinstance(value, dict):
        return {str(key): clean(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [clean(item) for item in value]
    if hasattr(value, "tolist"):  # NumPy scalars and arrays
        return clean(value.tolist())
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def table(headers: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Aligned columns, numbers to the right; never shortened or wrapped, so that paths can be copied."""
    body = [[cell(value) for value in row] for row in rows]
    right = [all(map(_numeric, column)) for column in zip(*body, strict=True)]
    return _aligned([list(headers), ["─" * len(header) for header in headers], *body], right or [False] * len(headers))


def listing(values: dict[str, object]) -> str:
    """Names and values, one a line; a dictionary becomes ``a 3, b 2``."""
    return _aligned([[name, _inline(value)] for name, value in values.items()], [False, False])


def _aligned(rows: Sequence[Sequence[str]], right: Sequence[bool]) -> str:
    """Columns as wide as a terminal shows them: 日 is two. Not `rich.table`, which takes .5 s for 1,000 rows."""
    from rich.cells import cell_len

    widths = [max(map(cell_len, column)) for column in zip(*rows, strict=True)]
    lines = []
    for row in rows:
        spaces = [" " * (width - cell_len(text)) for text, width in zip(row, widths, strict=True)]
        cells = (space + text if r else text + space for text, space, r in zip(row, spaces, right, strict=True))
        lines.append("  ".join(cells).rstrip())
    return "\n".join(lines)


def cell(value: object) -> str:
    if value is None:
        return "–"
    text = f"{value:.4g}" if isinstance(value, float) else str(value)
    return text.translate(CONTROLS)


def size(count: float) -> str:
    """Bytes for people: 1.5 kB."""
    from rich.filesize import decimal

    return decimal(round(count))


def _numeric(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return text == "–"
    return True


def _inline(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{cell(key)} {cell(item)}" for key, item in value.items()) or "–"
    if isinstance(value, list | tuple):
        return ", ".join(cell(item) for item in value) or "–"
    return cell(value)


def counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
