"""What commands print: aligned text for people, one JSON value for programs."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import Any

import click

BLOCK = 1_000
"""Values that are printed together."""
CONTROLS = {number: f"\\x{number:02x}" for number in (*range(32), 127)}
"""Spelled out, so that a name can neither break a table nor command a terminal."""


def emit(value: Any, text: str, as_json: bool) -> None:
    """Print `value` as the one JSON value, or `text` for people."""
    if as_json:
        click.echo(json.dumps(clean(value), ensure_ascii=False, default=str, allow_nan=False))
    elif text:
        click.echo(text)


def emit_many(
    values: Iterable[dict[str, Any]],
    headers: Sequence[str],
    row: Callable[[dict[str, Any]], Sequence[object]],
    none: str,
    as_json: bool,
) -> None:
    """Print values as they come, as one JSON array or as a table; of any number, for no more than `BLOCK` are held.

    `row` makes a value's cells, and `none` is what is printed for no value. Columns are as wide as the first block
    needs; what is longer further down moves the rest of its line.
    """
    blocks = _blocks(values)
    if as_json:
        _emit_array(blocks)
        return
    widths: list[int] | None = None
    for number, block in enumerate(blocks):
        body = [[cell(value) for value in row(one)] for one in block]
        lines = body if number else [list(headers), ["─" * len(header) for header in headers], *body]
        widths = widths or _widths(lines)
        click.echo(_aligned(lines, [False] * len(headers), widths))
    if widths is None:
        click.echo(none)


def _blocks(values: Iterable[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    source = iter(values)
    while block := list(islice(source, BLOCK)):
        yield block


def _emit_array(blocks: Iterable[list[dict[str, Any]]]) -> None:
    click.echo("[", nl=False)
    for number, block in enumerate(blocks):
        text = json.dumps(clean(block), ensure_ascii=False, default=str, allow_nan=False)
        click.echo((", " if number else "") + text[1:-1], nl=False)
    click.echo("]")


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


def _widths(rows: Sequence[Sequence[str]]) -> list[int]:
    from rich.cells import cell_len

    return [max(map(cell_len, column)) for column in zip(*rows, strict=True)]


def _aligned(rows: Sequence[Sequence[str]], right: Sequence[bool], widths: Sequence[int] | None = None) -> str:
    """Columns as wide as a terminal shows them: 日 is two. Not `rich.table`, which takes .5 s for 1,000 rows."""
    from rich.cells import cell_len

    lines = []
    widths = widths or _widths(rows)
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
