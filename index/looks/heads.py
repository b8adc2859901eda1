"""The store's heads of words and pictures, with the towers that they read, asked for queries among the embeddings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from inrstore.errors import MissingDependency
from inrstore.towers import image_tower, text_tower

if TYPE_CHECKING:
    from inrstore.pictures.intake import Taken
    from inrstore.store import Store
    from inrstore.tasks.crossmodal.head import Asked, QueryHead

TEXT, IMAGE = "text", "image"
"""Kinds of heads."""


def head_of(store: Store, kind: str) -> QueryHead:
    """As `query_head`, made ready once for every version of the catalogue."""
    from inrstore.tasks.crossmodal.found import query_head  # brings torch

    version = store.version()
    kept: dict[str, tuple[str, QueryHead]] = store.companions.setdefault("looks", {})
    if kind not in kept or kept[kind][0] != version:
        found = query_head(store, kind)
        former = kept.get(kind)
        if former is not None and former[1].head.id == found.head.id:
            found = former[1]
        kept[kind] = version, found
    return kept[kind][1]


def ask_texts(store: Store, texts: Sequence[str]) -> tuple[QueryHead, Asked]:
    """A query each. Errors: ModelNotFound without a head, MissingDependency without its tower, CorruptShard."""
    head = head_of(store, TEXT)
    tower = text_tower(head.tower)
    _check(head, tower.id)
    return head, head.ask(tower.encode(texts))


def ask_pictures(store: Store, pictures: Sequence[Taken]) -> tuple[QueryHead, Asked]:
    """A query each. Errors: as `ask_texts`."""
    head = head_of(store, IMAGE)
    tower = image_tower(head.tower)
    _check(head, tower.id)
    return head, head.ask(tower.encode([one.square(tower.side) for one in pictures]))


def as_one(asked: Asked) -> Asked:
    """One query of several, whose likeness is the mean of theirs."""
    summed = (asked.vectors * asked.scale[:, None]).mean(axis=0, keepdims=True)
    scale = np.maximum(np.linalg.norm(summed, axis=1), 1e-9)
    return replace(asked, vectors=summed / scale[:, None], scale=scale, offset=asked.offset.mean(keepdims=True))


def _check(head: QueryHead, tower_id: str) -> None:
    if tower_id != head.tower_id:
        raise MissingDependency(
            f"the {head.kind} head {head.head.name!r} reads another {head.tower} than is here; "
            f"train it again: 'inrstore train {head.kind}'"
        )
