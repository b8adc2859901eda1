"""The first hits of a search by their geometry: what is the query's own surface comes first, the rest as it scored.

An embedding says what is alike; the distance of the surfaces says whether it is the same. Among different objects of
one kind that distance says little, so it does not order them; benchmarks/copies.py has what this gains and costs.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from .evidence import THRESHOLDS
from .geometry import Geometry
from .poses import pose_of
from .results import Hit, Result, ranked

if TYPE_CHECKING:
    from inrstore.surface.comparison import Surface

SAME = THRESHOLDS["same"]


@dataclass(frozen=True)
class Reranker:
    """Distances between decoded surfaces."""

    geometry: Geometry
    turned: bool = True
    mirror: bool = True
    strict: bool = True
    """Refuse queries without geometry, which else stay as they scored."""

    def order(self, result: Result, count: int, k: int) -> Result:
        """The k first hits; of the `count` first, those no farther than `SAME` come first, the nearest before.

        Errors: BadInput, where it is strict, if the query is a vector or has no surface.
        """
        hits = result.hits
        query = self.geometry.demanded(result, "rerank") if self.strict else self.geometry.query(result)
        if query is not None:
            hits = [*sorted((self._measured(query, hit) for hit in hits[:count]), key=_distance), *hits[count:]]
        return ranked(result, hits[:k])

    def _measured(self, query: Surface, hit: Hit) -> Hit:
        """The hit with its distance in units of its radius, and the pose in which the query lies best upon it."""
        from inrstore.surface.comparison import apart, compare

        found = self.geometry.stored(hit.key)
        if found is None:
            return hit
        if not self.turned:
            return replace(hit, chamfer=round(apart(query, found), 6))
        starts = None if hit.pose is None else np.array([hit.pose.matrix])
        best = compare(query, found, mirror=self.mirror, starts=starts)
        return replace(hit, chamfer=round(best.chamfer_l1, 6), pose=pose_of(best.alignment.matrix))


def _distance(hit: Hit) -> float:
    """What hits are sorted by, others staying in their order."""
    return hit.chamfer if hit.chamfer is not None and hit.chamfer <= SAME else np.inf
