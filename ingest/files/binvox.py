"""binvox 1: occupied cells, run by run."""

from __future__ import annotations

import math
import re
from pathlib import Path

import numpy as np
from trimesh.exchange.binvox import parse_binvox
from trimesh.voxel.runlength import rle_to_dense

from .geometry import Limits, Voxels, check_cells

MAX_HEADER = 10_000
"""Bytes in which the header must end."""
_DATA = re.compile(rb"\ndata\s*\n")


def read(path: Path, limits: Limits) -> Voxels:
    """A text header, then runs (value, count), y fastest, then z, then x.

    The frame is the format's own: `translate` is the grid's lower corner, `scale` its longest side. (trimesh's loader
    takes them for the centres of the outermost cells, and cubes only; here it reads header and runs.)
    """
    with path.open("rb") as file:
        if not _DATA.search(file.read(MAX_HEADER)):  # else all of a large file would be taken for text
            raise ValueError("its header has no data line")
        file.seek(0)
        runs, shape, corner, scale = parse_binvox(file)
    dims = tuple(int(n) for n in shape)
    if len(dims) != 3:
        raise ValueError(f"dim has {len(dims)} numbers, not three")
    check_cells(dims)
    runs = runs[: len(runs) // 2 * 2]
    cells = int(runs[1::2].sum(dtype=np.int64))
    if cells != math.prod(dims):
        raise ValueError(f"holds {cells} cells where its header says {math.prod(dims)}")
    pitch = float(scale) / max(dims)
    if not (np.isfinite(pitch) and pitch > 0 and corner.shape == (3,) and np.isfinite(corner).all()):
        raise ValueError("its scale or translate is not a usable number")
    x, y, z = dims
    grid = rle_to_dense(runs, dtype=bool).reshape(x, z, y).transpose(0, 2, 1)
    return Voxels(grid, corner + pitch / 2, pitch)
