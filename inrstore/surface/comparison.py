"""Decoded surfaces compared: what no similarity changes about them, and how far apart they are when one lies upon the
other.

All lengths are in units of the radius of the surface that stays where it is.
"""

from __future__ import annotations

from dataclasses import dataclass

import igl
import numpy as np
from numpy.typing import NDArray

from .alignment import FAR, Alignment, Array, align
from .cloud import Cloud
from .extraction import Field, extract_mesh
from .points import Faces, Vertices, surface_points

RESOLUTION = 48
"""Cells a side: what is finer is told apart by nobody who compares whole shapes."""
POINTS = 4096
LAGS = 16
"""Pairs of points of which distances are taken, for each point."""
QUANTILES = 24


class Surface:
    """A triangle mesh in the unit ball, with what comparing it takes; keep it where it meets many others."""

    def __init__(self, vertices: Vertices, faces: Faces) -> None:
        """Vertices (v, 3) and faces (f, 3). Errors: BadInput if they have no area."""
        self.vertices, self.faces = vertices, faces
        self.cloud = Cloud(surface_points(vertices, faces, POINTS, np.random.default_rng(0)))

    @classmethod
    def of(cls, field: Field, name: str, resolution: int = RESOLUTION) -> Surface:
        """That of a field. Errors: as `extract_mesh`."""
        return cls(*extract_mesh(field, name, resolution))

    def distances(self, points: Array) -> Array:
        """(n,) exact distances of points (n, 3) to the nearest triangle."""
        squared = np.asarray(igl.point_mesh_squared_distance(points, self.vertices, self.faces)[0])
        return np.asarray(np.sqrt(squared))

    def signature(self) -> NDArray[np.float64]:
        """(d,) figures that no similarity and no mirror changes, nearly the same from another sample of the surface.

        Quantiles of the distances of points from their middle and from each other, the latter the shape distribution
        D2 of Osada et al. 2002 (ACM TOG 21), both by the standard deviation; and the share of each principal axis.
        """
        points, middle, size = self.cloud.points, self.cloud.middle, self.cloud.size
        levels = np.linspace(0.02, 0.98, QUANTILES)
        radii = np.quantile(np.linalg.norm(points - middle, axis=1), levels) / size
        pairs = [np.linalg.norm(points - np.roll(points, lag, axis=0), axis=1) for lag in range(1, LAGS + 1)]
        spans = np.quantile(np.concatenate(pairs), levels) / size
        return np.concatenate([radii / np.sqrt(QUANTILES), spans / np.sqrt(QUANTILES), self.cloud.deviations / size])


@dataclass(frozen=True, eq=False)
class Comparison:
    """How one surface lies upon another, and what is left between them."""

    alignment: Alignment
    chamfer_l1: float
    """Mean of both mean distances, from points to triangles."""
    far: float
    """The 95th percentile of these distances, of the direction in which it is greater."""


def compare(
    one: Surface,
    other: Surface,
    *,
    mirror: bool = True,
    starts: NDArray[np.floating] | None = None,
    within: float = np.inf,
) -> Comparison:
    """Lay `one` upon `other` by the best similarity, and measure from points of each to the triangles of the other.

    mirror, starts, within : as for `align`
    """
    found = align(one.cloud, other.cloud, mirror=mirror, starts=starts, within=within)
    there = other.distances(found.apply(one.cloud.points[: POINTS // 2]))
    moved_back = (other.cloud.points[: POINTS // 2] - found.shift) @ found.matrix / found.scale
    back = one.distances(np.ascontiguousarray(moved_back)) * found.scale
    far = max(np.percentile(there, FAR), np.percentile(back, FAR))
    return Comparison(found, float(there.mean() + back.mean()) / 2, float(far))


def apart(one: Surface, other: Surface) -> float:
    """Mean of both mean distances, from points to triangles, as both lie."""
    there, back = (to.distances(own.cloud.points[: POINTS // 2]) for own, to in ((one, other), (other, one)))
    return float(there.mean() + back.mean()) / 2
