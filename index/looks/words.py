"""Shapes that look like a text, whatever they are called: an evidence of `index.search_text`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from inrstore.errors import (
    BadInput,
    CorruptShard,
    MissingDependency,
    ModelMismatch,
    ModelNotFound,
    NoEncoder,
    StorageFailed,
    StorageFull,
)

from .heads import ask_texts
from .nearest import alike

if TYPE_CHECKING:
    from inrstore.store import Conditions, Store


def like_words(store: Store, text: str, count: int, where: Conditions | None, index: str) -> dict[int, float]:
    """Likeness by key, best first, of the shapes that are as much like a text as the head's floor says.

    Errors: ModelNotFound, MissingDependency, CorruptShard of the head and its tower; as `index.open_index`.
    """
    head, asked = ask_texts(store, [text])
    return {shape.key: one for shape, one in alike(store, index, asked, count, where, head.floor)}


def perhaps_like_words(
    store: Store, text: str, count: int, where: Conditions | None, index: str
) -> tuple[dict[int, float] | None, str]:
    """The same beside other evidence: None where it cannot be had, and why, if somebody has to do something.

    It is silent where nobody has given the store a head: who never asked for that is not to be told at every search.
    """
    try:
        return like_words(store, text, count, where, index), ""
    except (ModelNotFound, NoEncoder, BadInput):
        return None, ""  # no head, no embeddings
    except MissingDependency as error:
        return None, str(error) if store.heads("text") else ""
    except (CorruptShard, ModelMismatch, StorageFull, StorageFailed) as error:
        return None, str(error)
