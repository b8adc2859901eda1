"""Approximate search among rows of one bit a number, re-scored by rows on disk: for 10⁷ rows and more."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from inrstore.errors import MissingDependency

from ..protocol import NO_KEY, Keys, Matrix
from .held import best
from .library import as_matrix, faiss, no_answer, pad, selector
from .rows import Rows

SAMPLE = 50
"""Rows a cell that it is trained on; k-means wants 40 or more."""
LEAST_SAMPLE = 10_000
STEPS = 10
"""Of k-means."""
TURN = 7
"""Seed of the rotation, without which a number that varies little has a bit as one that varies much."""
QUERY_BITS = 8
REFINE, LEAST_REFINED = 5, 100
"""For k rows so many times k are asked for by their codes, and a hundred at least; then their true scores decide."""


class RaBitQ(Rows):
    """A random rotation, cells (IVF) and codes of one bit a number (RaBitQ), with `source` to re-score by.

    Measured against product quantisation (OPQ, 64 parts of 4 bits, fast-scan) by benchmarks/ivfpq.py: better recall of
    as many candidates, and no rotation to learn, which takes longer than all else there, for 64 bytes a row instead of
    40. FAISS has fast-scan for these codes, too, but confuses rows there once some were removed (1.15), and cannot map
    its blocks, so that every process would hold them; these codes are mapped.
    """

    lossless: ClassVar[bool] = False
    estimates: ClassVar[bool] = True
    parameters_known: ClassVar[tuple[str, ...]] = ("cells", "probes", "refine")
    mapping_flag: ClassVar[str] = "IO_FLAG_MMAP_IFC"

    def sample(self, count: int) -> int:
        return min(count, max(SAMPLE * self.parameters.get("cells", 64), LEAST_SAMPLE))

    def prepare(self, rows: Matrix) -> None:
        library = faiss()
        if not hasattr(library, "IndexIVFRaBitQ"):
            raise MissingDependency("backend rabitq needs FAISS 1.11 or newer: pip install -U 'inrstore[cpu]'")
        turn = library.RandomRotationMatrix(self.dim, self.dim)
        turn.init(TURN)
        coarse = library.IndexFlatIP(self.dim)
        cells = max(1, min(self.parameters.get("cells", 64), len(rows)))
        inner = library.IndexIVFRaBitQ(coarse, self.dim, cells, library.METRIC_INNER_PRODUCT)
        inner.cp.min_points_per_centroid = 1  # no warning about small stores on standard output
        inner.cp.max_points_per_centroid, inner.cp.niter = SAMPLE, STEPS
        self._index = library.IndexPreTransform(turn, inner)
        self._kept = (turn, coarse, inner)  # which the index only points to
        self._writable = True
        self._index.train(as_matrix(rows))

    def search(
        self, queries: Matrix, k: int, among: Keys | None = None, without: Keys | None = None
    ) -> tuple[Matrix, Keys]:
        left = self.count - (0 if without is None else len(without))
        width = min(k, left if among is None else len(among), self.count)
        if width == 0:
            return no_answer(queries, k)
        allowed, cells = selector(among, without), faiss().extract_index_ivf(self._index).nlist
        # A filter skips rows before their distance is computed, so looking into every cell is cheap then.
        probes = cells if among is not None else min(cells, self.parameters.get("probes", 32))
        wide = min(max(self.parameters.get("refine", REFINE) * k, LEAST_REFINED), self.count)
        found = self._probe(queries, wide, probes, allowed)
        short = np.flatnonzero((found != NO_KEY).sum(axis=1) < width)
        if len(short) and among is None:
            found[short] = self._probe(queries[short], wide, cells, allowed)
        return pad(*self._scored(queries, found, width), k)

    def vectors(self, keys: Keys) -> tuple[Keys, Matrix]:
        return np.empty(0, np.int64), np.empty((0, self.dim), np.float32)

    def contents(self) -> tuple[Keys, Matrix]:
        raise TypeError("codes do not come back as the rows were: ask the store for its embeddings")

    def _probe(self, queries: Matrix, k: int, probes: int, allowed: Any) -> Keys:
        """(q, k) keys of the best by their codes."""
        library = faiss()
        inner = library.IVFRaBitQSearchParameters()
        inner.nprobe, inner.qb = probes, QUERY_BITS
        if allowed is not None:
            inner.sel = allowed
        parameters = library.SearchParametersPreTransform()
        parameters.index_params = inner
        found: Keys = self._index.search(as_matrix(queries), k, params=parameters)[1]
        return found

    def _scored(self, queries: Matrix, found: Keys, k: int) -> tuple[Matrix, Keys]:
        """The k best of candidates (q, c) by their true scores."""
        if self.source is None:
            raise TypeError("codes only estimate: set `source`, which gives the rows of keys")
        keys, places = np.unique(found, return_inverse=True)
        there = keys != NO_KEY
        rows = np.zeros((len(keys), self.dim), np.float32)
        rows[there] = self.source(keys[there])
        places = places.reshape(found.shape)
        scores = np.stack([rows[mine] @ query for mine, query in zip(places, queries, strict=True)])
        return best(np.where(found == NO_KEY, -np.inf, scores).astype(np.float32), found, k)
