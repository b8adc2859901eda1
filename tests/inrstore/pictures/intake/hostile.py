"""Pictures, and things that are called so, that have been made to do harm or have come to it."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from io import BytesIO
from typing import Any

import numpy as np
from PIL import Image

RNG = np.random.default_rng(0)


def disc(side: int = 64, mode: str = "RGB") -> Image.Image:
    """A dark disc on white."""
    y, x = np.mgrid[:side, :side] / side - 0.5
    grey = np.where(x * x + y * y < 0.09, 40, 255).astype(np.uint8)
    return Image.fromarray(np.repeat(grey[..., None], 3, axis=2)).convert(mode)


def saved(picture: Image.Image, kind: str, **settings: Any) -> bytes:
    out = BytesIO()
    picture.save(out, kind, **settings)
    return out.getvalue()


def chunk(kind: bytes, body: bytes, length: int | None = None, crc: int | None = None) -> bytes:
    made = zlib.crc32(kind + body) if crc is None else crc
    return struct.pack(">I", len(body) if length is None else length) + kind + body + struct.pack(">I", made)


def header(width: int, height: int, depth: int = 8, colour: int = 2) -> bytes:
    return chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0))


MAGIC = b"\x89PNG\r\n\x1a\n"
END = chunk(b"IEND", b"")


def png(width: int, height: int, rows: bytes, *between: bytes, depth: int = 8, colour: int = 2) -> bytes:
    data = chunk(b"IDAT", zlib.compress(rows, 9))
    return MAGIC + header(width, height, depth, colour) + b"".join(between) + data + END


def good_rows(side: int = 64) -> bytes:
    return b"".join(b"\0" + row.tobytes() for row in np.asarray(disc(side)))


def hostile() -> Iterator[tuple[str, bytes]]:
    """Names and bytes; of each there is a result or a reason."""
    for part in (other_things, cut_short, of_sizes, with_chunks, of_formats, with_numbers, with_flipped_bytes, turned):
        yield from part()


def other_things() -> Iterator[tuple[str, bytes]]:
    yield "empty.png", b""
    yield "one-byte.png", b"\x89"
    yield "zeros.png", bytes(4096)
    yield "ones.jpg", b"\xff" * 4096
    yield "noise.png", RNG.bytes(5000)
    yield "text.jpg", b"no picture at all\n" * 10
    yield "page.png", b"<!DOCTYPE html><html><body>Not found</body></html>"
    yield "drawing.svg", b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><rect width="9"/></svg>'
    yield "entities.svg", b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "bbbb">]><svg>&b;&b;</svg>'
    yield "paper.pdf", b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n"
    yield "post.eps", b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 64 64\n(/etc/passwd) (r) file\n"
    yield "cube.stl", b"solid cube\nfacet normal 0 0 1\nendsolid\n"
    yield "cube.ply", b"ply\nformat ascii 1.0\nend_header\n"
    yield "cube.glb", b"glTF" + struct.pack("<II", 2, 20) + bytes(8)
    yield "cube.off", b"OFF\n0 0 0\n"
    yield "part.step", b"ISO-10303-21;\nHEADER;\n"
    yield "some.zip", b"PK\x03\x04" + bytes(60)
    yield "packed.gz", b"\x1f\x8b" + bytes(60)
    yield "array.npy", b"\x93NUMPY" + bytes(60)
    yield "phone.heic", b"\0\0\0\x18ftypheic" + bytes(100)
    yield "new.avif", b"\0\0\0\x18ftypavif" + bytes(100)
    yield "film.mp4", b"\0\0\0\x18ftypisom" + bytes(100)
    yield "film.mov", b"\0\0\0\x14ftypqt  " + bytes(100)
    yield "layers.psd", b"8BPS\0\1" + bytes(100)
    yield "new.jxl", b"\0\0\0\x0cJXL \r\n\x87\n" + bytes(40)
    yield "old.jp2", b"\0\0\0\x0cjP  \r\n\x87\n" + bytes(40)
    yield "plain.ppm", b"P3\n100000 100000\n255\n" + b"0 " * 100
    yield "x.xbm", b"#define x_width 99999\n#define x_height 99999\nstatic char x_bits[] = {0};\n"
    yield "program", b"\x7fELF" + bytes(200)
    yield "pickle.png", b"\x80\x04cos\nsystem\n(S'true'\ntR."


def cut_short() -> Iterator[tuple[str, bytes]]:
    for kind in ("PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF"):
        whole = saved(disc(128), kind)
        for share in (0.02, 0.3, 0.7, 0.98):
            yield f"{share:.0%}-of.{kind.lower()}", whole[: int(len(whole) * share)]
    yield "behind.png", saved(disc(), "PNG") + RNG.bytes(3000)
    yield "both.png", saved(disc(), "PNG") + saved(disc(), "JPEG") + b"PK\x03\x04"


def of_sizes() -> Iterator[tuple[str, bytes]]:
    rows = good_rows()
    for width, height in ((0, 0), (0, 64), (64, 0), (1, 1), (15, 64), (64, 15), (2**31 - 1, 1), (2**31 - 1, 2**31 - 1)):
        yield f"{width}x{height}.png", png(width, height, rows)
    for side in (11_000, 30_000, 65_535):
        yield f"bomb-{side}.png", png(side, side, bytes(2**20))
        yield f"bomb-{side}.bmp", b"BM" + struct.pack("<IIIIiiHHIIiiII", 100, 0, 54, 40, side, side, 1, 24, *[0] * 6)
    yield "says-more.png", png(128, 128, rows)
    yield "says-less.png", png(32, 32, rows)
    yield "minus.bmp", b"BM" + struct.pack("<IIIIiiHHIIiiII", 100, 0, 54, 40, -64, -64, 1, 24, *[0] * 6) + bytes(9000)
    gif = bytearray(saved(disc(), "GIF"))
    gif[6:10] = struct.pack("<HH", 65535, 65535)
    yield "wide.gif", bytes(gif)
    jpeg = bytearray(saved(disc(), "JPEG"))
    at = jpeg.index(b"\xff\xc0")
    for width, height in ((65500, 65500), (0, 64), (64, 0)):
        jpeg[at + 5 : at + 9] = struct.pack(">HH", height, width)
        yield f"{width}x{height}.jpg", bytes(jpeg)
    webp = bytearray(saved(disc(), "WEBP", lossless=True))
    webp[21:25] = b"\xff\xff\xff\xff"
    yield "wide.webp", bytes(webp)
    yield "ribbon.png", saved(Image.new("RGB", (9000, 20), "red"), "PNG")
    yield "zeros-40M.png", png(6300, 6300, bytes(6300 * 6301), colour=0)


def with_chunks() -> Iterator[tuple[str, bytes]]:
    rows = good_rows()
    bomb = zlib.compress(bytes(80 * 2**20), 9)
    yield "text-bomb.png", png(64, 64, rows, chunk(b"zTXt", b"a\0\0" + bomb))
    yield "many-texts.png", png(64, 64, rows, *[chunk(b"zTXt", b"a\0\0" + zlib.compress(bytes(2**20)))] * 80)
    yield "itxt-bomb.png", png(64, 64, rows, chunk(b"iTXt", b"a\0\1\0\0\0" + bomb))
    yield "icc-bomb.png", png(64, 64, rows, chunk(b"iCCP", b"a\0\0" + bomb))
    yield "icc-noise.png", png(64, 64, rows, chunk(b"iCCP", b"a\0\0" + zlib.compress(RNG.bytes(3000))))
    yield "icc-noise.jpg", saved(disc(), "JPEG", icc_profile=RNG.bytes(3000))
    yield "icc-empty.tif", saved(disc(), "TIFF", icc_profile=b"\0")
    yield "icc-large.png", saved(disc(), "PNG", icc_profile=RNG.bytes(900_000))
    yield "long-chunk.png", MAGIC + header(64, 64) + chunk(b"IDAT", b"", length=2**31 - 1) + END
    yield "bad-crc.png", MAGIC + header(64, 64) + chunk(b"IDAT", zlib.compress(rows), crc=1) + END
    yield "no-data.png", MAGIC + header(64, 64) + END
    yield "no-header.png", MAGIC + chunk(b"IDAT", zlib.compress(rows)) + END
    yield "two-headers.png", png(64, 64, rows, header(60000, 60000))
    yield "bad-deflate.png", MAGIC + header(64, 64) + chunk(b"IDAT", RNG.bytes(200)) + END
    yield "data-bomb.png", png(64, 64, bytes(50 * 2**20))
    yield "depth-3.png", png(64, 64, rows, depth=3)
    yield "colour-9.png", png(64, 64, rows, colour=9)
    yield "no-palette.png", png(64, 64, rows, colour=3)
    yield "frames.png", png(64, 64, rows, chunk(b"acTL", struct.pack(">II", 2**31 - 1, 0)))
    yield "exif-noise.png", png(64, 64, rows, chunk(b"eXIf", RNG.bytes(500)))
    yield "exif-noise.jpg", saved(disc(), "JPEG", exif=b"Exif\0\0" + RNG.bytes(500))
    yield "exif-loop.jpg", saved(disc(), "JPEG", exif=b"Exif\0\0MM\0*\0\0\0\x08\0\0\0\0\0\x08")
    yield "comment.jpg", saved(disc(), "JPEG", comment=bytes(60_000))
    yield "apps.jpg", saved(disc(), "JPEG")[:2] + (b"\xff\xe1\0\x04ab" * 50_000) + saved(disc(), "JPEG")[2:]


def of_formats() -> Iterator[tuple[str, bytes]]:
    """Rare, but right."""
    for mode in ("1", "L", "LA", "P", "RGBA", "I;16"):
        picture = (
            Image.fromarray(np.asarray(disc(mode="L")).astype(np.uint16) * 257) if mode == "I;16" else disc(mode=mode)
        )
        yield f"{mode.replace(';', '-')}.png", saved(picture, "PNG")
    for mode in ("L", "CMYK", "RGB"):
        yield f"{mode}.jpg", saved(disc(mode=mode), "JPEG")
    for mode in ("1", "L", "LAB", "CMYK", "YCbCr", "RGBA", "F", "I"):
        yield f"{mode}.tif", saved(disc(mode=mode), "TIFF")
    for packing in ("tiff_lzw", "tiff_adobe_deflate", "jpeg", "packbits", "group4"):
        yield f"{packing}.tif", saved(disc(mode="1" if packing == "group4" else "RGB"), "TIFF", compression=packing)
    yield "progressive.jpg", saved(disc(), "JPEG", progressive=True)
    yield "palette.gif", saved(disc(mode="P"), "GIF", transparency=0)
    yield "called.png", saved(disc(), "JPEG")
    frames = [disc().rotate(turn) for turn in range(3)]
    for kind in ("GIF", "WEBP", "TIFF", "PNG"):
        yield f"three.{kind.lower()}", saved(frames[0], kind, save_all=True, append_images=frames[1:])


def with_numbers() -> Iterator[tuple[str, bytes]]:
    values = np.asarray(disc(mode="L")).astype(np.float32)
    for name, one in (("nan", np.nan), ("infinite", np.inf), ("huge", 3e38), ("minus", -1e9)):
        spoilt = values.copy()
        spoilt[10, 10] = one
        yield f"{name}.tif", saved(Image.fromarray(spoilt), "TIFF")
    yield "black.tif", saved(Image.fromarray(values * 0), "TIFF")
    yield "white.png", saved(Image.new("RGB", (64, 64), "white"), "PNG")
    yield "clear.png", saved(Image.new("RGBA", (64, 64), (9, 9, 9, 0)), "PNG")
    yield "half-clear.png", saved(Image.new("RGBA", (64, 64), (9, 9, 9, 120)), "PNG")
    yield "noise-picture.png", saved(Image.fromarray(RNG.integers(0, 256, (256, 256, 3), dtype=np.uint8)), "PNG")
    board = np.indices((512, 512)).sum(0) % 2 * 255
    yield "chequers.png", saved(Image.fromarray(board.astype(np.uint8)), "PNG")


def with_flipped_bytes() -> Iterator[tuple[str, bytes]]:
    for kind in ("PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF"):
        whole = saved(disc(128), kind)
        for number in range(6):
            spoilt = bytearray(whole)
            for place in RNG.integers(0, min(len(whole), 400 if number % 2 else len(whole)), 4):
                spoilt[place] = RNG.integers(0, 256)
            yield f"spoilt-{number}.{kind.lower()}", bytes(spoilt)


def turned() -> Iterator[tuple[str, bytes]]:
    for orientation in (0, 3, 6, 9, 65535):
        exif = Image.Exif()
        exif[0x0112] = orientation
        yield f"turn-{orientation}.jpg", saved(disc(), "JPEG", exif=exif)
