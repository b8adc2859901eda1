"""Shapes whose views from all round look like a picture: exact, over all that the store has views of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from inrstore.records import Shape

from ..beside import beside, product, ranked

if TYPE_CHECKING:
    from inrstore.model.encoders.views import ViewsEncoder
    from inrstore.pictures.intake import Taken
    from inrstore.store import Conditions, Store

VIEWS = "views"
"""The kind of the encoder that a store has beside its own for this."""


@dataclass(frozen=True, eq=False)
class Views:
    """The views of a store's shapes. `views_of` has them."""

    store: Store
    id: str
    encoder: ViewsEncoder

    @property
    def floor(self) -> float:
        """The cosine below which a shape is no answer."""
        return self.encoder.floor

    def alike(
        self, pictures: Sequence[Taken], count: int, where: Conditions | None, least: float
    ) -> list[tuple[Shape, float]]:
        """The `count` shapes whose views are most like some pictures of one thing, by a cosine of `least` at least.

        Errors: MissingDependency without the tower.
        """
        from inrstore.model.encoders.views import mean_of

        reads = self.encoder.loaded()
        seen = self.encoder.vectors(reads.encode([one.square(reads.side) for one in pictures]))
        keys, rows = beside(self.store, VIEWS).rows(self.id, self.encoder.dim)
        if not len(keys):
            return []
        found = ranked(self.store, keys, product(rows, mean_of(seen)), count, where, least)
        shapes = self.store.shapes_by_key([key for key, _ in found])
        return [(shapes[key], score) for key, score in found if key in shapes]

    def left(self) -> int:
        """How many shapes that have an embedding have no views yet; counted once for every version of the catalogue."""
        now = self.id, self.store.version()
        kept: dict[tuple[str, str], int] = self.store.companions.get("views left", {})
        if now not in kept:
            keys, _ = beside(self.store, VIEWS).rows(self.id, self.encoder.dim)
            kept = {now: len(np.setdiff1d(self.store.embedding_keys(), keys, assume_unique=True))}
            self.store.companions["views left"] = kept
        return kept[now]


def views_of(store: Store) -> Views | None:
    """None where the store has none. Errors: CorruptShard."""
    own = store.beside(VIEWS)
    if own is None:
        return None
    kept: dict[str, Views] = store.companions.setdefault("views", {})
    if own not in kept:
        kept[own] = Views(store, own, store.encoder(own).build(store.base()))  # type: ignore[arg-type]
    return kept[own]
