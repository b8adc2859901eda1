"""Vectors beside the embeddings, of words and views: one matrix that follows the store, searched exactly."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from inrstore.records import FloatArray

if TYPE_CHECKING:
    from inrstore.store import Conditions, Store

LOOK, MORE = 500, 8
"""Ranked shapes that are compared with conditions, at first; how many times as many next."""
Keys = NDArray[np.int64]
NONE = np.empty(0, np.int64)


class Beside:
    """All vectors of one encoder at a time of a store, kept open with it. `beside` makes one."""

    def __init__(self, store: Store) -> None:
        self._store, self._guard = store, threading.Lock()
        self._version: str | None = None
        self._of: str | None = None
        self._keys, self._rows = NONE, np.empty((0, 0), np.float32)
        self._shard = 0

    def rows(self, encoder: str, dim: int) -> tuple[Keys, FloatArray]:
        """Keys (n,), ascending, and vectors (n, d) of the encoder of this id, as they are stored now."""
        with self._guard:
            version = self._store.version()
            if version != self._version or encoder != self._of:
                self._follow(encoder, dim)
                self._version = version
            return self._keys, self._rows

    def _follow(self, encoder: str, dim: int) -> None:
        """Only what is new is read."""
        if self._of != encoder:
            self._keys, self._shard, self._rows = NONE, 0, np.empty((0, dim), np.float32)
        keys, younger, shard = self._store.beside_since(encoder, self._shard)
        same = np.isin(keys, self._keys) & ~np.isin(keys, younger)
        if self._of == encoder and same.all() and len(keys) == len(self._keys):
            self._shard = shard
            return
        fresh, matrix = self._store.embeddings(keys[~same], encoder=encoder)
        there = same | np.isin(keys, fresh)  # what was removed a moment ago is not
        rows = np.empty((len(keys), dim), np.float32)
        rows[same] = self._rows[np.searchsorted(self._keys, keys[same])]
        rows[there & ~same] = matrix
        self._keys, self._rows, self._shard = keys[there], rows[there] if not there.all() else rows, shard
        self._of = encoder


def beside(store: Store, kind: str) -> Beside:
    """The vectors of one kind that are kept open with the store object."""
    found = store.companions.setdefault(f"beside {kind}", Beside(store))
    assert isinstance(found, Beside)
    return found


def product(rows: FloatArray, query: FloatArray) -> FloatArray:
    """(n,) cosines, by torch: NumPy has threads of its own, and those of a tower would wait for them."""
    import torch

    return np.asarray(torch.mv(torch.from_numpy(rows), torch.from_numpy(query)).numpy())


def ranked(
    store: Store, keys: Keys, scores: FloatArray, count: int, where: Conditions | None, least: float
) -> list[tuple[int, float]]:
    """Keys and scores, best first, of the `count` best of some (n,) that fulfil the conditions and reach `least`."""
    near = np.flatnonzero(scores >= least)
    look = max(LOOK, 2 * count)
    while True:
        some = near
        if len(some) > look:
            some = near[np.argpartition(-scores[near], look)[:look]]
        some = some[np.lexsort((keys[some], -scores[some]))]
        if where:
            fulfil = set(store.keys_among(keys[some], where).tolist())
            some = np.array([place for place in some.tolist() if int(keys[place]) in fulfil], np.int64)
        if len(some) >= count or look >= len(near):
            return [(int(keys[place]), float(scores[place])) for place in some[:count].tolist()]
        look *= MORE
