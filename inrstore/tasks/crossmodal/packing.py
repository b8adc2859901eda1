"""The numbers of a head in little room: a byte each where there are many, with a scale for each row."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from inrstore.records import FloatArray

SCALE = ".scale"
"""What the name of a tensor ends with that holds the scales (n,) of the rows of another (n, m)."""
MANY = 10_000
"""Numbers of a matrix from which on they are bytes; others are of half precision."""


def packed(tensors: Mapping[str, NDArray[np.floating]]) -> dict[str, NDArray[Any]]:
    """The tensors by name, matrices of many numbers as whole ones from -127 to 127, of which the scale is a unit."""
    out: dict[str, NDArray[Any]] = {}
    for name, value in tensors.items():
        if value.ndim != 2 or value.size < MANY:
            out[name] = value.astype(np.float16)
            continue
        scale = np.maximum(np.abs(value).max(axis=1), 1e-12).astype(np.float32) / 127
        out[name], out[name + SCALE] = np.rint(value / scale[:, None]).astype(np.int8), scale
    return out


def unpacked(tensors: Mapping[str, NDArray[Any]]) -> dict[str, FloatArray]:
    """What `packed` was given, to within half a unit."""
    out = {}
    for name, value in tensors.items():
        if not name.endswith(SCALE):
            scale = tensors.get(name + SCALE)
            whole = value.astype(np.float32)
            out[name] = whole if scale is None else whole * scale[:, None]
    return out
