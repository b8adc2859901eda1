"""Exact neighbours by brute force in numpy, a block at a time: never a whole matrix of scores."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from .protocol import Filter, Keys, Matrix, Scored

if TYPE_CHECKING:
    from inrstore.store import Store

BLOCK = 1 << 24
"""Scores held at once."""


def nearest(keys: Keys, matrix: Matrix, queries: Matrix, k: int) -> Keys:
    """(q, k) keys of the best among rows (n, d), best first; equal scores by place."""
    parts = [_best(queries[start:stop] @ matrix.T, k) for start, stop in _blocks(len(queries), len(keys))]
    return keys[np.concatenate(parts)]


def within(keys: Keys, matrix: Matrix, queries: Matrix, score: float) -> Iterator[Scored]:
    """Rows (n, d) of `score` or more for queries (q, d); see `protocol.Index.within`."""
    for start, stop in _blocks(len(queries), len(keys)):
        places, columns, scores = _above(queries[start:stop] @ matrix.T, score)
        order = np.lexsort((-scores, places))
        yield places[order] + start, keys[columns[order]], scores[order]


def pairs(keys: Keys, matrix: Matrix, score: float) -> Iterator[Scored]:
    """Pairs among rows (n, d) of `score` or more, each once; see `protocol.Index.pairs`."""
    for start, stop in _blocks(len(keys), len(keys)):
        scores = matrix[start:stop] @ matrix[start:].T  # a row meets itself and those after it
        left, right, found = _above(scores, score)
        later = right > left
        yield keys[left[later] + start], keys[right[later] + start], found[later]


def stored(store: Store, only: Filter | None) -> tuple[Keys, Matrix]:
    """Keys (n,) and stored embeddings (n, d) of the shapes that may answer, for an index whose rows are not exact."""
    return store.embeddings(None if only is None else only.keys(store))


def _blocks(count: int, width: int) -> Iterator[tuple[int, int]]:
    step = max(1, BLOCK // max(width, 1))
    return ((start, min(start + step, count)) for start in range(0, count, step))


def _above(scores: Matrix, floor: float) -> tuple[NDArray[np.intp], NDArray[np.intp], Matrix]:
    rows, columns = np.nonzero(scores >= np.float32(floor))
    return rows, columns, scores[rows, columns]


def _best(scores: Matrix, k: int) -> NDArray[np.intp]:
    candidates = np.argpartition(-scores, k - 1, axis=1)[:, :k]
    candidates.sort(axis=1)
    order = np.argsort(-np.take_along_axis(scores, candidates, axis=1), axis=1, kind="stable")
    best: NDArray[np.intp] = np.take_along_axis(candidates, order, axis=1)
    return best
