"""The rows once more at 16 bits a number, on disk: what codes are re-scored by, one row at a time.

A store's shards give no row for less than its group of eight megabytes, which is too slow for a hundred a query.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..protocol import Keys, Matrix

BLOCK = 20_000
"""Rows that are copied at once."""


class Halves:
    """(n, d) float16 in the order of keys (n,), mapped; scores by them are within .001 of the true ones."""

    def __init__(self, path: Path, keys: Keys, dim: int) -> None:
        self.matrix: NDArray[np.float16] = np.empty((0, dim), np.float16)
        if len(keys):
            self.matrix = np.memmap(path, np.float16, "r", shape=(len(keys), dim))
        self.keys = keys
        ascending = bool(np.all(keys[1:] > keys[:-1]))  # as they are until an older shape gets an embedding late
        self._order = None if ascending else np.argsort(keys)

    def at(self, keys: Keys) -> Matrix:
        """(m, d) rows of keys (m,), which must be there."""
        places = np.searchsorted(self.keys, keys, sorter=self._order)
        rows: Matrix = self.matrix[places if self._order is None else self._order[places]].astype(np.float32)
        return rows

    def without(self, gone: Keys) -> Iterable[tuple[Keys, Matrix]]:
        """All but some, in blocks."""
        for start in range(0, len(self.keys), BLOCK):
            keys, rows = self.keys[start : start + BLOCK], self.matrix[start : start + BLOCK]
            kept = ~np.isin(keys, gone)
            yield keys[kept], rows[kept].astype(np.float32)


def write(path: Path, blocks: Iterable[tuple[Keys, Matrix]]) -> Keys:
    """A file of all blocks, one after the other; their keys."""
    found = [np.empty(0, np.int64)]
    with path.open("wb") as stream:
        for keys, rows in blocks:
            stream.write(rows.astype(np.float16).tobytes())
            found.append(keys)
    return np.concatenate(found)
