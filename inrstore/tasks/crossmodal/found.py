"""Which head of words or pictures answers for a store: its own, else the one that comes with the package."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from inrstore.errors import ModelNotFound
from inrstore.model import Head
from inrstore.model.part import SETTINGS

from .head import QueryHead

if TYPE_CHECKING:
    from inrstore.store import Store

PACKAGED = Path(__file__).parent / "packaged"


def query_head(store: Store, kind: str, ref: str | None = None) -> QueryHead:
    """The head of a kind, `text` or `image`, that reads the store's embeddings: the last that it was given, or the
    one with this name or id, else the packaged one.

    Errors: ModelNotFound if there is none for the store's encoder; as `Store.head`.
    """
    entries = [entry for entry in store.heads(kind) if entry.encoder == store.encoder_id]
    if ref is not None or entries:
        return QueryHead(store.head(ref, kind))
    head = packaged(kind)
    if head is None or not comes_with(store, kind):
        raise ModelNotFound(
            f"the store has no {kind} head, and none comes with inrstore for its encoder; train one: "
            f"'inrstore train {kind}'"
        )
    return QueryHead(head)


def comes_with(store: Store, kind: str) -> bool:
    """Whether the packaged head of a kind reads the store's embeddings."""
    head = packaged(kind)
    return head is not None and head.encoder_id == store.encoder_id


@lru_cache(maxsize=2)
def packaged(kind: str) -> Head | None:
    """The head of a kind that comes with the package, if one does."""
    folder = PACKAGED / kind
    return Head.load(folder) if (folder / SETTINGS).is_file() else None
