"""What commands print: aligned text for people, one JSON value for programs."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Sequence
from typing import Any

import click


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
    """Aligned columns, numbers to the right; never shortened, so that paths can be copied."""
    body = [[cell(value) for value in row] for row in rows]
    right = [bool(body) and all(_numeric(row[i]) for row in body) for i in range(len(headers))]
    widths = [max(len(line[i]) for line in [list(headers), *body]) for i in range(len(headers))]

    def line(cells: Sequence[str]) -> str:
        padded = (c.rjust(w) if r else c.ljust(w) for c, w, r in zip(cells, widths, right, strict=True))
        return "  ".join(padded).rstrip()

    return "\n".join([line(headers), line(["─" * width for width in widths]), *map(line, body)])


def cell(value: object) -> str:
    if value is None:
        return "–"
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _numeric(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return text == "–"
    return True


def listing(values: dict[str, object]) -> str:
    """Names and values, one a line; a dictionary becomes ``a 3, b 2``."""
    width = max((len(name) for name in values), default=0)
    return "\n".join(f"{name.ljust(width)}  {_inline(value)}" for name, value in values.items())


def _inline(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{key} {cell(item)}" for key, item in value.items()) or "–"
    if isinstance(value, list | tuple):
        return ", ".join(cell(item) for item in value) or "–"
    return cell(value)


def size(count: float) -> str:
    """Bytes for people: 1.5 MiB."""
    for unit in ("bytes", "KiB", "MiB", "GiB"):
        if count < 1024 or unit == "GiB":
            break
        count /= 1024
    return f"{count:.0f} {unit}" if unit == "bytes" else f"{count:.1f} {unit}"


def counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
