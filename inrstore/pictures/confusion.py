"""Which class is taken for which, as a picture."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from numpy.typing import NDArray

from inrstore.errors import BadInput
from inrstore.files import atomic_path

from .sheet import DPI, FAINT, INK

CELL, NAMES, LEAST = 0.3, 1.4, 2.0
"""Inches: a class's row, what its name may take beside the square, and the smallest square."""
LIGHT = 0.55
"""Share of a row from which the ground is so dark that the number is written in white."""


def draw_confusion(
    names: Sequence[object], counts: NDArray[np.integer], path: str | os.PathLike[str], *, by: str = "nearest neighbour"
) -> Path:
    """Write counts (c, c) of what is (rows) against what it was taken for (columns); PNG, PDF or SVG by the ending.

    by : who took it for that, in words

    Cells are shaded by their share of the row and bear the number; classes nobody asked for are left out of the rows.

    Raises
    ------
    BadInput
        If nothing was counted, or matplotlib knows no format with that ending.
    StorageFull
        If the disk is full.
    """
    target, counts = Path(path), np.asarray(counts)
    rows, columns = np.flatnonzero(counts.sum(axis=1)), np.flatnonzero(counts.sum(axis=0) + counts.sum(axis=1))
    if not len(rows):
        raise BadInput("a confusion picture needs at least one query")
    shown = counts[np.ix_(rows, columns)]
    width, height = (max(LEAST, CELL * len(some)) for some in (columns, rows))
    figure = Figure(figsize=(width + NAMES, height + NAMES), dpi=DPI, facecolor="white")
    canvas = FigureCanvasAgg(figure)
    if target.suffix.lstrip(".").lower() not in canvas.get_supported_filetypes():
        raise BadInput(f"{target}: no picture format has the ending {target.suffix!r}; use .png")
    axes = figure.add_axes((NAMES / (width + NAMES), 0.02, width / (width + NAMES) - 0.02, height / (height + NAMES)))
    share = shown / shown.sum(axis=1, keepdims=True)
    axes.imshow(share, cmap="Blues", vmin=0, vmax=1, aspect="auto")
    for i, j in zip(*np.nonzero(shown), strict=True):
        color = "white" if share[i, j] > LIGHT else INK
        axes.text(j, i, str(shown[i, j]), ha="center", va="center", size=6.5, color=color)
    axes.set_xticks(range(len(columns)), [_short(names[int(c)]) for c in columns], rotation=90, size=7)
    axes.set_yticks(range(len(rows)), [_short(names[int(r)]) for r in rows], size=7)
    axes.xaxis.tick_top()
    axes.xaxis.set_label_position("top")
    axes.set_xlabel(by, size=7.5, color=FAINT)
    axes.set_ylabel("query", size=7.5, color=FAINT)
    axes.tick_params(length=0, colors=INK)
    for spine in axes.spines.values():
        spine.set_color(FAINT)
    with atomic_path(target) as temporary:
        figure.savefig(temporary)
    return target


def _short(name: object, length: int = 16) -> str:
    text = str(name)
    return text if len(text) <= length else text[: length - 1] + "…"
