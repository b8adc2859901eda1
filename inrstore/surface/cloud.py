"""Points of one surface, with what laying it upon another takes of them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from inrstore.errors import BadInput
from inrstore.metrics.surfaces import Points

Array = NDArray[np.float64]
NEIGHBOURS = 10
"""Points that a plane is laid through."""


class Cloud:
    """Points of one surface (n, 3), evenly over its area and in any order; more make the distances finer.

    What an alignment needs of it is made once, so keep it where one surface meets many. Errors: BadInput.
    """

    def __init__(self, points: Points) -> None:
        found = np.asarray(points, dtype=np.float64)
        if found.ndim != 2 or found.shape[1] != 3 or len(found) < 4 or not np.isfinite(found).all():
            raise BadInput(f"points of shape {found.shape} cannot be aligned; give (n, 3) finite ones, four or more")
        self.points = found[np.random.default_rng(0).permutation(len(found))]
        """In a random order, so that the first few are even, too."""
        self.middle: Array = found.mean(axis=0)
        variances, axes = np.linalg.eigh(np.cov(found.T))
        self.deviations: Array = np.sqrt(np.maximum(variances, 0))
        """(3,) along the principal axes, ascending."""
        self.axes: Array = axes
        """Columns."""
        self.size = float(np.linalg.norm(self.deviations))
        if not self.size > 0:
            raise BadInput("all points to align lie in one place")
        self._trees: dict[int, cKDTree] = {}
        self._normals: dict[int, Array] = {}

    def tree(self, count: int | None = None) -> cKDTree:
        """Of the first `count` points, or of all."""
        count = min(count or len(self.points), len(self.points))
        if count not in self._trees:
            self._trees[count] = cKDTree(self.points[:count])
        return self._trees[count]

    def normals(self, count: int) -> Array:
        """(count, 3) of the planes through the first `count` points and those around each; their signs mean nothing."""
        if count not in self._normals:
            _, near = self.tree(count).query(self.points[:count], min(NEIGHBOURS, count, len(self.points)))
            around = self.points[near]
            around = around - around.mean(axis=1, keepdims=True)
            self._normals[count] = np.linalg.eigh(around.transpose(0, 2, 1) @ around)[1][:, :, 0]
        return self._normals[count]
