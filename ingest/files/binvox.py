"""binvox 1: occupied cells, run by run."""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO

import numpy as np

from .geometry import Limits, Voxels, check_cells


def read(path: Path, limits: Limits) -> Voxels:
    """A text header, then runs (value, count), y fastest, then z, then x."""
    with path.open("rb") as file:
        header = _binvox_header(file)
        runs = np.frombuffer(file.read(), np.uint8)
    dims = [int(n) for n in header["dim"]]
    if len(dims) != 3:
        raise ValueError(f"dim has {len(dims)} numbers, not three")
    check_cells(tuple(dims))
    values, counts = runs[0 : len(runs) // 2 * 2 : 2], runs[1::2]
    if int(counts.sum(dtype=np.int64)) != np.prod(dims):
        raise ValueError(f"holds {counts.sum(dtype=np.int64)} cells where its header says {np.prod(dims)}")
    x, y, z = dims
    grid = np.repeat(values > 0, counts).reshape(x, z, y).transpose(0, 2, 1)
    pitch = float(header.get("scale", ["1"])[0]) / max(dims)
    corner = np.array(header.get("translate", ["0", "0", "0"]), np.float64)
    if not (np.isfinite(pitch) and pitch > 0 and np.isfinite(corner).all()):
        raise ValueError("its scale or translate is not a usable number")
    return Voxels(grid, corner + pitch / 2, pitch)


def _binvox_header(file: BinaryIO) -> dict[str, list[str]]:
    if b"binvox" not in file.readline(100):
        raise ValueError("it does not begin with #binvox")
    header: dict[str, list[str]] = {}
    for _ in range(100):
        words = file.readline(1000).decode("ascii", "replace").split()
        if words[:1] == ["data"]:
            if "dim" not in header:
                raise ValueError("its header has no dim")
            return header
        if words:
            header[words[0]] = words[1:]
    raise ValueError("its header has no data line")
