"""How a training went, as a picture."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from inrstore.errors import BadInput
from inrstore.files import atomic_path

from .sheet import DPI, FAINT, INK


def draw_curves(history: Sequence[Mapping[str, float]], path: str | os.PathLike[str]) -> Path:
    """Write a picture of one row of figures an epoch: those called "loss …" to the left, the validation's to the right.

    Raises
    ------
    BadInput
        If there is no epoch, or matplotlib knows no format with that ending.
    StorageFull
        If the disk is full.
    """
    if not history:
        raise BadInput("curves need at least one epoch")
    target, names = Path(path), list(dict.fromkeys(name for row in history for name in row))
    figure = Figure(figsize=(9, 3.4), dpi=DPI, facecolor="white", layout="constrained")
    canvas = FigureCanvasAgg(figure)
    if target.suffix.lstrip(".").lower() not in canvas.get_supported_filetypes():
        raise BadInput(f"{target}: no picture format has the ending {target.suffix!r}; use .png")
    losses = [name for name in names if name.startswith("loss ")]
    for axes, some, title in zip(
        figure.subplots(1, 2),
        (losses, [name for name in names if name not in losses]),
        ("training", "validation"),
        strict=True,
    ):
        for name in some:
            points = [(epoch, row[name]) for epoch, row in enumerate(history, start=1) if name in row]
            axes.plot(
                *zip(*points, strict=True), label=name.removeprefix("loss "), marker="." if len(points) < 30 else ""
            )
        axes.set_title(title, size=9, color=INK, loc="left")
        axes.set_xlabel("epoch", size=8, color=FAINT)
        axes.tick_params(labelsize=7.5, colors=INK)
        axes.grid(alpha=0.25)
        axes.legend(fontsize=7.5, frameon=False)
        for side in ("top", "right"):
            axes.spines[side].set_visible(False)
    with atomic_path(target) as temporary:
        figure.savefig(temporary)
    return target
