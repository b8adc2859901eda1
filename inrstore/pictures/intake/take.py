"""From a file to the object in it."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from inrstore.errors import BadInput

from ..drawing import Image
from .background import before_plain
from .decoding import Box, decode
from .masks import given_mask
from .reading import read
from .sketch import Sketch, sketched
from .taken import Cover, Taken, on_white

CLEAR = 0.01
"""Share of a picture that is transparent, at least, where that says what the object is."""
FLAT = 6
"""Levels of 255 that the colours of a picture differ by, at least."""
BUSY = "what is behind the object is not plain, so all of the picture is compared; a mask or a box says what is meant"
OPEN = "the outline of the drawing is not closed, so its lines are taken for the object"


def take(
    source: Path | bytes, *, name: str | None = None, mask: Path | bytes | None = None, box: Box | None = None
) -> Taken:
    """The object in a picture: PNG, JPEG, WebP, GIF, BMP or TIFF, a path or its bytes, called `name` in what is said.

    With a mask, a picture of the same shape that is bright or opaque where the object is, that is the object. With a
    box (x0, y0, x1, y1), in pixels of the picture as it is held upright, only that part is looked at. Otherwise what
    is transparent, or of the colour of the border, is not the object; drawings are what their lines enclose; and of
    other pictures all is taken, and a note says so. Errors: BadInput, for whatever the file is.
    """
    called = name or (str(source) if isinstance(source, Path) else "the picture")
    whole = decode(read(source, called), called, box)
    image = whole.pixels[..., :3]
    opaque: Cover = np.asarray(whole.pixels[..., 3] / 255, np.float32)
    if opaque.max() < 0.04:
        raise BadInput(f"{called} is transparent all over; there is nothing to compare")
    cover = _alpha(opaque)
    if mask is not None:
        chosen: Cover = np.asarray(given_mask(mask, whole, box) * (1 if cover is None else cover), np.float32)
        if not (chosen >= 0.5).any():
            raise BadInput(f"{called} is transparent where the mask says that the object is")
        return Taken(on_white(image, chosen), chosen, "cut", whole.notes)
    if cover is None:
        image = on_white(image, opaque)
        if np.ptp(image.reshape(-1, 3).astype(int), axis=0).max() < FLAT:
            raise BadInput(f"{called} is of one colour; there is nothing to compare")
    return _found(image, cover, whole.notes)


def _alpha(opaque: Cover) -> Cover | None:
    """How opaque a picture is, if that says what the object is."""
    clear = (opaque < 0.5).mean()
    return opaque if CLEAR < clear < 1 else None


def _found(image: Image, cover: Cover | None, notes: tuple[str, ...]) -> Taken:
    drawing = sketched(image) if cover is None else _drawn_on_nothing(image, cover)
    if drawing is not None:
        said = () if drawing.closed else (OPEN,)
        return Taken(drawing.image, drawing.cover, "sketch", (*notes, *said))
    if cover is not None:
        return Taken(on_white(image, cover), cover, "cut", notes)
    found = before_plain(image)
    if found is not None:
        return Taken(on_white(image, found), found, "cut", notes)
    return Taken(image, np.ones(image.shape[:2], np.float32), "photo", (*notes, BUSY))


def _drawn_on_nothing(image: Image, cover: Cover) -> Sketch | None:
    """Lines of one colour on a transparent background: before white or, if they are light, before black."""
    lines = image[cover >= 0.5].astype(np.float32).mean(axis=-1)
    if not len(lines) or lines.std() > 0.1 * 255:
        return None
    below = 0.0 if lines.mean() > 0.6 * 255 else 255.0
    mixed = image * cover[..., None] + below * (1 - cover[..., None])
    return sketched(np.asarray(np.clip(mixed + 0.5, 0, 255), np.uint8))
