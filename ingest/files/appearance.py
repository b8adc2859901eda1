"""The colours that a mesh file gives its faces: of vertices, faces, materials and textures. For pictures alone.

Whatever of it cannot be read is left out: a shape is stored for its geometry.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Colors = NDArray[np.float32]
Triangles = NDArray[np.int64]

TEXTURE_SIDE = 512
"""Pixels to which textures are reduced: a picture shows no more of them."""
MAX_PIXELS = 64 * 2**20
"""Of all textures of a file together; those beyond are not unpacked."""
TINY = 64
"""Pixels a side up to which a texture is a palette, whose colours must not run into each other."""
PLAIN = (0.62, 0.62, 0.62)
"""Of faces without a colour, in a mesh that has some."""
EXPOSURE = 0.84
"""So that white is not lost before the picture's background."""


@dataclass(frozen=True, eq=False)
class Texture:
    """An image (h, w, c), in rows from the top; a fourth channel says how much of the surface is there."""

    pixels: NDArray[np.uint8]

    def at(self, uv: Colors, repeat: bool) -> Colors:
        """(n, c) colours at (n, 2) coordinates, whose origin is the image's lower left."""
        height, width = self.pixels.shape[:2]
        uv = uv - np.floor(uv) if repeat else np.clip(uv, 0, 1)
        x, y = uv[:, 0] * width - 0.5, (1 - uv[:, 1]) * height - 0.5
        if max(height, width) <= TINY:
            return self._pixels(_whole(y + 0.5, height), _whole(x + 0.5, width))
        left, top = np.floor(x), np.floor(y)
        across, down = (x - left)[:, None], (y - top)[:, None]
        columns, rows = (_whole(left, width), _whole(left + 1, width)), (_whole(top, height), _whole(top + 1, height))
        upper, lower = (
            self._pixels(row, columns[0]) * (1 - across) + self._pixels(row, columns[1]) * across for row in rows
        )
        return np.asarray(upper * (1 - down) + lower * down, np.float32)

    def _pixels(self, rows: NDArray[np.int64], columns: NDArray[np.int64]) -> Colors:
        return self.pixels[rows, columns].astype(np.float32) / np.float32(255)


@dataclass(frozen=True, eq=False)
class Material:
    """One colour for all, times that of a texture."""

    color: Colors
    """(3,)."""
    texture: Texture | None = None
    repeat: bool = False
    """Whether coordinates beyond the image begin it anew."""

    @property
    def cut_out(self) -> bool:
        return self.texture is not None and self.texture.pixels.shape[2] == 4


@dataclass(frozen=True, eq=False)
class Appearance:
    """What each face (f) of a mesh with vertices (v) looks like."""

    materials: tuple[Material, ...]
    material: NDArray[np.int64]
    """(f,) which of them."""
    vertex_colors: Colors
    """(v, 3), or (0, 3) where there are none."""
    face_colors: Colors
    """(f, 3), or (0, 3) where there are none."""
    uv: Colors
    """(v, 2), or (0, 2) where nothing has a texture."""

    def paint(self, corners: Triangles) -> Callable[[NDArray[np.integer], Colors], Colors]:
        """For `pictures.render`; `corners` (f, 3) are the mesh's faces."""

        channels = 4 if any(material.cut_out for material in self.materials) else 3

        def colors(faces: NDArray[np.integer], shares: Colors) -> Colors:
            found = np.ones((len(faces), channels), np.float32)
            found[:, :3] = EXPOSURE * np.array([m.color for m in self.materials], np.float32)[self.material[faces]]
            if len(self.face_colors):
                found[:, :3] *= self.face_colors[faces]
            if len(self.vertex_colors):
                found[:, :3] *= _between(self.vertex_colors, corners[faces], shares)
            for number, material in enumerate(self.materials):
                if material.texture is not None:
                    mine = np.flatnonzero(self.material[faces] == number)
                    uv = _between(self.uv, corners[faces[mine]], shares[mine])
                    seen = material.texture.at(uv, material.repeat)
                    found[mine, : seen.shape[1]] *= seen
            return found

        return colors


def appearance_of(meshes: Sequence[Any], linear: bool, textures: Textures | None = None) -> Appearance | None:
    """How trimesh's meshes look together, in their order; None if none of them has a colour, or it is damaged.

    `linear` says that the colours of materials and vertices, as glTF has them, are not those of a screen. What is asked
    for several objects of one file shares its `textures`.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            textures = textures or Textures()
            parts = {id(mesh): _part(mesh, linear, textures) for mesh in meshes}  # many may be one and the same
            return _joined([parts[id(mesh)] for mesh in meshes])
    except Exception:  # whatever Pillow and trimesh make of a damaged material
        return None


@dataclass(frozen=True, eq=False)
class _Part:
    """The look of one mesh; what it does not have is None."""

    vertices: int
    faces: int
    material: Material | None = None
    vertex_colors: Colors | None = None
    face_colors: Colors | None = None
    uv: Colors | None = None

    @property
    def plain(self) -> bool:
        return self.material is None and self.vertex_colors is None and self.face_colors is None


def _joined(parts: list[_Part]) -> Appearance | None:
    if all(part.plain for part in parts):
        return None
    white, grey = (Material(np.array(color, np.float32)) for color in ((1, 1, 1), PLAIN))
    materials = [part.material or (grey if part.plain else white) for part in parts]
    distinct = list({id(material): material for material in materials}.values())
    number = {id(material): place for place, material in enumerate(distinct)}
    faces = [part.faces for part in parts]
    vertices = [part.vertices for part in parts]
    return Appearance(
        tuple(distinct),
        np.repeat([number[id(material)] for material in materials], faces),
        _column([part.vertex_colors for part in parts], vertices, 3, 1),
        _column([part.face_colors for part in parts], faces, 3, 1),
        _column([part.uv for part in parts], vertices, 2, 0),
    )


def _column(parts: list[Colors | None], counts: list[int], width: int, missing: float) -> Colors:
    """The parts one after the other, or no row if no part has any."""
    if all(part is None for part in parts):
        return np.empty((0, width), np.float32)
    filled = [np.full((n, width), missing, np.float32) if p is None else p for p, n in zip(parts, counts, strict=True)]
    return np.concatenate(filled)


def _part(mesh: Any, linear: bool, textures: Textures) -> _Part:
    visual, counts = mesh.visual, (len(mesh.vertices), len(mesh.faces))
    if visual.kind == "vertex":
        return _Part(*counts, vertex_colors=_colors(visual.vertex_colors, counts[0], linear))
    if visual.kind == "face":
        return _Part(*counts, face_colors=_colors(visual.face_colors, counts[1], linear))
    if visual.kind != "texture":
        return _Part(*counts)
    uv = None if visual.uv is None or len(visual.uv) != counts[0] else np.asarray(visual.uv, np.float32)[:, :2]
    given = visual.vertex_attributes.get("color")
    colors = None if given is None else _colors(given, counts[0], linear)
    material = _material(visual.material, uv, linear, textures)
    return _Part(*counts, material, colors, None, uv if material is not None and material.texture else None)


def _material(material: Any, uv: Colors | None, linear: bool, textures: Textures) -> Material | None:
    """None for what trimesh makes up where a file has no material."""
    image = getattr(material, "baseColorTexture", None) or getattr(material, "image", None)
    made_up = image is not None and image.format is None
    texture = None if uv is None or image is None or made_up else textures.of(image, _is_cut_out(material))
    if hasattr(material, "baseColorFactor"):
        factor = material.baseColorFactor
    else:  # of an OBJ; there a colour beside a texture is mostly a left-over
        factor = None if made_up or texture else material.diffuse
    if texture is None and (factor is None or made_up):
        return None
    given = None if factor is None else _colors(np.asarray(factor)[None], 1, linear)
    color = np.ones(3, np.float32) if given is None else given[0]
    repeat = uv is not None and bool(uv.min() < -1e-3 or uv.max() > 1 + 1e-3)
    return Material(color, texture, repeat)


def _is_cut_out(material: Any) -> bool:
    """Whether an image's fourth channel is to be seen; where nothing says so it may be anything."""
    return getattr(material, "alphaMode", None) in ("MASK", "BLEND") or "map_d" in getattr(material, "kwargs", {})


class Textures:
    """The images of a file, each unpacked once, and no more of them than `MAX_PIXELS`."""

    def __init__(self) -> None:
        self._left = MAX_PIXELS
        self._found: dict[int, Texture | None] = {}

    def of(self, image: Image.Image, cut_out: bool) -> Texture | None:
        """None for what cannot be unpacked."""
        if id(image) not in self._found:
            self._left -= image.width * image.height
            self._found[id(image)] = self._unpacked(image, cut_out) if self._left >= 0 else None
        return self._found[id(image)]

    @staticmethod
    def _unpacked(image: Image.Image, cut_out: bool) -> Texture | None:
        try:
            image.draft("RGB", (TEXTURE_SIDE, TEXTURE_SIDE))  # a JPEG can be unpacked small
            reduced = image.convert("RGBA" if cut_out else "RGB")
        except (OSError, ValueError, SyntaxError, MemoryError):
            return None
        reduced.thumbnail((TEXTURE_SIDE, TEXTURE_SIDE), Image.Resampling.BOX)
        return Texture(np.asarray(reduced))


def _colors(given: Any, count: int, linear: bool) -> Colors | None:
    """(count, 3) from 0 to 1 as a screen has them, from whole numbers up to 255 or fractions."""
    numbers = np.asarray(given)
    if numbers.ndim != 2 or numbers.shape[0] != count or numbers.shape[1] < 3:
        return None
    found = numbers[:, :3].astype(np.float32)
    if numbers.dtype.kind in "iu":
        found /= np.iinfo(numbers.dtype).max if numbers.dtype.kind == "u" else 255
    found = np.clip(np.nan_to_num(found), 0, 1)
    if linear:
        found = np.where(found < 0.0031, 12.92 * found, 1.055 * found ** (1 / 2.4) - 0.055)
    return found.astype(np.float32, copy=False)


def _between(values: Colors, corners: Triangles, shares: Colors) -> Colors:
    """(n, d) of (v, d) at shares (n, 3) of corners (n, 3)."""
    return np.asarray(sum(shares[:, i, None] * values[corners[:, i]] for i in range(3)), np.float32)


def _whole(places: Colors, count: int) -> NDArray[np.int64]:
    """The pixels that places fall into."""
    return np.clip(np.floor(places), 0, count - 1).astype(np.int64)
