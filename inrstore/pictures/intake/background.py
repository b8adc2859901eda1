"""The object before a plain background: what is of the colour of the border, and hangs together with it, is behind."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from skimage.color import rgb2lab

from ..drawing import Image
from .surfaces import smooth_fit
from .taken import Cover

Mask = NDArray[np.bool_]
Array = NDArray[np.float32]
BAND = 0.015
"""Of the shorter side, how wide a border is looked at."""
PLAIN, ROUGHEST = 0.7, 4.0
"""Share of the border that has to be of the background, and how much that may vary, in CIE Lab."""
NEAREST, FARTHEST = 2.5, 14.0
"""How near in CIE Lab to the background is the background, at least and at most: the rougher, the more."""
DARKER, LIGHTER, STEEP = 45.0, 8.0, 1.3
"""A shadow's depth in lightness, a reflection's, and how much that changes from pixel to pixel in them, at most."""
SHADOWS, SOLID = 0.3, 0.6
"""If more than this share of what stands out were shadows, and little but an outline were left of it, none are."""
DEEP, DEEPER = 0.008, 0.25
"""Of the longer side, farther from the edge than lines are; and which share of what is no outline is so."""
RIM = 10.0
"""How far from the background the rim of a hole is; what fades into it is a light on the object."""
HALO, MIXED = 3, 0.4
"""Pixels that an edge is wide, and share of the way to the object's colour up to which they are the background's."""
SPECK, LEAST, MOST = 0.01, 0.001, 0.985
"""Parts smaller than this share of the largest are specks; shares of the picture that an object covers."""


@dataclass(frozen=True)
class Behind:
    """A background in CIE Lab (h, w, 3), how far each pixel is from it, and how much it varies."""

    colour: Array
    distance: Array
    rough: float

    @property
    def near(self) -> float:
        return float(np.clip(2 + 5 * self.rough, NEAREST, FARTHEST))


def before_plain(image: Image) -> Cover | None:
    """(h, w) what of a picture is the object; None if its background is not plain, or nothing stands out from it."""
    lab = np.asarray(rgb2lab(image), np.float32)
    behind = _behind(lab)
    if behind is None:
        return None
    around = connected(behind.distance < behind.near)
    around = _with_shadows(lab, behind, around)
    there = _without_specks(~_to_the_edge(behind, around | _holes(behind, around)))
    if not LEAST < there.mean() < MOST:
        return None
    return soft(there)


def _behind(lab: Array) -> Behind | None:
    height, width = lab.shape[:2]
    band = max(2, round(BAND * min(height, width)))
    border = np.ones((height, width), bool)
    border[band:-band, band:-band] = False
    colour = smooth_fit(lab, border)
    distance = np.asarray(np.linalg.norm(lab - colour, axis=-1), np.float32)
    inside = distance[border]
    rough = float(np.median(inside))
    plain = inside < max(4.0, 4 * rough)
    if plain.mean() < PLAIN or rough > ROUGHEST:
        return None
    if rough > 0.4:  # noise of one pixel says little
        distance = np.linalg.norm(ndimage.gaussian_filter(lab, (0.8, 0.8, 0)) - colour, axis=-1).astype(np.float32)
    return Behind(colour, distance, float(np.median(inside[plain])))


def _with_shadows(lab: Array, behind: Behind, around: Mask) -> Mask:
    """A shadow is the background, darker, or lighter by a lamp, and nowhere sharp; the object's own edge stops it."""
    deeper = behind.colour[..., 0] - lab[..., 0]
    tinted = np.linalg.norm(lab[..., 1:] - behind.colour[..., 1:], axis=-1)
    slope = ndimage.gaussian_gradient_magnitude(lab[..., 0], 0.8)
    shadow = (deeper > -LIGHTER) & (deeper < DARKER) & (tinted < 3 + 0.1 * np.abs(deeper) + 2 * behind.rough)
    shadow &= slope < STEEP + 2 * behind.rough
    grown = connected(around | shadow)
    before, after = ~around, ~grown
    if after.sum() > (1 - SHADOWS) * before.sum():
        return grown
    # a grey thing that a shadow leaks into leaves its edges behind, which enclose what is gone
    whole = ndimage.binary_fill_holes(ndimage.binary_closing(np.pad(after, 4), iterations=4))
    deep = ndimage.distance_transform_edt(after) > DEEP * max(after.shape)
    solid = after.sum() > SOLID * whole.sum() and deep.sum() > DEEPER * after.sum()
    return grown if solid else around


def _holes(behind: Behind, around: Mask) -> Mask:
    """Enclosed places that are so much of the background's colour that it is the background that is seen."""
    places, count = ndimage.label((behind.distance < behind.near) & ~around)
    if not count:
        return np.zeros_like(around)
    which = np.arange(1, count + 1)
    area = ndimage.sum_labels(np.ones_like(behind.distance), places, which)
    far = ndimage.median(behind.distance, places, which)
    ring = ndimage.grey_dilation(places, (7, 7)) * (behind.distance >= behind.near)
    total = np.bincount(ring.ravel(), behind.distance.ravel(), count + 1)
    sharp = total[1:] > RIM * np.bincount(ring.ravel(), minlength=count + 1)[1:]
    open_ = sharp & (area > max(12, 2e-4 * around.size)) & (far < behind.near / 2)
    return np.asarray(np.concatenate([[False], open_])[places], bool)


def _to_the_edge(behind: Behind, around: Mask) -> Mask:
    """Pixels between object and background are mixed, and a JPEG spreads them: up to nearly the middle they are behind.

    What is thin is its own measure, so that it is not lost.
    """
    width = 2 * HALO + 1
    mixed = behind.distance < MIXED * ndimage.maximum_filter(behind.distance, width)
    return np.asarray(ndimage.binary_dilation(around, iterations=HALO, mask=mixed | around), bool)


def _without_specks(there: Mask) -> Mask:
    places, count = ndimage.label(there, np.ones((3, 3)))
    if count < 2:
        return there
    area = np.bincount(places.ravel())
    area[0] = 0
    return np.asarray((area > SPECK * area.max())[places])


def connected(like: Mask) -> Mask:
    """What of it hangs together with the picture's border."""
    places, _ = ndimage.label(like)
    edge = np.unique(np.concatenate([places[0], places[-1], places[:, 0], places[:, -1]]))
    return np.asarray(np.isin(places, edge[edge > 0]), bool)


def soft(there: Mask) -> Cover:
    return np.asarray(ndimage.gaussian_filter(there.astype(np.float32), 0.6), np.float32)
