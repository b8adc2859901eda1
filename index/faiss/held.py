"""An index in memory: the rows of its file, and the few that were added and removed since that was written.

To write a file of a million rows takes seconds, and to search some thousand rows more by brute force a millisecond.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from ..keys import both, without
from ..protocol import Keys, Matrix
from .library import pad
from .rows import Rows


class Held:
    """Rows with changes: `removed` (m,) keys of the rows that are no answers any more, `keys` (a,) and `matrix` (a, d)
    of those that were added. A key may be in both: then its new row counts. Never changed."""

    def __init__(self, rows: Rows, removed: Keys, keys: Keys, matrix: Matrix) -> None:
        self.rows, self.removed, self.keys, self.matrix = rows, removed, keys, matrix

    @property
    def count(self) -> int:
        return self.rows.count - len(self.removed) + len(self.keys)

    def search(self, queries: Matrix, k: int, among: Keys | None = None) -> tuple[Matrix, Keys]:
        """As `Rows.search`."""
        if among is None:
            found = self.rows.search(queries, k, None, self.removed)
        else:
            found = self.rows.search(queries, k, without(among, self.removed))
        if len(self.keys) == 0:
            return found
        return _merged(found, self._added(queries, k, among), k)

    def vectors(self, keys: Keys) -> tuple[Keys, Matrix]:
        """As `Rows.vectors`."""
        old, rows = self.rows.vectors(without(keys, self.removed))
        new = keys[np.isin(keys, self.keys)]
        if not self.rows.lossless or len(new) == 0:
            return old, rows
        return np.concatenate([old, new]), np.vstack([rows, self.matrix[np.searchsorted(self.keys, new)]])

    def contents(self) -> tuple[Keys, Matrix]:
        """As `Rows.contents`; a copy where rows were added or removed."""
        keys, matrix = self.rows.contents()
        if len(self.removed):
            live = ~np.isin(keys, self.removed)
            keys, matrix = keys[live], matrix[live]
        if len(self.keys):
            keys, matrix = np.concatenate([keys, self.keys]), np.vstack([matrix, self.matrix])
        return keys, matrix

    def _added(self, queries: Matrix, k: int, among: Keys | None) -> tuple[Matrix, Keys]:
        keys, matrix = self.keys, self.matrix
        if among is not None:
            allowed = np.isin(keys, among)
            keys, matrix = keys[allowed], matrix[allowed]
        return best(queries @ matrix.T, keys, min(k, len(keys)))


def best(scores: Matrix, keys: Keys, k: int) -> tuple[Matrix, Keys]:
    """Of scores (q, n) of rows under keys (n,), or of each query's own (q, n), the k best, best first."""
    wide = np.broadcast_to(keys, scores.shape)
    order = np.argpartition(-scores, k - 1, axis=1)[:, :k] if 0 < k < scores.shape[1] else _all(scores, k)
    order = np.take_along_axis(order, np.argsort(-np.take_along_axis(scores, order, 1), axis=1, kind="stable"), 1)
    return np.take_along_axis(scores, order, 1), np.take_along_axis(wide, order, 1)


def _all(scores: Matrix, k: int) -> Any:
    return np.broadcast_to(np.arange(min(k, scores.shape[1])), (len(scores), min(k, scores.shape[1])))


def _merged(one: tuple[Matrix, Keys], other: tuple[Matrix, Keys], k: int) -> tuple[Matrix, Keys]:
    scores, keys = np.concatenate([one[0], other[0]], axis=1), np.concatenate([one[1], other[1]], axis=1)
    return pad(*best(scores, keys, min(k, scores.shape[1])), k)


def write_changes(path: Path, removed: Keys, keys: Keys, matrix: Matrix) -> None:
    with path.open("wb") as stream:
        np.savez(stream, removed=removed, keys=keys, matrix=matrix)


def read_changes(path: Path | None, dim: int) -> tuple[Keys, Keys, Matrix]:
    """What was removed, and keys and rows that were added; nothing where there is no file."""
    if path is None:
        return np.empty(0, np.int64), np.empty(0, np.int64), np.empty((0, dim), np.float32)
    with np.load(path, allow_pickle=False) as found:
        return found["removed"], found["keys"], found["matrix"]


def live(main: Keys, removed: Keys, added: Keys) -> Keys:
    """(n,) keys, ascending, of all that answer."""
    left = without(main, removed)
    return both(left, added) if len(added) else left
