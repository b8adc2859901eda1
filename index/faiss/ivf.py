"""Approximate search in cells of 8-bit rows: a quarter of the memory, read from disk as needed."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from ..protocol import NO_KEY, Keys, Matrix
from .library import as_matrix, faiss, no_answer, pad, selector
from .rows import Rows

RANGE_MARGIN = 0.25
"""Of the trained range, added on both sides."""
SAMPLE = 50
"""Rows a cell that it is trained on; k-means wants 40 or more."""
LEAST_SAMPLE = 10_000


class Ivf(Rows):
    """IndexIVFScalarQuantizer with 8 bits a number; scores are within about 0.01 of the cosine."""

    lossless: ClassVar[bool] = False
    parameters_known: ClassVar[tuple[str, ...]] = ("cells", "probes")
    mapping_flag: ClassVar[str] = "IO_FLAG_MMAP"

    def sample(self, count: int) -> int:
        return min(count, max(SAMPLE * self.parameters.get("cells", 64), LEAST_SAMPLE))

    def prepare(self, rows: Matrix) -> None:
        library = faiss()
        self._cells = library.IndexFlatIP(self.dim)
        self._index = library.IndexIVFScalarQuantizer(
            self._cells,
            self.dim,
            max(1, min(self.parameters.get("cells", 64), len(rows))),
            library.ScalarQuantizer.QT_8bit,
            library.METRIC_INNER_PRODUCT,
        )
        self._index.cp.min_points_per_centroid = 1  # no warning about small stores on standard output
        # Later rows may lie outside the range of those that it is trained on, and would be cut to it.
        self._index.sq.rangestat_arg = RANGE_MARGIN
        self._writable = True
        self._index.train(as_matrix(rows))

    def search(
        self, queries: Matrix, k: int, among: Keys | None = None, without: Keys | None = None
    ) -> tuple[Matrix, Keys]:
        left = self.count - (0 if without is None else len(without))
        width = min(k, left if among is None else len(among), self.count)
        if width == 0:
            return no_answer(queries, k)
        probes = self.parameters.get("probes", 8)
        # A filter skips rows before their distance is computed, so looking into every cell is cheap then.
        allowed = selector(among, without)
        scores, found = self._probe(queries, width, self._index.nlist if among is not None else probes, allowed)
        short = np.flatnonzero(found[:, -1] == NO_KEY)
        if len(short) and among is None:
            scores[short], found[short] = self._probe(queries[short], width, self._index.nlist, allowed)
        return pad(scores, found, k)

    def vectors(self, keys: Keys) -> tuple[Keys, Matrix]:
        return np.empty(0, np.int64), np.empty((0, self.dim), np.float32)

    def contents(self) -> tuple[Keys, Matrix]:
        raise TypeError("8-bit rows do not come back as they were: ask the store for its embeddings")

    def _probe(self, queries: Matrix, k: int, probes: int, allowed: Any) -> tuple[Matrix, Keys]:
        library = faiss()
        options: dict[str, Any] = {"nprobe": min(probes, self._index.nlist)}
        if allowed is not None:
            options["sel"] = allowed
        found = self._index.search(as_matrix(queries), k, params=library.SearchParametersIVF(**options))
        return found[0], found[1]
