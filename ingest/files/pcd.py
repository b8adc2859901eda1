"""PCD 0.7: points in three codings."""

from __future__ import annotations

import io
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from .geometry import Cloud, Limits


def read(path: Path, limits: Limits) -> Cloud:
    """Its three codings: ascii, binary and binary_compressed; missing points (NaN) stay."""
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
