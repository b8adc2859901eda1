"""Light on a surface: a key light, sky light, ambient occlusion, and a soft shadow on the ground.

Occlusion is the dearest part. Each pixel asks in one direction of a set that is dealt out over a square of `DEAL`²
pixels, and then takes the mean of such a square around it, of pixels on the same surface: any such square holds each
direction once, so there is no noise to blur away.
"""

from __future__ import annotations

import igl
import numpy as np
from scipy.ndimage import gaussian_filter

from .rays import Array, Hits, Integers, Scene

BACKGROUND = (0.965, 0.965, 0.96)
KEY_LIGHT = (-0.45, 0.75, 0.65)
"""Direction to the key light, in the camera's frame: from the upper left, behind the camera."""
DEAL, AO_REACH, AO_STRENGTH = 5, 0.5, 0.6
SHADOW_RAYS, SHADOW_REACH, SHADOW_STRENGTH = 14, 0.9, 0.42
SHADOW_CELL = 6
"""Pixels a side; a place of the ground asks in `SHADOW_RAYS` of four times as many directions."""
EDGE = 75.0
"""Degrees between two faces from which their border is drawn sharp."""
MANY_FACES = 60_000
"""From so many on they are too small for such borders to be looked for."""
SAME = 0.05
"""Neighbouring pixels whose depths differ by more are of two surfaces."""


class Normals:
    """Unit normals towards the camera: smooth, except where the surface has an edge."""

    def __init__(self, corners: Array, faces: Integers) -> None:
        a, b, c = (corners[faces[:, i]] for i in range(3))
        if len(faces) <= MANY_FACES:
            found = igl.per_corner_normals(corners.astype(np.float64), faces.astype(np.int64), EDGE)
            self._smooth = found.astype(np.float32).reshape(-1, 3, 3)
        else:
            self._smooth = np.cross(b - a, c - a)[:, None]
        b, c = b[:, :2] - a[:, :2], c[:, :2] - a[:, :2]
        away = b[:, 0] * c[:, 1] < b[:, 1] * c[:, 0]
        self._sign = np.where(away, np.float32(-1), np.float32(1))

    def at(self, hits: Hits) -> Array:
        """(n, 3)."""
        near = self._smooth[hits.face]  # of the three corners, or of the whole face
        weighted = [hits.shares[:, i, None] * near[:, i] for i in range(near.shape[1])]
        return _unit(sum(weighted[1:], weighted[0])) * self._sign[hits.face, None]


def light(normals: Array, up: Array) -> Array:
    """(n, 3) light: a warm key that wraps around, a cool sky, and a faint rim towards the outline."""
    key = np.clip((normals @ _unit(np.array([KEY_LIGHT], np.float32))[0] + 0.25) / 1.25, 0, 1)[:, None]
    sky = (0.5 + 0.5 * normals @ up)[:, None]
    rim = (1 - np.clip(normals[:, 2:], 0, 1)) ** 3
    warm, cool = np.array([1.0, 0.97, 0.92], np.float32), np.array([0.92, 0.97, 1.0], np.float32)
    return np.asarray(key * (0.72 * warm) + (0.30 + 0.34 * sky) * cool + 0.12 * rim, dtype=np.float32)


def openness(scene: Scene, places: Array, normals: Array, pixels: Integers, size: int) -> Array:
    """(size, size) 0.4 where everything around is near surface, 1 in the open; NaN beside the shape.

    `places` and `normals` (n, 3) are of the pixels (n,), counted in rows from the top.
    """
    rows, columns = np.divmod(pixels, size)
    dealt = _dealt()[rows % DEAL, columns % DEAL]
    hidden = scene.hidden(places + 4e-3 * normals, _unit(normals + 0.999 * dealt), AO_REACH)
    out = np.full(size * size, np.nan, np.float32)
    top, bottom, left, right = rows.min(), rows.max() + 1, columns.min(), columns.max() + 1
    inside = (rows - top) * (right - left) + columns - left  # the picture's part that shows the shape
    shape = bottom - top, right - left
    fields = np.full((5, shape[0] * shape[1]), np.nan, np.float32)
    fields[0, inside], fields[1, inside], fields[2:, inside] = hidden, places[:, 2], normals.T
    mean = _mean_of_same(fields.reshape(5, *shape))
    out.reshape(size, size)[top:bottom, left:right] = 1 - AO_STRENGTH * mean
    return np.asarray(out.reshape(size, size))


def _mean_of_same(fields: Array) -> Array:
    """(h, w) mean of the first of five fields (5, h, w) over squares around; depth and normal tell what is the same.

    One axis after the other, which is exact on a surface without borders.
    """
    value, guide = fields[0], fields[1:]
    for axis in (0, 1):
        total, weight = np.nan_to_num(value), (~np.isnan(value)).astype(np.float32)
        known, own = value, weight.copy()
        for step in range(1, DEAL // 2 + 1):
            here, there = _halves(axis, step)
            same = np.abs(guide[0][here] - guide[0][there]) < SAME
            same &= sum(guide[i][here] * guide[i][there] for i in (1, 2, 3)) > 0.8
            shared = same.astype(np.float32)
            plain = np.where(own > 0, known, 0)
            total[here] += shared * plain[there]
            total[there] += shared * plain[here]
            weight[here] += shared
            weight[there] += shared
        value = np.where(own > 0, total / np.maximum(weight, 1), np.float32(np.nan))
    return np.asarray(value)


def _halves(axis: int, step: int) -> tuple[tuple[slice, slice], tuple[slice, slice]]:
    """All pixels with one `step` after them, and those."""
    whole, first, last = slice(None), slice(None, -step), slice(step, None)
    return ((first, whole), (last, whole)) if axis == 0 else ((whole, first), (whole, last))


def ground(scene: Scene, corners: Array, up: Array, size: int) -> Array:
    """(size, size, 3) background with the soft shadow on the plane under the shape; coarse, then blurred."""
    if abs(up[2]) < 1e-3:  # the plane is seen from its edge
        return np.full((size, size, 3), BACKGROUND, np.float32)
    coarse = max(size // SHADOW_CELL, 16)
    places = np.empty((coarse * coarse, 3), np.float32)
    places[:, :2] = screen(coarse)
    level = float((corners @ up).min())
    places[:, 2] = (level - places[:, :2] @ up[:2]) / up[2]
    cell = (np.arange(coarse)[:, None] % 2 * 2 + np.arange(coarse) % 2).ravel()
    sky = _unit(up + 0.999 * _sphere(4 * SHADOW_RAYS)).reshape(SHADOW_RAYS, 4, 3)
    shadow = np.zeros(len(places), np.float32)
    for directions in sky:
        shadow += scene.hidden(places + 2e-3 * up, directions[cell], SHADOW_REACH)
    soft = gaussian_filter(shadow.reshape(coarse, coarse) / SHADOW_RAYS, max(coarse / 40, 1.1))
    finer = _finer(coarse, size)
    dark = SHADOW_STRENGTH * (finer @ soft @ finer.T)
    return np.asarray((1 - dark)[..., None] * np.array(BACKGROUND, np.float32), dtype=np.float32)


def _finer(coarse: int, size: int) -> Array:
    """(size, coarse) by which `coarse` values at even distances become `size`, linearly."""
    places = np.clip((np.arange(size) + 0.5) * coarse / size - 0.5, 0, coarse - 1)
    return np.asarray(np.maximum(1 - np.abs(places[:, None] - np.arange(coarse)), 0), dtype=np.float32)


def screen(size: int) -> Array:
    """(size², 2) middles of the pixels of the screen [-1, 1]², in rows from the top."""
    axis = ((np.arange(size) + 0.5) * 2 / size - 1).astype(np.float32)
    x, y = np.meshgrid(axis, -axis)
    return np.stack([x, y], axis=-1).reshape(-1, 2)


def _unit(rows: Array) -> Array:
    length = np.sqrt(np.einsum("nd,nd->n", rows, rows))[:, None]
    return np.asarray(rows / np.maximum(length, 1e-20), dtype=np.float32)


def _dealt() -> Array:
    """(DEAL, DEAL, 3) unit vectors spread evenly, such that each row and each column alone is spread as well."""
    row, column = np.indices((DEAL, DEAL))
    ring, place = (row + 2 * column) % DEAL, (2 * row + column) % DEAL  # a pair for each, and all of each in a line
    height = 1 - (2 * ring + 1) / DEAL
    angle = (place + ring * (3 - 5**0.5) / 2) * (2 * np.pi / DEAL)
    radius = np.sqrt(1 - height**2)
    return np.asarray(np.stack([radius * np.cos(angle), height, radius * np.sin(angle)], axis=-1), dtype=np.float32)


def _sphere(count: int) -> Array:
    """(count, 3) unit vectors spread evenly (golden angle), shuffled so that any few are spread as well."""
    height = 1 - (2 * np.arange(count) + 1) / count
    angle = np.arange(count) * np.pi * (3 - 5**0.5)
    ring = np.sqrt(1 - height**2)
    spread = np.stack([ring * np.cos(angle), height, ring * np.sin(angle)], axis=1)
    return np.asarray(np.random.default_rng(0).permutation(spread), dtype=np.float32)
