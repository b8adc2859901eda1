"""Many pictures on one sheet: rows of captioned tiles, by matplotlib without a display."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch

from inrstore.errors import BadInput
from inrstore.files import atomic_path

from .drawing import Image

TILE, CAPTION, GAP, MARGIN = 1.7, 0.27, 0.13, 0.2
"""Inches: a tile's side, the line under it, the space between tiles, the space around all."""
QUERY_GAP = 0.22
"""Additional inches between a query and its neighbours."""
DPI = 150
INK, FAINT, FRAME, EMPTY = "#2b2f33", "#8a9096", "#d9822b", "#f6f6f5"
SAME, OTHER = "#3a9a5b", "#c9503f"


@dataclass(frozen=True)
class Tile:
    """A picture with its caption: `title` to the left, `note` to the right."""

    image: Image | None
    """(h, w, 3), or None for an empty tile that shows the title."""
    title: str
    note: str = ""
    match: bool | None = None
    """Whether it is of the query's class: a green or a red dot; None for no dot."""
    framed: bool | None = None
    """As what is asked, or shown; by default the first of its row."""


def sheet(rows: Sequence[Sequence[Tile]], path: str | os.PathLike[str]) -> Path:
    """Write rows of tiles, framed as they say, by default the first of each row; PNG, PDF or SVG by the path's ending.

    Raises
    ------
    BadInput
        If there is nothing to draw, or matplotlib knows no format with that ending.
    StorageFull
        If the disk is full.
    """
    target = Path(path)
    columns = max((len(row) for row in rows), default=0)
    if columns == 0:
        raise BadInput("a sheet needs at least one tile")
    width = 2 * MARGIN + columns * TILE + (columns - 1) * GAP + QUERY_GAP * (columns > 1)
    height = 2 * MARGIN + len(rows) * (TILE + CAPTION) + (len(rows) - 1) * GAP
    figure = Figure(figsize=(width, height), dpi=DPI, facecolor="white")
    canvas = FigureCanvasAgg(figure)
    if target.suffix.lstrip(".").lower() not in canvas.get_supported_filetypes():
        raise BadInput(f"{target}: no picture format has the ending {target.suffix!r}; use .png")
    page = figure.add_axes((0, 0, 1, 1))  # one axes, in inches from the upper left
    page.set(xlim=(0, width), ylim=(height, 0))
    page.axis("off")
    for i, row in enumerate(rows):
        for j, tile in enumerate(row):
            left = MARGIN + j * (TILE + GAP) + QUERY_GAP * (j > 0)
            _draw(page, tile, left, MARGIN + i * (TILE + CAPTION + GAP), j == 0 if tile.framed is None else tile.framed)
    with atomic_path(target) as temporary:
        figure.savefig(temporary)
    return target


def _draw(page: Axes, tile: Tile, left: float, top: float, query: bool) -> None:
    rounding = 0.09
    frame = FancyBboxPatch(
        (left + rounding, top + rounding),
        TILE - 2 * rounding,
        TILE - 2 * rounding,
        boxstyle=f"round,pad={rounding}",
        facecolor=EMPTY,
        edgecolor=FRAME if query else "none",
        linewidth=2.2 if query else 0,
    )
    page.add_patch(frame)
    if tile.image is None:
        page.text(left + TILE / 2, top + TILE / 2, _short(tile.title, 20), color=FAINT, size=8, ha="center")
    else:
        place = (left, left + TILE, top + TILE, top)
        drawn = page.imshow(tile.image, extent=place, aspect="auto", interpolation="lanczos", zorder=2)
        drawn.set_clip_path(frame)
        frame.set(facecolor="none", zorder=3)
    line = top + TILE + 0.16
    indent = 0.03
    if tile.match is not None:
        page.plot(left + 0.07, line - 0.005, "o", markersize=4, color=SAME if tile.match else OTHER)
        indent = 0.16
    weight = "bold" if query else "normal"
    title = _short(tile.title, (18 if query else 22) - len(tile.note))
    page.text(left + indent, line, title, color=INK, size=8.5, weight=weight, va="center")
    color = FRAME if query else FAINT
    page.text(left + TILE - 0.03, line, tile.note, color=color, size=8.5, ha="right", va="center")


def _short(text: str, length: int) -> str:
    return text if len(text) <= length else text[: max(length - 1, 1)] + "…"
