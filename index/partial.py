"""The shapes of which a query is a piece: half of one, a leg, what a camera sees of it.

The embedding of a piece says little about the whole, so geometry decides. The first hits, all in a small store, are
asked by how well the piece fits somewhere in what their networks say on a lattice; the best of these, and the best by
embedding, are decoded, and the piece is laid into each, see `surface.containment`. How far it is from the surface
there orders the hits. The piece must be in the units of the whole, for a leg alone says nothing of the table's size.

benchmarks/partial.py has what this finds, beside the plain search.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from inrstore.records import FloatArray, NewShape, Shape

from .geometry import Geometry
from .poses import pose_of
from .results import Hit, Result, ranked

if TYPE_CHECKING:
    from inrstore.store import Store
    from inrstore.surface.alignment import Array
    from inrstore.surface.containment import Places

CANDIDATES = 500
"""Hits of the embedding that are asked; reading their networks is most of what a first search takes."""
VERIFIED = 40
"""Hits that are decoded: the best on the lattice; and a quarter as many of the embedding's best."""
SIDE = 24
"""Cells of the lattice; with 16 the whole of a half is among the first twenty in .64, with 24 in .88, with 32 in .92.
"""
LARGER = 1.1
"""Times the radius of a whole that its piece's may be: radii are around the middles of bounding boxes."""
COMPANION = "nearness"
HELD = 8192
"""Lattices of 14 kilobytes that stay with the store object."""


@dataclass(frozen=True)
class Wholes:
    """Orders hits by how far the query, as a piece of them, is from their surface."""

    geometry: Geometry
    turns: FloatArray
    """(p, 3, 3) in which the piece may lie."""

    def order(self, result: Result, count: int, k: int) -> Result:
        """The k first hits: of the `count` first those that the piece was laid into, then the rest as it scored.

        Errors: BadInput if the query is a vector or has no surface.
        """
        query, asked = self.geometry.demanded(result, "partial"), self.geometry.asked(result)
        assert asked is not None
        shapes = self.geometry.shapes([hit.key for hit in result.hits[:count]])
        known = [hit for hit in result.hits[:count] if hit.key in shapes]
        fitting = [hit for hit in known if asked.scale <= LARGER * shapes[hit.key].scale]
        near = nearness(self.geometry.store, shapes, [hit.key for hit in fitting])
        found = {}
        for hit in fitting:
            piece = _Piece.of(query.cloud.points, asked, shapes[hit.key], self.turns)
            found[hit.key] = piece, piece.places(near[hit.key])
        by_lattice = sorted(fitting, key=lambda hit: -found[hit.key][1].nearness)
        chosen = {hit.key: hit for hit in [*by_lattice[:VERIFIED], *fitting[: VERIFIED // 4]]}
        laid = [self._laid(hit, *found[key]) for key, hit in chosen.items()]
        rest = [hit for hit in result.hits if hit.key not in chosen]
        return ranked(result, [*sorted(laid, key=_distance), *rest][:k])

    def _laid(self, hit: Hit, piece: _Piece, begin: Places) -> Hit:
        """The hit with the distance of the piece laid into it, in its radii, and the pose of the piece."""
        from inrstore.surface.containment import laid_in

        whole = self.geometry.stored(hit.key)
        if whole is None:
            return hit
        best = laid_in(piece.points, whole, begin)
        return replace(hit, distance=round(best.distance, 6), pose=pose_of(best.matrix @ piece.turns[best.turn]))


@dataclass(frozen=True, eq=False)
class _Piece:
    """A query in the size in which it would be a part of one stored shape, around its own middle."""

    points: Array
    """(p, n, 3) in each turn."""
    turns: Array
    """(p, 3, 3) from the query's normalised points to those."""

    @classmethod
    def of(cls, points: Array, asked: Shape | NewShape, whole: Shape, turns: FloatArray) -> _Piece:
        matrices = turns.astype(np.float64) @ _rotation(whole) @ _rotation(asked).T
        sized = points * (asked.scale / whole.scale)
        return cls(sized @ matrices.transpose(0, 2, 1), matrices)

    def places(self, near: NDArray[np.uint8]) -> Places:
        from inrstore.surface.containment import places

        return places(self.points, near)


def nearness(store: Store, shapes: dict[int, Shape], keys: list[int]) -> dict[int, NDArray[np.uint8]]:
    """By key (s, s, s) how near the surface is at the cells' centres, 255 upon it; what was read stays."""
    import torch

    from inrstore.model.encoders.readings import volumes
    from inrstore.model.encoders.single import Lattice, one_thread

    known: dict[int, NDArray[np.uint8]] = store.companions.setdefault(COMPANION, {})
    found = {key: near for key in keys if (near := known.get(key)) is not None}
    new = [key for key in keys if key not in found]
    if new:
        with torch.inference_mode(), one_thread():
            lattice = Lattice(store.base().siren, SIDE)
            for key, weights in zip(new, store.weights(new), strict=True):
                raw = lattice.ask(torch.from_numpy(weights))
                close = volumes(shapes[key].field, raw[None], SIDE)[0, 0]
                found[key] = (close * 255).round().byte().numpy()
        if len(known) + len(new) > HELD:
            known.clear()
        known.update((key, found[key]) for key in new)
    return found


def _rotation(shape: Shape | NewShape) -> Array:
    return np.eye(3) if shape.rotation is None else np.array(shape.rotation).reshape(3, 3)


def _distance(hit: Hit) -> float:
    return np.inf if hit.distance is None else hit.distance
