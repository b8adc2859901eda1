"""Surfaces of one sequence as pictures of one scale: side by side, or one after the other."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image as pillow

from inrstore.errors import BadInput
from inrstore.files import atomic_path
from inrstore.surface.animated import there_and_back
from inrstore.surface.points import Faces, Vertices

from .drawing import Image
from .render import render_mesh


def frames(surfaces: Sequence[tuple[Vertices, Faces]], size: int = 256) -> list[Image]:
    """(size, size, 3) pictures of surfaces, vertices (v, 3) and faces (f, 3), of which all fit: none jumps or grows.

    Errors: as `render_mesh`.
    """
    corners = np.concatenate([vertices for vertices, _ in surfaces])
    return [render_mesh(*surface, size, fit=corners) for surface in surfaces]


def write_strip(images: Sequence[Image], path: str | os.PathLike[str]) -> Path:
    """Write pictures (h, w, 3) of one height in a row; PNG, or what else the ending names. Errors: BadInput."""
    target = _checked(images, path)
    with atomic_path(target) as temporary:
        pillow.fromarray(np.concatenate(images, axis=1)).save(temporary)
    return target


def write_animation(images: Sequence[Image], path: str | os.PathLike[str], seconds: float = 0.2) -> Path:
    """Write pictures (h, w, 3) of one size that are shown for so long each, there and back, again and again.

    GIF, by the path's ending, or WebP. Errors: BadInput for another, or without pictures.
    """
    target = _checked(images, path)
    if target.suffix.lower() not in (".gif", ".webp"):
        raise BadInput(f"{target}: pictures that move are written as GIF or WebP; end the path in .gif")
    first, *others = (pillow.fromarray(images[place]) for place in there_and_back(len(images)))
    with atomic_path(target) as temporary:
        first.save(temporary, save_all=True, append_images=others, duration=round(seconds * 1000), loop=0)
    return target


def _checked(images: Sequence[Image], path: str | os.PathLike[str]) -> Path:
    target = Path(path)
    if not images:
        raise BadInput("there are no pictures to write; give at least one")
    if target.suffix.lower() not in pillow.registered_extensions():
        raise BadInput(f"{target}: no picture format has the ending {target.suffix!r}; use .png")
    return target
