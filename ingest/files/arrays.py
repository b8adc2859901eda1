"""NPY and NPZ: points and grids as arrays. Nothing is unpickled."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .geometry import Cloud, Geometry, Limits, Mesh, Points, Voxels, check_cells


def read(path: Path, limits: Limits) -> Geometry:
    """Points (n, 3 or more columns), a grid (a, b, c), or of NPZ `vertices` with `faces`."""
    if path.suffix.lower() == ".npz":
        return _read_npz(path)
    return _from_array(np.load(path, mmap_mode="r", allow_pickle=False))


def _read_npz(path: Path) -> Geometry:
    """`vertices` with `faces`; or `points`; or `grid`; or a single array of any name."""
    with np.load(path, allow_pickle=False) as arrays:
        names = list(arrays.files)
        if {"vertices", "faces"} <= set(names):
            faces = np.asarray(arrays["faces"])
            if faces.ndim != 2 or faces.shape[1] != 3 or faces.dtype.kind not in "iu":
                raise ValueError(f"faces are {faces.dtype} {faces.shape}, not whole numbers (f, 3)")
            return Mesh(_columns(np.asarray(arrays["vertices"])), faces.astype(np.int64))
        chosen = next((n for n in ("points", "vertices", "grid", "voxels", "occupancy") if n in names), None)
        if chosen is None and len(names) == 1:
            chosen = names[0]
        if chosen is None:
            raise ValueError(f"arrays {names}: name one of them points or grid, or two vertices and faces")
        return _from_array(np.asarray(arrays[chosen]))


def _from_array(array: NDArray[Any]) -> Cloud | Voxels:
    if array.dtype.kind not in "biuf":
        raise ValueError(f"an array of {array.dtype}, not of numbers")
    if array.ndim == 2:
        return Cloud(_columns(array))
    if array.ndim != 3:
        raise ValueError(f"an array of shape {array.shape}: points are (n, 3), a grid is (a, b, c)")
    if array.shape[2] == 3 and array.dtype.kind == "f":
        raise ValueError(f"shape {array.shape} looks like several clouds: save each (n, 3) in its own file")
    check_cells(array.shape)
    return Voxels.centred(array)


def _columns(array: NDArray[Any]) -> Points:
    if array.ndim != 2 or array.shape[1] < 3:
        raise ValueError(f"an array of shape {array.shape}, not points (n, 3)")
    return np.asarray(array[:, :3], np.float64)
