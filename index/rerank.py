"""The first hits of a search by their geometry: what is the query's own surface comes first, the rest as it scored.

An embedding says what is alike; the distance of the surfaces says whether it is the same. Among different objects of
one kind that distance says little, so it does not order them; benchmarks/copies.py has what this gains and costs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from inrstore.errors import BadInput, EmptySurface
from inrstore.records import Failure, NewShape

from .evidence import THRESHOLDS
from .poses import pose_of
from .results import Hit, Result
from .surfaces import decoded

if TYPE_CHECKING:
    from inrstore.store import Store
    from inrstore.surface.comparison import Surface

SAME = THRESHOLDS["same"]


class Reranker:
    """Distances between decoded surfaces; each is decoded once."""

    def __init__(
        self,
        store: Store,
        fitted: Mapping[str, NewShape | Failure],
        *,
        turned: bool = True,
        mirror: bool = True,
        strict: bool = True,
    ) -> None:
        """Shapes of files are `fitted`; `strict` refuses queries without geometry, which else stay as they scored."""
        self.store, self.fitted, self.turned, self.mirror, self.strict = store, fitted, turned, mirror, strict
        self._known: dict[str, Surface | None] = {}

    def order(self, result: Result, count: int, k: int) -> Result:
        """The k first hits; of the `count` first, those no farther than `SAME` come first, the nearest before.

        Errors: BadInput, where it is strict, if the query is a vector or has no surface.
        """
        query, hits = self._query(result), result.hits
        if query is None and self.strict:
            what = "its network has no surface to compare" if result.id or result.file else "a vector has no geometry"
            raise BadInput(f"{result.query}: {what}; leave out rerank, or ask with another shape")
        if query is not None:
            hits = [*sorted((self._measured(query, hit) for hit in hits[:count]), key=_distance), *hits[count:]]
        return replace(result, hits=[replace(hit, rank=rank) for rank, hit in enumerate(hits[:k], start=1)])

    def _query(self, result: Result) -> Surface | None:
        """None for a vector, and for what has no surface."""
        if result.id is not None:
            return self._stored(result.id)
        shape = self.fitted.get(result.file) if result.file else None
        if shape is None or isinstance(shape, Failure):
            return None
        try:
            return decoded(self.store, shape)
        except EmptySurface:
            return None

    def _stored(self, ref: str) -> Surface | None:
        """None if its network has no surface."""
        if ref not in self._known:
            try:
                self._known[ref] = decoded(self.store, self.store.shape(ref))
            except EmptySurface:
                self._known[ref] = None
        return self._known[ref]

    def _measured(self, query: Surface, hit: Hit) -> Hit:
        """The hit with its distance in units of its radius, and the pose in which the query lies best upon it."""
        from inrstore.surface.comparison import apart, compare

        found = self._stored(hit.id)
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
