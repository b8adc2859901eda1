"""Points of a surface with the part that each belongs to, in the frame of the shape."""

from __future__ import annotations

import numpy as np

from inrstore.network.packing import pack_points
from inrstore.records import PART_POINTS, Frame, PartLabels

from ..files.geometry import Mesh
from ..files.part_labels import Parted
from .normalise import into


def sample_parts(said: Parted, frame: Frame, rng: np.random.Generator) -> PartLabels:
    """`PART_POINTS` points of a mesh, by area, or of a cloud; where this has fewer, some again."""
    geometry = said.geometry
    if isinstance(geometry, Mesh):
        corners = geometry.vertices[geometry.faces]  # (f, 3, 3)
        areas = np.linalg.norm(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=1)
        areas = np.where(np.isfinite(areas), areas, 0)
        chosen = rng.choice(len(areas), PART_POINTS, p=areas / areas.sum())
        shares = rng.dirichlet((1, 1, 1), PART_POINTS)  # even on a triangle
        points = np.einsum("nkc,nk->nc", corners[chosen], shares)
    else:
        usable = np.flatnonzero(np.isfinite(geometry.points).all(axis=1))
        chosen = rng.choice(usable, PART_POINTS, replace=len(usable) < PART_POINTS)
        points = geometry.points[chosen]
    return PartLabels(pack_points(into(points, frame)), said.part[chosen].astype(np.uint8), said.names)
