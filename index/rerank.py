"""The first hits of a search in the order of their geometry: decoded, laid upon each other, and measured.

An embedding says what is alike; the distance of the surfaces says how much the same it is. `benchmarks/rerank.py` has
what this gains and costs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from inrstore.errors import BadInput, EmptySurface
from inrstore.metrics.surfaces import chamfer_l1
from inrstore.records import Failure

from .poses import pose_of
from .results import Hit, Result

if TYPE_CHECKING:
    from inrstore.network.portable import PortableInr
    from inrstore.store import Store
    from inrstore.surface.alignment import Cloud

POINTS = 4096
RESOLUTION = 64
"""Cells a side of which a surface is decoded: a cell is twice what 4,096 points are apart."""


class Reranker:
    """Distances between decoded surfaces; each is decoded once."""

    def __init__(
        self, store: Store, fitted: Mapping[str, PortableInr | Failure], *, turned: bool = True, mirror: bool = True
    ) -> None:
        self.store, self.fitted, self.turned, self.mirror = store, fitted, turned, mirror
        self._stored = cache(self._decoded)

    def order(self, result: Result, count: int, k: int) -> Result:
        """The k first hits after the `count` first were ordered by distance, those without a surface last.

        Errors: BadInput if the query is a vector or has no surface.
        """
        query = self._query(result)
        if query is None:
            raise BadInput(f"{result.query}: its network has no surface to compare; leave out rerank")
        near = sorted((self._measured(query, hit) for hit in result.hits[:count]), key=_distance)
        hits = [*near, *result.hits[count:]][:k]
        return replace(result, hits=[replace(hit, rank=rank) for rank, hit in enumerate(hits, start=1)])

    def _query(self, result: Result) -> Cloud | None:
        if result.id is not None:
            return self._stored(result.id)
        network = self.fitted.get(result.file) if result.file else None
        if network is None or isinstance(network, Failure):
            raise BadInput(f"{result.query}: a vector has no geometry; leave out rerank, or ask with a shape")
        return surface_of(network)

    def _decoded(self, ref: str) -> Cloud | None:
        from inrstore.surface.export import shape_inr

        return surface_of(shape_inr(self.store, self.store.shape(ref)))

    def _measured(self, query: Cloud, hit: Hit) -> Hit:
        """The hit with its distance in units of its radius, and the pose in which the query lies best upon it."""
        from inrstore.surface.alignment import align

        found = self._stored(hit.id)
        if found is None:
            return hit
        if not self.turned:
            return replace(hit, chamfer=round(chamfer_l1(query.points, found.points), 6))
        starts = None if hit.pose is None else np.array([hit.pose.matrix])
        best = align(query, found, mirror=self.mirror, starts=starts)
        return replace(hit, chamfer=round(best.chamfer_l1, 6), pose=pose_of(best.matrix))


def surface_of(inr: PortableInr) -> Cloud | None:
    """Points of a network's surface in its own space, to be aligned; None if it has none."""
    from inrstore.surface.alignment import Cloud
    from inrstore.surface.extraction import extract_cloud, inr_field

    try:
        return Cloud(extract_cloud(inr_field(inr.siren, inr.weights), inr.field, POINTS, resolution=RESOLUTION))
    except EmptySurface:
        return None


def _distance(hit: Hit) -> float:
    return np.inf if hit.chamfer is None else hit.chamfer
