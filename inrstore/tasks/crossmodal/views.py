"""The encoder of views for a store: which tower reads them, and what of that is kept."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from inrstore.errors import ModelNotFound
from inrstore.model.encoders import EncoderPart
from inrstore.model.encoders.views import ViewsEncoder
from inrstore.towers import IMAGE as TOWER
from inrstore.towers import image_tower

from .found import packaged, query_head
from .head import IMAGE, QueryHead

if TYPE_CHECKING:
    from collections.abc import Iterator

    from inrstore.store import Store

VIEWS = ViewsEncoder.kind


def views_encoder(store: Store, tower: str | None = None) -> EncoderPart:
    """The store's encoder of views; with a tower, one of `inrstore.towers`, or where there is none, a new one.

    That keeps of the tower's features what the store's image head does, else what the packaged one does, whatever
    shape embeddings they lead to; if both read another tower, it keeps all. Errors: MissingDependency, BadInput.
    """
    own = store.beside(VIEWS)
    if own is not None and tower is None:
        return store.encoder(own)
    reads = image_tower(tower or TOWER)
    about = store.base().siren, reads.name, reads.id, reads.dim
    for head in _heads(store):
        if head.tower_id == reads.id and head.squeeze is not None:
            return EncoderPart.of(reads.name, ViewsEncoder(*about, head.squeeze, head.views_floor), store.base())
    return EncoderPart.of(reads.name, ViewsEncoder(*about), store.base())


def _heads(store: Store) -> Iterator[QueryHead]:
    with suppress(ModelNotFound):
        yield query_head(store, IMAGE)
    if (comes := packaged(IMAGE)) is not None:
        yield QueryHead(comes)
