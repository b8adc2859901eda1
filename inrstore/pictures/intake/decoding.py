"""Pictures of a few formats, decoded at a size that is no larger than needed, and turned as they were held."""

from __future__ import annotations

import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image as pillow
from PIL import UnidentifiedImageError

from inrstore.errors import BadInput

from .colours import eight_bits, rgba
from .reading import no_picture

FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF")
LONGEST, SHORTEST = 1024, 16
"""Pixels of the longer side of what is decoded, and of the shorter side of what is accepted."""
PIXELS = 120_000_000
"""More are refused, before anything is decoded."""
WHOLE = 50_000_000
"""Pixels that are decoded at most; of more only a part is needed, where the format can give it: a JPEG by halves."""
RUNS = 4 * 2**20
"""Bytes of a BMP in run lengths, which is decoded slowly."""
Box = tuple[int, int, int, int]
TURNS = {
    2: pillow.Transpose.FLIP_LEFT_RIGHT,
    3: pillow.Transpose.ROTATE_180,
    4: pillow.Transpose.FLIP_TOP_BOTTOM,
    5: pillow.Transpose.TRANSPOSE,
    6: pillow.Transpose.ROTATE_270,
    7: pillow.Transpose.TRANSVERSE,
    8: pillow.Transpose.ROTATE_90,
}
"""By EXIF's orientation, what sets a picture upright."""
ORIENTATION = 0x0112
_one = threading.Lock()


@dataclass(frozen=True)
class Decoded:
    pixels: NDArray[np.uint8]
    """(h, w, 4), RGB and how opaque; of the box, if there is one."""
    size: tuple[int, int]
    """Width and height of the whole picture, turned."""
    notes: tuple[str, ...]


def decode(content: bytes, name: str, box: Box | None = None) -> Decoded:
    """Errors: BadInput, whatever the bytes are."""
    with _alone():
        try:
            with pillow.open(BytesIO(content), formats=FORMATS) as picture:
                return _decoded(picture, name, box)
        except BadInput:
            raise
        except UnidentifiedImageError as error:
            raise no_picture(content, name) from error
        except pillow.DecompressionBombError as error:
            raise BadInput(f"{name} says that it has more than {PIXELS:,} pixels; save it smaller") from error
        except MemoryError as error:
            raise BadInput(f"{name} needs more memory than there is; save it smaller") from error
        except Exception as error:  # the readers of formats raise errors of many kinds for what is not as it should be
            raise BadInput(f"{name} is damaged: {_reason(error)}; save or export it anew") from error


def _decoded(picture: pillow.Image, name: str, box: Box | None) -> Decoded:
    width, height = picture.size
    _check(picture, name)
    notes = []
    if getattr(picture, "is_animated", False):
        notes.append(f"{name} has several pictures; the first is taken")
        picture.seek(0)
    turn = _turn(picture)
    size = (height, width) if turn >= 5 else (width, height)
    place = checked(box, size, name) if box else (0, 0, *size)
    longest = max(place[2] - place[0], place[3] - place[1])
    _draft(picture, min(1, LONGEST / longest))
    picture.load()
    icc = picture.info.get("icc_profile")
    made = eight_bits(picture, name)
    if turn in TURNS:
        made = made.transpose(TURNS[turn])
    if box:
        across, down = made.width / size[0], made.height / size[1]
        left, top, right, bottom = place
        made = made.crop((round(left * across), round(top * down), round(right * across), round(bottom * down)))
    made.thumbnail((LONGEST, LONGEST), pillow.Resampling.LANCZOS)
    if min(made.size) < SHORTEST:
        raise BadInput(f"{name} is too narrow: {size[0]} x {size[1]} pixels; cut it to the object")
    pixels, said = rgba(made, icc, name)
    return Decoded(np.asarray(pixels), size, (*notes, *said))


def _check(picture: pillow.Image, name: str) -> None:
    """Of what its header says."""
    width, height = picture.size
    said = f"{name} is {width} x {height} pixels"
    if min(width, height) < SHORTEST:
        raise BadInput(f"{said}; it should be at least {SHORTEST} x {SHORTEST}")
    if width * height > PIXELS:
        raise BadInput(f"{said}, more than {PIXELS:,} in all; save it smaller")
    halves = picture.format in ("JPEG", "MPO") and not picture.info.get("progressive")
    if width * height > WHOLE and not halves:
        raise BadInput(f"{said}, more than {WHOLE:,}, which only a JPEG that is not progressive may have")
    runs = picture.format == "BMP" and picture.info.get("compression") in (1, 2)
    if runs and picture.fp is not None and len(picture.fp.getbuffer()) > RUNS:  # type: ignore[attr-defined]
        raise BadInput(f"{name} is a BMP in run lengths of more than {RUNS:,} bytes; save it as PNG")


def checked(box: Box, size: tuple[int, int], name: str) -> Box:
    """Errors: BadInput if it is not a part of the picture, or too small."""
    left, top, right, bottom = box
    if not (0 <= left < right <= size[0] and 0 <= top < bottom <= size[1]):
        given = ",".join(map(str, box))
        raise BadInput(f"box: {given} is no part of {name}, which is {size[0]} x {size[1]} pixels; give x0,y0,x1,y1")
    if min(right - left, bottom - top) < SHORTEST:
        raise BadInput(f"box: {right - left} x {bottom - top} pixels are too few; give at least {SHORTEST} a side")
    return box


def _turn(picture: pillow.Image) -> int:
    if picture.format == "TIFF":  # Pillow turns these itself
        return 1
    try:
        found = picture.getexif().get(ORIENTATION, 1)
    except Exception:  # of what cameras and editors write there much is broken; the picture is not
        return 1
    return found if isinstance(found, int) and 1 <= found <= 8 else 1


def _draft(picture: pillow.Image, scale: float) -> None:
    """A JPEG is decoded at a half, a quarter or an eighth if that is enough, or if it is too large otherwise."""
    width, height = picture.size
    scale = min(scale, (WHOLE / (width * height)) ** 0.5 / 2) if width * height > WHOLE else scale
    picture.draft(None, (max(1, int(width * scale)), max(1, int(height * scale))))


def _reason(error: Exception) -> str:
    lines: list[Any] = str(error).splitlines()
    said = " ".join(lines[0].split())[:160] if lines else type(error).__name__
    return "it is truncated" if "truncated" in said.lower() else said


@contextmanager
def _alone() -> Iterator[None]:
    """One picture at a time, so that memory has a bound, and as filters of warnings are those of all threads."""
    with _one, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
