"""Readers of points and grids: XYZ, PTS, PCD, NPY, NPZ, binvox. None of them unpickles anything.

Every reader takes the path and raises ValueError (or OSError) for a damaged file; `load` names the file.
"""

from __future__ import annotations

import io
import math
import re
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray
from trimesh.exchange.binvox import parse_binvox
from trimesh.voxel.runlength import rle_to_dense

from .geometry import MAX_CELLS, Cloud, Geometry, Mesh, Points, Voxels

_NUMBER = re.compile(r"[-+]?(\d|\.\d|nan|inf)", re.IGNORECASE)
_BINVOX_DATA = re.compile(rb"\ndata\s*\n")
BINVOX_HEADER = 10_000
"""Bytes in which the header must end."""


def read_text_cloud(path: Path) -> Cloud:
    """XYZ and PTS: three or more columns, by spaces, commas or semicolons; headers and counts are skipped."""
    text = path.read_bytes().decode("utf-8-sig", errors="replace")
    text = text.translate(str.maketrans(",;\t", "   "))
    lines = [line for line in text.splitlines() if line.strip()]
    first = next((i for i, line in enumerate(lines) if _is_row(line)), None)
    if first is None:
        raise ValueError("no line has three numbers")
    if first > 20:
        raise ValueError(f"its first {first} lines are not numbers")
    return Cloud(np.loadtxt(lines[first:], usecols=(0, 1, 2), comments=("#", "//"), ndmin=2))


def _is_row(line: str) -> bool:
    words = line.split()
    return len(words) >= 3 and all(_NUMBER.match(word) for word in words[:3])


def read_array(path: Path) -> Geometry:
    """NPY: points (n, 3 or more columns) or a grid (a, b, c)."""
    return _from_array(np.load(path, mmap_mode="r", allow_pickle=False))


def read_arrays(path: Path) -> Geometry:
    """NPZ: `vertices` with `faces`; or `points`; or `grid`; or a single array of any name."""
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
    _check_cells(array.shape)
    return Voxels.centred(array)


def _columns(array: NDArray[Any]) -> Points:
    if array.ndim != 2 or array.shape[1] < 3:
        raise ValueError(f"an array of shape {array.shape}, not points (n, 3)")
    return np.asarray(array[:, :3], np.float64)


def _check_cells(shape: tuple[int, ...]) -> None:
    cells = int(np.prod([int(n) for n in shape], dtype=object))
    if min(shape) < 1 or cells > MAX_CELLS:
        raise ValueError(f"a grid of {' x '.join(map(str, shape))} cells; 1 to {MAX_CELLS} cells are read")


def read_binvox(path: Path) -> Voxels:
    """binvox 1: a text header, then runs (value, count), y fastest, then z, then x.

    The frame is the format's own: `translate` is the grid's lower corner, `scale` its longest side. trimesh's loader,
    which takes them for the centres of the outermost cells, reads the file but not the frame.
    """
    with path.open("rb") as file:
        if not _BINVOX_DATA.search(file.read(BINVOX_HEADER)):  # else all of a large file would be taken for text
            raise ValueError("its header has no data line")
        file.seek(0)
        runs, shape, corner, scale = parse_binvox(file)
    dims = tuple(int(n) for n in shape)
    if len(dims) != 3:
        raise ValueError(f"dim has {len(dims)} numbers, not three")
    _check_cells(dims)
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


def read_pcd(path: Path) -> Cloud:
    """PCD 0.7 in its three codings: ascii, binary and binary_compressed; missing points (NaN) stay."""
    with path.open("rb") as file:
        header = _pcd_header(file)
        body = file.read()
    dtype = _pcd_dtype(header)
    count = int(header["POINTS"][0]) if "POINTS" in header else int(header["WIDTH"][0])
    coding = header["DATA"][0].lower()
    if coding == "ascii":
        columns = [_pcd_column(header, axis) for axis in "xyz"]
        table = np.loadtxt(io.BytesIO(body), usecols=columns, ndmin=2, max_rows=count)
    elif coding in ("binary", "binary_compressed"):
        rows = _pcd_rows(body, dtype, count, coding)
        table = np.column_stack([rows[axis].astype(np.float64).reshape(count, -1)[:, 0] for axis in "xyz"])
    else:
        raise ValueError(f"DATA {coding} is none of ascii, binary, binary_compressed")
    if len(table) < count:
        raise ValueError(f"holds {len(table)} points where its header says {count}")
    return Cloud(table)


def _pcd_header(file: BinaryIO) -> dict[str, list[str]]:
    header: dict[str, list[str]] = {}
    for _ in range(100):
        words = file.readline(100_000).decode("ascii", "replace").split()
        if words and not words[0].startswith("#"):
            header[words[0].upper()] = words[1:]
        if "DATA" in header:
            break
    missing = [name for name in ("FIELDS", "SIZE", "TYPE", "DATA") if not header.get(name)]
    missing += [] if header.get("POINTS") or header.get("WIDTH") else ["POINTS"]
    if missing:
        raise ValueError(f"its header has no {', '.join(missing)}")
    return header


def _pcd_counts(header: dict[str, list[str]]) -> list[int]:
    return [int(n) for n in header.get("COUNT", ["1"] * len(header["FIELDS"]))]


def _pcd_column(header: dict[str, list[str]], axis: str) -> int:
    if axis not in header["FIELDS"]:
        raise ValueError(f"its FIELDS have no {axis}")
    return sum(_pcd_counts(header)[: header["FIELDS"].index(axis)])


def _pcd_dtype(header: dict[str, list[str]]) -> np.dtype[np.void]:
    names = [name if name in "xyz" else f"{name}:{i}" for i, name in enumerate(header["FIELDS"])]
    if not {"x", "y", "z"} <= set(names):
        raise ValueError(f"its FIELDS {header['FIELDS']} have no x, y, z")
    kinds = [f"<{t.lower()}{s}" for t, s in zip(header["TYPE"], header["SIZE"], strict=True)]
    return np.dtype([(n, k, (c,)) for n, k, c in zip(names, kinds, _pcd_counts(header), strict=True)])


def _pcd_rows(body: bytes, dtype: np.dtype[np.void], count: int, coding: str) -> NDArray[np.void]:
    size = dtype.itemsize * count
    if coding == "binary_compressed":
        packed, unpacked = np.frombuffer(body[:8], "<u4")
        if unpacked != size:
            raise ValueError(f"unpacks to {unpacked} bytes where its header says {size}")
        body = _lzf(body[8 : 8 + int(packed)], size)
    if len(body) < size:
        raise ValueError(f"has {len(body)} bytes of points where its header says {size}")
    if coding == "binary":
        return np.frombuffer(body, dtype, count)
    rows, start = np.empty(count, dtype), 0  # compressed: one field after the other
    for name in dtype.names or ():
        column = np.frombuffer(body, dtype[name].base, rows[name].size, start)
        rows[name] = column.reshape(rows[name].shape)
        start += column.nbytes
    return rows


def _lzf(packed: bytes, size: int) -> bytes:
    """LZF, as liblzf writes it: literal runs, and copies of what came before."""
    out, at = bytearray(), 0
    while at < len(packed):
        control = packed[at]
        at += 1
        if control < 32:
            out += packed[at : at + control + 1]
            at += control + 1
        else:
            length = control >> 5
            if length == 7:
                length += packed[at]
                at += 1
            start = len(out) - ((control & 31) << 8) - packed[at] - 1
            at += 1
            if start < 0:
                raise ValueError("its compressed points are damaged")
            chunk = out[start : start + length + 2]
            out += (chunk * ((length + 2) // len(chunk) + 1))[: length + 2]
        if len(out) > size:
            raise ValueError("its compressed points are damaged")
    return bytes(out)
