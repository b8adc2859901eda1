"""A store's embeddings, a block at a time, so that no index needs all of them in memory to be built."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from inrstore.errors import BadInput
from inrstore.progress import OnProgress, Progress

from .protocol import Keys, Matrix

if TYPE_CHECKING:
    from inrstore.store import Store

BLOCK = 20_000
"""Rows that are read at once: 31 MB of 384 numbers. For more keys than that a store reads its whole table."""


def embedded(store: Store) -> tuple[Keys, int]:
    """(n,) keys, ascending, of what there is to index, one at least, and d. Errors: BadInput, NoEncoder."""
    keys = store.embedding_keys()
    first, matrix = store.embeddings(keys[:1])  # NoEncoder is its error
    if len(first) == 0:
        raise BadInput(f"store {store.url} holds no embeddings: ingest shapes, or run `inrstore encode`")
    return keys, matrix.shape[1]


def embedding_blocks(
    store: Store, keys: Keys, on_progress: OnProgress | None = None, block: int = BLOCK
) -> Iterator[tuple[Keys, Matrix]]:
    """Keys (m,) and rows (m, d) of those that still have an embedding, in the order of the keys (n,), ascending."""
    for start in range(0, len(keys), block):
        if on_progress is not None:
            on_progress(Progress(start, len(keys), stage="reading embeddings"))
        found, matrix = store.embeddings(keys[start : start + block])
        if len(found):
            yield found, matrix


def sample(keys: Keys, size: int) -> Keys:
    """(min(n, size),) keys drawn by a fixed seed, ascending: the same store is trained on the same rows."""
    if len(keys) <= size:
        return keys
    return np.sort(np.random.default_rng(0).choice(keys, size, replace=False))
