"""A picture by rays: one through the middle of each pixel, and more where neighbours look different."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from . import shading
from .rays import Array, Hits, Integers, Scene
from .shading import Normals, screen

Image = NDArray[np.uint8]
Paint = Callable[[Integers, Array], Array]
"""Colours (n, 3), from 0 to 1, of places on faces (n,), each at its shares (n, 3) of the face's corners.

Or (n, 4), the last saying how much there is: where it is less than a half, what lies behind is seen."""
LAYERS = 64
"""Of faces that are looked through, at most; beyond is nothing."""

CONTRAST = 0.08
"""Pixels that differ by more from one beside them are drawn by `INSIDE`, too."""
INSIDE = np.array([(-0.375, -0.125), (0.25, -0.375), (0.125, 0.375)], np.float32)
"""Places in a pixel, from its middle: no two in one row or column, so that steep and flat borders are as smooth."""


def draw(corners: Array, faces: Integers, up: Array, size: int, paint: Paint) -> Array:
    """(size, size, 3) picture from 0 to 1 of triangles in camera coordinates; `up` is the world's up in these."""
    picture = _Picture(corners, faces, up, size, paint)
    picture.draw_middles()
    picture.draw_borders()
    return picture.pixels.reshape(size, size, 3)


@dataclass(frozen=True, eq=False)
class _Guide:
    """What the rays through the pixels' middles (size²) have found; NaN beside the shape."""

    depth: Array
    normals: Array
    openness: Array

    def openness_near(self, seen: Integers, places: Array, normals: Array) -> Array:
        """(n,) that of the most alike of pixels (n, k); 1 where none of them shows the shape, as it is thin there."""
        unlike = np.abs(self.depth[seen] - places[:, None, 2])
        unlike += 1 - np.einsum("nkd,nd->nk", self.normals[seen], normals)
        unlike[np.isnan(unlike)] = np.inf
        best = seen[np.arange(len(seen)), unlike.argmin(axis=1)]
        return np.asarray(np.nan_to_num(self.openness[best], nan=1.0))


class _Picture:
    """A picture in the making."""

    def __init__(self, corners: Array, faces: Integers, up: Array, size: int, paint: Paint) -> None:
        self.scene, self.normals = Scene(corners, faces), Normals(corners, faces)
        self.up, self.size, self.paint = up, size, paint
        self._behind = shading.ground(self.scene, corners, up, size).reshape(-1, 3)
        self.pixels = self._behind.copy()
        self._middles = screen(size)
        low, high = corners[:, :2].min(axis=0), corners[:, :2].max(axis=0)
        x, y = self._middles[:size, 0], self._middles[::size, 1]
        shown = ((y >= low[1]) & (y <= high[1]))[:, None] & (x >= low[0]) & (x <= high[0])
        self._shown = np.flatnonzero(shown)
        self._guide: _Guide | None = None

    def draw_middles(self) -> None:
        hits, colors = self._seen(self._middles[self._shown])
        if not len(hits.ray):
            return
        where, normals = self._shown[hits.ray], self.normals.at(hits)
        openness = shading.openness(self.scene, hits.places, normals, where, self.size).ravel()
        depth = np.full(len(self.pixels), np.nan, np.float32)
        spread = np.full((len(self.pixels), 3), np.nan, np.float32)
        depth[where], spread[where] = hits.places[:, 2], normals
        self._guide = _Guide(depth, spread, openness)
        self.pixels[where] = self._shaded(colors, normals, openness[where])

    def draw_borders(self) -> None:
        where = np.flatnonzero(_unlike_neighbours(self.pixels.reshape(self.size, self.size, 3)))
        if self._guide is None or not len(where):
            return
        places = self._middles[where, None] + INSIDE * (2 / self.size)
        hits, colors = self._seen(places.reshape(-1, 2))
        pixel, inside = np.divmod(hits.ray, len(INSIDE))
        normals = self.normals.at(hits)
        near = self._guide.openness_near(self._around(where[pixel], INSIDE[inside]), hits.places, normals)
        samples = np.repeat(self._behind[None, where], len(INSIDE), axis=0)
        samples[inside, pixel] = self._shaded(colors, normals, near)
        self.pixels[where] = (self.pixels[where] + samples.sum(axis=0)) / (1 + len(INSIDE))

    def _seen(self, places: Array) -> tuple[Hits, Array]:
        """What is seen through places (m, 2) of the screen, and its colours (n, 3)."""
        hits = self.scene.cast(places)
        colors = self.paint(hits.face, hits.shares)
        for _ in range(LAYERS):
            clear = colors[:, 3:].ravel() < 0.5  # without a fourth column none is
            if not clear.any():
                return hits, colors[:, :3]
            ray = hits.ray[clear]
            behind = self.scene.cast(places[ray], hits.places[clear, 2] - 1e-4)
            behind = replace(behind, ray=ray[behind.ray])
            colors = np.concatenate([colors[~clear], self.paint(behind.face, behind.shares)])
            hits = behind.after(hits.of(~clear))
        there = colors[:, 3] >= 0.5
        return hits.of(there), colors[there, :3]

    def _shaded(self, colors: Array, normals: Array, openness: Array) -> Array:
        """(n, 3)."""
        return colors * (shading.light(normals, self.up) * openness[:, None])

    def _around(self, pixels: Integers, offsets: Array) -> Integers:
        """(n, 4) the pixels nearest to places inside of pixels (n,), themselves first."""
        row, column = np.divmod(pixels, self.size)
        across = np.clip(column + np.sign(offsets[:, 0]).astype(int), 0, self.size - 1)
        along = np.clip(row - np.sign(offsets[:, 1]).astype(int), 0, self.size - 1)
        rows, columns = (row, row, along, along), (column, across, column, across)
        return np.stack([r * self.size + c for r, c in zip(rows, columns, strict=True)], axis=1)


def _unlike_neighbours(picture: Array) -> NDArray[np.bool_]:
    """(size²,) which pixels of (size, size, 3) differ much from the one above, below, left or right."""
    unlike = np.zeros(picture.shape[:2], bool)
    for axis in (0, 1):
        red, green, blue = np.moveaxis(np.abs(np.diff(picture, axis=axis)) > CONTRAST, 2, 0)
        jump = red | green | blue
        for side in (slice(None, -1), slice(1, None)):
            unlike[(side, slice(None)) if axis == 0 else (slice(None), side)] |= jump
    return unlike.ravel()
