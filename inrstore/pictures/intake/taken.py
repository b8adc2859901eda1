"""A picture that was taken in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image as pillow

from inrstore.errors import BadInput

from ..drawing import Image

Cover = NDArray[np.float32]
Kind = Literal["cut", "sketch", "photo"]
MARGIN = 0.08
"""Of a square's side, that stays white on each side."""


@dataclass(frozen=True)
class Taken:
    """The object in a picture."""

    image: Image
    """(h, w, 3), what is not the object white; of a photo all of it."""
    cover: Cover
    """(h, w) from 0 to 1, how much of a pixel the object covers; of a photo 1 everywhere."""
    kind: Kind
    """How it was found: cut out of what is behind; lines that enclose it; or not at all, before what is busy."""
    notes: tuple[str, ...] = ()
    """What was done that is worth saying, a sentence each."""

    def square(self, side: int, margin: float = MARGIN) -> Image:
        """(side, side, 3): the object up to its bounding box, in the middle of white. Errors: BadInput."""
        room = round(side * (1 - 2 * margin))
        if not 0 <= margin < 0.5 or room < 1:
            raise BadInput(f"margin: {margin} of {side} pixels leaves no room for the picture")
        top, bottom, left, right = bounds(self.cover)
        part = pillow.fromarray(np.ascontiguousarray(self.image[top:bottom, left:right]))
        scale = room / max(part.size)
        small = part.resize([max(1, round(length * scale)) for length in part.size], pillow.Resampling.LANCZOS)
        out = pillow.new("RGB", (side, side), "white")
        out.paste(small, ((side - small.width) // 2, (side - small.height) // 2))
        return np.asarray(out)


def bounds(cover: Cover) -> tuple[int, int, int, int]:
    """Top, bottom, left and right of what is covered by half; bottom and right are the first beyond."""
    there = cover >= 0.5
    if not there.any():
        return 0, cover.shape[0], 0, cover.shape[1]
    rows, columns = np.flatnonzero(there.any(1)), np.flatnonzero(there.any(0))
    return int(rows[0]), int(rows[-1]) + 1, int(columns[0]), int(columns[-1]) + 1


def on_white(image: Image, cover: Cover) -> Image:
    """The image, white where nothing is covered."""
    mixed = image * cover[..., None] + 255 * (1 - cover[..., None])
    return np.asarray(np.clip(mixed + 0.5, 0, 255), np.uint8)
