"""A mask that somebody gives: a picture that is bright, or opaque, where the object is."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image as pillow

from inrstore.errors import BadInput

from .decoding import Box, Decoded, decode
from .reading import read
from .taken import Cover

ASPECT = 0.01
"""By how much the ratio of the sides may differ."""


def given_mask(mask: Path | bytes, whole: Decoded, box: Box | None) -> Cover:
    """(h, w) from 0 to 1, of the size of what was decoded. Errors: BadInput."""
    name = f"mask {mask}" if isinstance(mask, Path) else "the mask"
    content = read(mask, name)
    found = decode(content, name, None)
    ratio = found.size[0] / found.size[1] * whole.size[1] / whole.size[0]
    if abs(ratio - 1) > ASPECT:
        sizes = f"{found.size[0]} x {found.size[1]} pixels and the picture {whole.size[0]} x {whole.size[1]}"
        raise BadInput(f"{name} is {sizes}: give one of the same shape")
    if box:
        scale = found.size[0] / whole.size[0]
        found = decode(content, name, _scaled(box, scale, found.size))
    cover = _bright(found.pixels)
    height, width = whole.pixels.shape[:2]
    if cover.shape != (height, width):
        resized = pillow.fromarray(cover).resize((width, height), pillow.Resampling.BILINEAR)
        cover = np.asarray(resized, np.float32)
    if not (cover >= 0.5).any():
        raise BadInput(f"{name} shows no object: nothing in it is bright")
    return cover


def _scaled(box: Box, scale: float, size: tuple[int, int]) -> Box:
    left, top, right, bottom = (round(edge * scale) for edge in box)
    return left, top, min(right, size[0]), min(bottom, size[1])


def _bright(pixels: np.ndarray) -> Cover:
    opaque: Cover = np.asarray(pixels[..., 3] / 255, np.float32)
    if opaque.min() < 0.5:
        return opaque
    return np.asarray(pixels[..., :3].mean(axis=-1) / 255, np.float32)
