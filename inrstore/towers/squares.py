"""Square pictures of any size, made of one."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image as pillow

from inrstore.errors import BadArray


def resized(pictures: Sequence[NDArray[np.uint8]], side: int) -> NDArray[np.uint8]:
    """(n, side, side, 3) of pictures (s, s, 3), with all that lies under a pixel in it. Errors: BadArray."""
    out = np.empty((len(pictures), side, side, 3), np.uint8)
    for place, picture in enumerate(pictures):
        checked = square(picture)
        if len(checked) != side:
            checked = np.asarray(pillow.fromarray(checked).resize((side, side), BICUBIC))
        out[place] = checked
    return out


def square(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Errors: BadArray if it is not (s, s, 3) of 8 bits."""
    given = np.asarray(picture)
    if given.dtype != np.uint8 or given.ndim != 3 or given.shape[0] != given.shape[1] or given.shape[2] != 3:
        raise BadArray(f"pictures: {given.dtype} of shape {given.shape}, expected are square (s, s, 3) of uint8")
    if not len(given):
        raise BadArray("pictures: one of no pixels")
    return np.ascontiguousarray(given)


BICUBIC = pillow.Resampling.BICUBIC
"""Pillow's looks at all pixels that a new one covers, so that fine lines do not flicker."""
