"""The bytes of a picture, and what they are where they are none."""

from __future__ import annotations

import stat
from pathlib import Path

from inrstore.errors import BadInput

LARGEST = 64 * 2**20
"""Bytes of a file."""
EXPORT = "export it as PNG or JPEG"
OTHERS = (
    (b"%PDF", 0, "a PDF"),
    (b"8BPS", 0, "a Photoshop document"),
    (b"glTF", 0, "a mesh (GLB)"),
    (b"ply", 0, "a mesh (PLY)"),
    (b"solid ", 0, "a mesh (STL)"),
    (b"OFF", 0, "a mesh (OFF)"),
    (b"ISO-10303-21", 0, "a STEP file"),
    (b"PK\x03\x04", 0, "a ZIP archive"),
    (b"\x1f\x8b", 0, "packed by gzip"),
    (b"\x00\x00\x00\x0cJXL ", 0, "a JPEG XL picture"),
    (b"\x00\x00\x00\x0cjP  ", 0, "a JPEG 2000 picture"),
    (b"\x93NUMPY", 0, "a NumPy array"),
)
"""What begins so, at a place."""
OURS = (b"\x89PNG\r\n", b"\xff\xd8\xff", b"GIF8", b"BM", b"II*\0", b"MM\0*", b"RIFF")
"""How the formats begin that are read."""
BRANDS = {b"avif": "an AVIF picture", b"avis": "an AVIF picture", b"qt  ": "a film"}
HEIC = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1")


def read(source: Path | bytes, name: str) -> bytes:
    """All of a file, if it is no larger than `LARGEST`. Errors: BadInput."""
    if isinstance(source, bytes):
        content = source
    else:
        try:
            there = source.stat()
            if not stat.S_ISREG(there.st_mode):
                raise BadInput(f"{name} is not a file; give a picture")
            content = b"" if there.st_size > LARGEST else source.read_bytes()
        except (OSError, ValueError) as error:
            if isinstance(error, BadInput):
                raise
            raise BadInput(f"{name} cannot be read: {getattr(error, 'strerror', None) or error}") from error
        if there.st_size > LARGEST:
            raise BadInput(_large(name, there.st_size))
    if len(content) > LARGEST:
        raise BadInput(_large(name, len(content)))
    if not content:
        raise BadInput(f"{name} is empty; give a picture")
    return content


def _large(name: str, size: int) -> str:
    return f"{name} has {size / 2**20:,.0f} MB, more than {LARGEST // 2**20} MB; save it smaller"


def no_picture(content: bytes, name: str) -> BadInput:
    """The refusal of what Pillow does not know, saying what it seems to be."""
    head = content[:512].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    for begin, place, what in OTHERS:
        if content[place:].startswith(begin):
            return BadInput(f"{name} is not a picture but {what}; {EXPORT}")
    if content[4:8] == b"ftyp":
        what = "a HEIC picture" if content[8:12] in HEIC else BRANDS.get(content[8:12], "a film")
        return BadInput(f"{name} is {what}, which is not read; {EXPORT}")
    if b"<svg" in content[:4096].lower():
        return BadInput(f"{name} is a drawing in SVG, not a picture of pixels; {EXPORT}")
    if head.startswith((b"<!doctype html", b"<html", b"<head", b"<body")):
        return BadInput(f"{name} is not a picture but a web page; save the picture itself")
    if head.startswith(b"<"):
        return BadInput(f"{name} is not a picture but XML; {EXPORT}")
    if content.startswith(OURS):
        return BadInput(f"{name} is damaged: what it says of itself makes no picture; save or export it anew")
    if _is_text(content[:512]):
        return BadInput(f"{name} is not a picture but text; {EXPORT}")
    return BadInput(f"{name} is not a picture in PNG, JPEG, WebP, GIF, BMP or TIFF; {EXPORT}")


def _is_text(head: bytes) -> bool:
    return all(byte in b"\t\n\r\x0c" or 32 <= byte < 127 for byte in head)
