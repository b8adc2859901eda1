"""NPY and NPZ: points and grids as arrays. Nothing is unpickled."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from .geometry import Cloud, Geometry, Limits, Mesh, Points, Voxels, check_cells

SHAPES = ("points", "vertices", "grid", "voxels", "occupancy")
"""Names of arrays in an NPZ that are read, the first of them that is there."""
MAX_DIRECTORY = 2**16
"""Bytes of an archive's list of contents that `is_shape` looks at."""


def is_shape(path: Path) -> bool:
    """Whether a file is meant as points, a mesh or a grid, by names and sizes alone; a damaged one may be.

    What is called like a shape, or is alone and has a shape's size, is meant as one, though reading it may fail.
    """
    try:
        if path.suffix.lower() == ".npz":
            return _names_shape(path)
        with path.open("rb") as file:
            return _sized_like_shape(file)
    except Exception:  # the reader finds out, in a process of its own, and says what is wrong
        return True


def _names_shape(path: Path) -> bool:
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - 2**16))
        tail = file.read()
        end = tail.rfind(b"PK\x05\x06")
        if b"PK\x06\x07" in tail or int.from_bytes(tail[end + 12 : end + 16], "little") > MAX_DIRECTORY:
            return True  # so many entries are not for this process to list
    with zipfile.ZipFile(path) as archive:
        names = archive.namelist()
        if {name.removesuffix(".npy") for name in names} & set(SHAPES):
            return True
        if len(names) != 1:
            return False
        with archive.open(names[0]) as array:
            return _sized_like_shape(array)


def _sized_like_shape(file: IO[bytes]) -> bool:
    version = np.lib.format.read_magic(file)
    read_header = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
    shape, _, dtype = read_header(file)
    return dtype.kind in "biuf" and (len(shape) == 3 or (len(shape) == 2 and shape[1] >= 3))


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
        chosen = next((n for n in SHAPES if n in names), None)
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
