"""Kept samples: true field values in 16 bits each, so that a shape can be fitted anew without its source.

A coordinate is ``(q - 32768) / 32767 * 1.5`` and a distance ``(q - 32768) / 32767 * 0.1``, so zero is exact; an
occupancy is 0 or 1 as it is. Points are moved to where they can be kept before the field is asked there, so only
the distance is rounded, by 1.5e-6 at most.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from inrstore.errors import BadInput
from inrstore.records import KeptSamples

from .fields import CLIP, FieldSamples

RANGE = 1.5
"""Greatest coordinate: noise carries samples out of the unit ball, and grids have an empty border."""
ZERO, LEVELS = 32_768, 32_767
Points = NDArray[np.float64]


def snap(points: Points) -> Points:
    """The nearest points that can be kept; any shape, none moves by more than 2.3e-5 along an axis within ±`RANGE`."""
    return _restore(_round(points, RANGE), RANGE)


def pack_points(points: Points) -> NDArray[np.uint16]:
    """Points, any shape, in 16 bits a coordinate; beyond `RANGE` they are cut off."""
    return _round(points, RANGE)


def unpack_points(packed: NDArray[np.uint16]) -> NDArray[np.float32]:
    """The points again."""
    return _restore(packed, RANGE).astype(np.float32)


def pack(samples: FieldSamples, count: int) -> KeptSamples:
    """`count` of the samples, in an order that compresses well; those beyond `RANGE` are dropped.

    Where there are fewer, as of a small voxel grid, they are repeated cyclically. Errors: BadInput if none is left.
    """
    inside = np.flatnonzero((np.abs(samples.points) <= RANGE).all(axis=1))
    if not len(inside):
        raise BadInput(f"no sample lies within ±{RANGE}, so none can be kept")
    chosen = np.resize(inside, count)
    points, values = _round(samples.points[chosen], RANGE), samples.values[chosen]
    packed = values.astype(np.uint16) if samples.field == "occ" else _round(values, CLIP)
    # Slabs along x, sorted by y: then the upper bytes of both hardly change from point to point.
    order = np.lexsort((packed, points[:, 2], points[:, 1], points[:, 0] >> 8))
    return KeptSamples(samples.field, points[order], packed[order])


def unpack(kept: KeptSamples) -> FieldSamples:
    """The samples again, in the order in which they are kept."""
    values = kept.values if kept.field == "occ" else _restore(kept.values, CLIP)
    return FieldSamples(kept.field, _restore(kept.points, RANGE).astype(np.float32), values.astype(np.float32))


def _round(numbers: NDArray[np.floating], largest: float) -> NDArray[np.uint16]:
    scaled = np.clip(np.asarray(numbers, np.float64) / largest, -1, 1)
    return (np.rint(scaled * LEVELS) + ZERO).astype(np.uint16)


def _restore(packed: NDArray[np.uint16], largest: float) -> Points:
    return (packed.astype(np.float64) - ZERO) / LEVELS * largest
