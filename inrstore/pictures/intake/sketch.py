"""Drawings: thin lines on paper, or light ones on a board, and what they enclose."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from skimage.color import rgb2lab

from ..drawing import Image
from .background import connected
from .surfaces import smooth_fit
from .taken import Cover

Mask = NDArray[np.bool_]
Array = NDArray[np.float32]
BOARD = 40.0
"""Lightness below which it is a dark board, with light lines."""
WIDE = 0.02
"""Of the longer side, how wide a line may be; and how much of the lines may be wider."""
WIDER = 0.1
FAINTEST, SHARES = 0.2, (0.002, 0.25)
"""How dark lines are against their paper at least, and which share of a picture they are."""
UNEVEN, TINTED = 0.12, 8.0
"""How far from smooth the paper's lightness and colour may be, nearly everywhere."""
GAPS = (0.0, 0.006, 0.012, 0.02, 0.035)
"""Of the longer side, half the gaps in an outline that are closed, the smallest that is enough."""
ENCLOSED = 2.2
"""Times the lines' own area that they enclose, at least; lines alone are a drawing if they are evenly dark."""
EVEN, APART = 0.35, 3.0
"""How alike the darkness of such lines is, and in CIE Lab the paper inside and outside of them."""


@dataclass(frozen=True)
class Sketch:
    image: Image
    """(h, w, 3), dark lines on white."""
    cover: Cover
    """(h, w), what the lines enclose."""
    closed: bool
    light: bool
    """If it was light lines on something dark."""


def sketched(image: Image) -> Sketch | None:
    """None if the picture is not a drawing in lines."""
    lab = np.asarray(rgb2lab(image), np.float32)
    paper = smooth_fit(lab, np.ones(lab.shape[:2], bool))
    light = bool(np.median(paper[..., 0]) < BOARD)
    if light:
        lab[..., 0], paper[..., 0] = 100 - lab[..., 0], 100 - paper[..., 0]
    dark = _darkness(lab[..., 0])
    strong = float(np.quantile(dark, 0.995))
    if strong < FAINTEST:
        return None
    lines = _long(dark > max(0.1, 0.4 * strong))
    if not SHARES[0] < lines.mean() < SHARES[1] or not _thin(lines) or not _is_paper(lab, paper, lines):
        return None
    inside = enclosed(lines)
    if not _same(lab - paper, lines, inside):
        return None
    closed = bool(inside.sum() > ENCLOSED * lines.sum())
    if not closed and dark[lines].std() > EVEN * dark[lines].mean():
        return None
    drawn = np.clip((dark - 0.3 * 0.4 * strong) / (0.75 * strong), 0, 1)
    drawn *= ndimage.binary_dilation(lines, iterations=2)
    grey = np.asarray(255 * (1 - drawn) + 0.5, np.uint8)
    cover = np.asarray(ndimage.gaussian_filter(inside.astype(np.float32), 0.6), np.float32)
    return Sketch(np.repeat(grey[..., None], 3, axis=2), cover, closed, light)


def _darkness(lightness: Array) -> Array:
    """(h, w) from 0 to 1, how much darker a pixel is than the paper near it, wherever the light comes from."""
    reach = 2 * round(1.5 * WIDE * max(lightness.shape)) + 1
    even = ndimage.gaussian_filter(lightness, 0.7)
    near = ndimage.gaussian_filter(ndimage.grey_closing(even, (reach, reach)), reach / 4)
    return np.asarray(np.clip(1 - lightness / np.maximum(near, 5), 0, 1), np.float32)


def _long(lines: Mask) -> Mask:
    """Without specks: a line is longer than a fiftieth of the picture."""
    places, count = ndimage.label(lines, np.ones((3, 3)))
    if not count:
        return lines
    spans = [max(one.stop - one.start for one in box) for box in ndimage.find_objects(places)]
    return np.asarray(np.concatenate([[False], np.array(spans) > 0.02 * max(lines.shape)])[places], bool)


def _thin(lines: Mask) -> bool:
    depth = ndimage.distance_transform_edt(lines)
    return bool((depth[lines] > WIDE / 2 * max(lines.shape)).mean() < WIDER)


def _is_paper(lab: Array, paper: Array, lines: Mask) -> bool:
    """If what is between the lines is nearly everywhere what a smoothly lit sheet would be."""
    rest = ~ndimage.binary_dilation(lines, iterations=max(2, round(0.004 * max(lines.shape))))
    if rest.mean() < 0.3:
        return False
    uneven = np.abs(lab[..., 0] / np.maximum(paper[..., 0], 5) - 1)[rest]
    tint = np.linalg.norm(lab[..., 1:] - paper[..., 1:], axis=-1)[rest]
    return bool(np.quantile(uneven, 0.96) < UNEVEN and np.quantile(tint, 0.96) < TINTED)


def _same(off: Array, lines: Mask, inside: Mask) -> bool:
    """If there is the same paper inside of the lines as outside: things have a colour of their own."""
    near = ndimage.binary_dilation(lines, iterations=2)
    within, without = off[inside & ~near], off[~inside & ~near]
    if min(len(within), len(without)) < 20:
        return True
    apart = np.linalg.norm(np.median(within, axis=0) - np.median(without, axis=0))
    rough = np.median(np.abs(without - np.median(without, axis=0)))
    return bool(apart < APART + 2 * rough)


def enclosed(lines: Mask) -> Mask:
    """The lines and what is inside of them; gaps are closed as far as it takes."""
    padded = np.pad(lines, 1)
    away = ndimage.distance_transform_edt(~padded)
    found = []
    for gap in GAPS:
        reach = gap * max(lines.shape)
        filled = ~connected(away > reach)
        inner = ndimage.distance_transform_edt(filled) > reach if reach else filled
        found.append((inner | padded)[1:-1, 1:-1])
    most = max(one.sum() for one in found)
    return next(one for one in found if one.sum() >= 0.85 * most)
