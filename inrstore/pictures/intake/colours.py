"""From the many ways in which pictures have colours to 8 bits of sRGB and how opaque a pixel is."""

from __future__ import annotations

from io import BytesIO

import numpy as np
from PIL import Image as pillow

from inrstore.errors import BadInput

PROFILE = 4 * 2**20
"""Bytes of a colour profile that are looked at."""
KEPT = ("L", "LA", "RGB", "RGBA", "CMYK")


def eight_bits(picture: pillow.Image, name: str) -> pillow.Image:
    """The picture in one of the modes of `KEPT`. Errors: BadInput if it has numbers that are none."""
    mode, clear = picture.mode, "transparency" in picture.info
    if mode.startswith("I") or mode == "F":
        return pillow.fromarray(_grey(np.asarray(picture), name))
    if mode == "1":
        return picture.convert("L")
    if mode == "L" and clear:
        return picture.convert("LA")
    if mode in ("RGBa", "La", "PA") or clear:
        return picture.convert("RGBA")
    return picture if mode in KEPT else picture.convert("RGB")


def _grey(values: np.ndarray, name: str) -> np.ndarray:
    """8 bits of 16 or more, or of floats: of a range that is not known the most is white."""
    if not np.isfinite(values).all():
        raise BadInput(f"{name} has pixels that are no numbers; export it as PNG")
    most = float(values.max())
    if values.dtype.kind == "f":
        white = next((top for top in (1.0, 255.0) if most <= top), most)
    else:
        white = next((top for top in (255.0, 4095.0, 65535.0) if most <= top), most)
        white = 65535.0 if white == 255.0 and values.dtype.itemsize == 2 else white
    return np.asarray(np.clip(values.astype(np.float32) * (255 / white) + 0.5, 0, 255), np.uint8)


def rgba(picture: pillow.Image, icc: bytes | None, name: str) -> tuple[pillow.Image, tuple[str, ...]]:
    """RGBA of a picture in one of the modes of `KEPT`, and what there is to say; its colours become sRGB."""
    opaque = picture.getchannel("A") if "A" in picture.getbands() else None
    plain = picture.convert(picture.mode.removesuffix("A")) if opaque else picture
    made, notes = None, []
    if icc:
        made = _to_srgb(plain, icc)
        notes += [] if made else [f"{name} has a colour profile that cannot be used; its colours are taken as sRGB"]
    out = (made or plain.convert("RGB")).convert("RGBA")
    if opaque:
        out.putalpha(opaque)
    return out, tuple(notes)


def _to_srgb(picture: pillow.Image, icc: bytes) -> pillow.Image | None:
    if len(icc) > PROFILE:
        return None
    try:
        from PIL import ImageCms

        profile = ImageCms.ImageCmsProfile(BytesIO(icc))
        return ImageCms.profileToProfile(picture, profile, ImageCms.createProfile("sRGB"), outputMode="RGB")
    except Exception:  # a profile is a program of a kind; whatever is wrong with it, the picture is there without it
        return None
