"""Pictures of what heads answer: scans beside what was made of them, and surfaces with their parts in colour."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from inrstore.surface.painted import palette
from inrstore.surface.points import Faces, Vertices

from .drawing import Image
from .render import render_mesh, render_points
from .sheet import Tile, sheet

COLORS = (palette(10)[:, :3] / 255).astype(np.float32)
PALE = np.float32(0.82)
SIZE, COLUMNS, SIX = 384, 5, 6
"""Pixels of a picture; tiles in a row, of parts, and of shapes with their answers."""


@dataclass(frozen=True, eq=False)
class Answer:
    """A scan and what was made of it, in one frame in which y is up."""

    scan: NDArray[np.floating]
    """(n, 3) points."""
    made: tuple[Vertices, Faces] | None
    """None where nothing was."""
    whole: NDArray[np.floating] | None = None
    """(m, 3) points of what is really there, where that is known."""
    note: str = ""


def answers_sheet(answers: Sequence[Answer], path: str | os.PathLike[str]) -> Path:
    """Write one picture: a row a scan, the scan framed, what was made of it, and what is there. Errors: as `sheet`."""
    return sheet([_row(one) for one in answers], path)


def _row(one: Answer) -> list[Tile]:
    """All of one size, so that one sees what was missing."""
    extent = one.whole if one.whole is not None else one.scan if one.made is None else one.made[0]
    row = [Tile(render_points(one.scan, SIZE, fit=extent), "scan")]
    row.append(Tile(None, "nothing") if one.made is None else Tile(render_mesh(*one.made, SIZE), "made", one.note))
    return row if one.whole is None else [*row, Tile(render_points(one.whole, SIZE, fit=extent), "as it is")]


class PartsLike(Protocol):
    """What a picture needs to know of a segmented surface or cloud; `inrstore.tasks.Segmented` is one."""

    @property
    def names(self) -> tuple[str, ...]: ...
    @property
    def part(self) -> NDArray[np.int64]: ...
    @property
    def vertices(self) -> NDArray[np.float64]: ...
    @property
    def faces(self) -> NDArray[np.int64] | None: ...


def parts_sheet(parts: PartsLike, path: str | os.PathLike[str]) -> Path:
    """Write one picture: the whole with its parts in colour, framed, then each part by name. Errors: as `sheet`."""
    there = np.unique(parts.part)
    tiles = [Tile(_painted(parts, there), "all parts", framed=True)]
    tiles += [Tile(_painted(parts, there[there == one]), parts.names[one], framed=False) for one in there]
    rows = [tiles[start : start + COLUMNS] for start in range(0, len(tiles), COLUMNS)]
    return sheet(rows, path)


class PartsSaidLike(Protocol):
    """What a picture needs to know of answers that are known; `inrstore.tasks.PartsSaid` is one."""

    @property
    def kind(self) -> str: ...
    @property
    def points(self) -> NDArray[np.floating]: ...
    @property
    def names(self) -> tuple[str, ...]: ...
    @property
    def said(self) -> NDArray[np.int64]: ...
    @property
    def true(self) -> NDArray[np.int64]: ...


def parts_said_sheet(shapes: Sequence[PartsSaidLike], path: str | os.PathLike[str]) -> Path:
    """Write one picture: of each shape its parts as they were said, framed, and as they are. Errors: as `sheet`.

    What the segmenter does not know is pale.
    """
    tiles = list[Tile]()
    for one in shapes:
        colors = np.vstack([np.resize(COLORS, (len(one.names), 3)), [[PALE] * 3]])
        said, true = (
            render_points(one.points, SIZE, color=colors[np.maximum(part, -1)]) for part in (one.said, one.true)
        )
        right = f"{np.mean(one.said == one.true):.0%}"
        tiles += [Tile(said, one.kind, right, framed=True), Tile(true, "as it is", framed=False)]
    return sheet([tiles[start : start + SIX] for start in range(0, len(tiles), SIX)], path)


def _painted(parts: PartsLike, shown: NDArray[np.int64]) -> Image:
    """(SIZE, SIZE, 3) with the parts `shown` in their colours of `inrstore.surface.painted.PALETTE`."""
    colors = np.where(np.isin(parts.part, shown)[:, None], np.resize(COLORS, (len(parts.names), 3))[parts.part], PALE)
    if parts.faces is None:
        there = np.isfinite(parts.vertices).all(axis=1)
        return render_points(parts.vertices[there], SIZE, color=colors[there])
    return render_mesh(parts.vertices, parts.faces, SIZE, color=lambda faces, shares: colors[faces])
