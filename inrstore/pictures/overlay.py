"""Two surfaces in one picture, each in its colour: where they agree both are seen, where one sticks out, that one."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from .drawing import Image
from .rays import Array, Integers
from .render import COLOR, render_mesh
from .sheet import Tile, sheet

Mesh = tuple[NDArray[np.float64], NDArray[np.int64]]
"""Vertices (v, 3) and faces (f, 3)."""
FIRST, SECOND = COLOR, (0.91, 0.55, 0.20)
SIZE = 256
ROWS, COLUMNS = 24, 8
"""Groups and members of each that are drawn, at most; a table names all."""


class Pair(Protocol):
    """What a picture needs to know of a member of a group; `index.Drawn` is one."""

    @property
    def mesh(self) -> Mesh: ...
    @property
    def transform(self) -> Sequence[float] | None: ...
    @property
    def title(self) -> str: ...
    @property
    def note(self) -> str: ...


def overlay(one: Mesh, other: Mesh, size: int = SIZE) -> Image:
    """(size, size, 3) picture of two meshes that lie in one frame, blue and orange. Errors: as `render_mesh`."""
    vertices = np.concatenate([one[0], other[0]])
    faces = np.concatenate([one[1], other[1] + len(one[0])])
    colors = np.array([FIRST, SECOND], np.float32)
    split = len(one[1])

    def paint(hit: Integers, shares: Array) -> Array:
        return np.asarray(colors[(hit >= split).astype(int)])

    return render_mesh(vertices, faces, size, color=paint)


def overlay_sheet(groups: Sequence[Sequence[Pair]], path: str | os.PathLike[str]) -> Path:
    """Write one picture: a row a group, its first alone, then each of the others laid upon that.

    Errors: as `sheet`.
    """
    rows = []
    for group in groups[:ROWS]:
        first, *others = group[: COLUMNS + 1]
        row = [Tile(render_mesh(*first.mesh, SIZE), first.title, first.note)]
        for other in others:
            row.append(Tile(overlay(first.mesh, _moved_back(other)), other.title, other.note))
        rows.append(row)
    return sheet(rows, path)


def _moved_back(pair: Pair) -> Mesh:
    """A member's mesh where the first lies."""
    vertices, faces = pair.mesh
    back = np.eye(4) if pair.transform is None else np.linalg.inv(np.asarray(pair.transform).reshape(4, 4))
    return vertices @ back[:3, :3].T + back[:3, 3], faces
