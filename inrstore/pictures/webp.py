"""Small pictures as WebP, and back."""

from __future__ import annotations

from io import BytesIO

import numpy as np
from PIL import Image as pillow

from inrstore.errors import BadInput
from inrstore.records import THUMBNAIL_BYTES

from .drawing import Image

SIZE = 256
"""Pixels a side of the pictures that a store keeps."""
QUALITIES = (85, 75, 62, 48, 34, 20, 8, 1)
"""The first that is small enough is taken."""
METHOD = 2
"""Of 6: takes half of the usual one's time, for a fifteenth more bytes."""
SIDES = (256, 192, 128, 64)
"""Pixels, for a picture so busy that no quality makes it small enough."""


def to_webp(image: Image, limit: int = THUMBNAIL_BYTES) -> bytes:
    """(h, w, 3) pixels as WebP of at most `limit` bytes; the same pixels give the same bytes. Errors: BadInput."""
    picture = pillow.fromarray(image)
    for side in (max(picture.size), *SIDES):
        picture.thumbnail((side, side))
        for quality in QUALITIES:
            out = BytesIO()
            picture.save(out, "webp", quality=quality, method=METHOD)
            if out.tell() <= limit:
                return out.getvalue()
    raise BadInput(f"no picture fits {limit} bytes; give at least {THUMBNAIL_BYTES}")


def from_webp(content: bytes) -> Image:
    """(h, w, 3) pixels. Errors: BadInput if these bytes are no WebP."""
    try:
        with pillow.open(BytesIO(content), formats=("WEBP",)) as picture:
            return np.asarray(picture.convert("RGB"))
    except (OSError, ValueError, pillow.DecompressionBombError) as error:
        raise BadInput(f"{len(content)} bytes are not a WebP picture: {error}") from error
