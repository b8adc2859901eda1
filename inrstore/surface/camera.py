"""What one depth camera sees of a surface: the points of a dense sample that no other hides."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from inrstore.errors import BadInput

from .points import Vertices

PIXELS = 64
"""A side of the image, which the whole surface fills."""
BEHIND = 0.03
"""So far behind the nearest of its pixel, in radii, a point is still seen: a slanted surface within a pixel."""


def visible(points: Vertices, look: NDArray[np.floating], pixels: int = PIXELS) -> NDArray[np.int64]:
    """Places of the points (n, 3) that a far camera sees, which looks along `look` (3,): an orthographic depth image.

    The points should be dense, ten a pixel or so, else one sees through. Errors: BadInput if `look` has no direction.
    """
    length = float(np.linalg.norm(look))
    if not length > 0 or not np.isfinite(length):
        raise BadInput(f"look is {look}; give the direction in which the camera looks")
    ahead = np.asarray(look, np.float64) / length
    across = np.cross(ahead, np.eye(3)[np.abs(ahead).argmin()])
    across /= np.linalg.norm(across)
    centred = points - (points.min(axis=0) + points.max(axis=0)) / 2
    radius = np.linalg.norm(centred, axis=1).max()
    image = np.stack([centred @ across, centred @ np.cross(ahead, across)], axis=1) / radius
    cells = np.clip(((image + 1) * pixels / 2).astype(np.int64), 0, pixels - 1)
    pixel, depth = cells[:, 0] * pixels + cells[:, 1], centred @ ahead
    nearest = np.full(pixels**2, np.inf)
    np.minimum.at(nearest, pixel, depth)
    return np.flatnonzero(depth < nearest[pixel] + BEHIND * radius)
