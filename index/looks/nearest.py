"""Stored shapes nearest to a query that is a vector, from the store's index."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from inrstore.records import FloatArray, Shape

from ..manage import open_index
from ..protocol import NO_KEY, Filter

if TYPE_CHECKING:
    from inrstore.store import Conditions, Store
    from inrstore.tasks.crossmodal.head import Asked

ATTEMPTS = 3
"""Searches of an index that other processes make stale meanwhile."""


def nearest(
    store: Store, name: str, vector: FloatArray, k: int, where: Conditions | None = None
) -> list[tuple[Shape, float]]:
    """The `k` shapes whose embeddings have the greatest cosine with a vector (d,) of length one, and that, best first.

    Errors: as `index.open_index`.
    """
    for _ in range(ATTEMPTS):
        opened = open_index(store, name=name)
        scores, keys = opened.search(np.ascontiguousarray(vector[None]), k, Filter(where) if where else None)
        there = keys[0] != NO_KEY
        found = dict(zip(keys[0][there].tolist(), scores[0][there].tolist(), strict=True))
        shapes = store.shapes_by_key(list(found))
        if len(shapes) == len(found):  # else some were removed since the index was opened
            break
    return [(shapes[key], score) for key, score in found.items() if key in shapes]


def alike(
    store: Store, name: str, asked: Asked, k: int, where: Conditions | None, least: float
) -> list[tuple[Shape, float]]:
    """The `k` shapes that are most like a query, by `least` at least, and how much. Errors: as `nearest`."""
    found = nearest(store, name, asked.vectors[0], k, where)
    likeness = asked.likeness(0, np.array([cosine for _, cosine in found], np.float32))
    return [(shape, float(one)) for (shape, _), one in zip(found, likeness, strict=True) if one >= least]


def rows_of(store: Store, name: str, keys: Sequence[int]) -> dict[int, FloatArray]:
    """Embeddings (d,) of length one by key, from the index where it has them unaltered, else from the store."""
    wanted = np.unique(np.array(keys, np.int64))
    if not len(wanted):
        return {}
    found, matrix = open_index(store, name=name).vectors(wanted)
    rows = dict(zip(found.tolist(), matrix, strict=True))
    if len(rows) < len(wanted):
        found, matrix = store.embeddings(np.setdiff1d(wanted, found))
        rows |= zip(
            found.tolist(), matrix / np.maximum(np.linalg.norm(matrix, axis=1, keepdims=True), 1e-9), strict=True
        )
    return rows
