"""Shapes whose views from all round look like a picture: exact, over all that the store has views of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from inrstore.errors import BadInput
from inrstore.records import FloatArray, Shape
from inrstore.towers import text_tower
from inrstore.towers.registry import CLIP

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
        found = self._nearest(mean_of(seen), count, where, least)
        shapes = self.store.shapes_by_key(list(found))
        return [(shapes[key], score) for key, score in found.items() if key in shapes]

    def alike_in_words(self, text: str, count: int, where: Conditions | None) -> dict[int, float]:
        """Cosines by key, best first, of the `count` shapes whose views are most like a text.

        Errors: BadInput where the tower does not read words into the same space; MissingDependency without the tower.
        """
        if not self.encoder.tower.startswith(CLIP):
            raise BadInput(
                f"the store's views are read by {self.encoder.tower}, which knows no words; with a tower that does, "
                "'inrstore encode --views --tower open_clip:MODEL/TAG', they can be searched by words"
            )
        if self.encoder.squeeze is not None:
            raise BadInput(
                "the store's views keep what an image head has learned of pictures alone, so that words cannot be "
                "compared with them; remove that head, and make them anew: "
                f"'inrstore encode --views --tower {self.encoder.tower}'"
            )
        self.encoder.loaded()
        return self._nearest(text_tower(self.encoder.tower).encode([text])[0], count, where, self.floor)

    def _nearest(self, vector: FloatArray, count: int, where: Conditions | None, least: float) -> dict[int, float]:
        keys, rows = beside(self.store, VIEWS).rows(self.id, self.encoder.dim)
        return dict(ranked(self.store, keys, product(rows, vector), count, where, least)) if len(keys) else {}

    def left(self) -> int:
        """How many shapes with networks have no views yet; counted once for every version of the catalogue."""
        now = self.id, self.store.version()
        kept: dict[tuple[str, str], int] = self.store.companions.get("views left", {})
        if now not in kept:
            kept = {now: sum(len(keys) for _, _, keys in self.store.encodable(self.id))}
            self.store.companions["views left"] = kept
        return kept[now]


def views_in_words(store: Store, text: str, count: int, where: Conditions | None) -> dict[int, float]:
    """See `Views.alike_in_words`. Errors: BadInput also without any views."""
    views = views_of(store)
    if views is None:
        raise BadInput("the store has no views of its shapes; make them: 'inrstore encode --views'")
    return views.alike_in_words(text, count, where)


def views_of(store: Store) -> Views | None:
    """None where the store has none. Errors: CorruptShard."""
    own = store.beside(VIEWS)
    if own is None:
        return None
    kept: dict[str, Views] = store.companions.setdefault("views", {})
    if own not in kept:
        kept[own] = Views(store, own, store.encoder(own).build(store.base()))  # type: ignore[arg-type]
    return kept[own]
