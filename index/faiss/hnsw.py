"""Approximate search in a graph: for many rows and short answers, at the price of memory."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from ..protocol import NO_KEY, Keys, Matrix
from .held import best
from .library import as_keys, as_matrix, faiss, no_answer, pad, places, stored_rows
from .rows import Rows

FILTER_BY_GRAPH = 0.2
"""Below this share of allowed rows the graph wastes its steps on others, and brute force is faster."""
MOST_EXACT = 50_000
"""But from so many allowed rows on the graph is walked all the same, in wider steps."""
WIDEST = 8
"""How many times wider than without a filter."""
BLOCK = 8192
"""Rows that are compared at once."""
Mask = NDArray[np.bool_]


class Hnsw(Rows):
    """IndexIDMap over IndexHNSWFlat.

    A graph cannot lose a node: a removed row stays as a waypoint under the key NO_KEY and is never an answer.
    """

    parameters_known: ClassVar[tuple[str, ...]] = ("links", "ef_build", "ef_search")
    mapping_flag: ClassVar[str] = "IO_FLAG_MMAP_IFC"

    def prepare(self, rows: Matrix) -> None:
        library = faiss()
        links = self.parameters.get("links", 32)
        graph = library.IndexHNSWFlat(self.dim, links, library.METRIC_INNER_PRODUCT)
        graph.hnsw.efConstruction = self.parameters.get("ef_build", 200)
        self._index = library.IndexIDMap(graph)
        self._writable, self._kept = True, None

    @property
    def count(self) -> int:
        return int(np.count_nonzero(self._live()))

    @property
    def waste(self) -> float:
        return 1.0 - self.count / max(int(self._index.ntotal), 1)

    def add(self, keys: Keys, matrix: Matrix) -> None:
        self._changeable()
        self._kept = None
        super().add(keys, matrix)

    def remove(self, keys: Keys) -> None:
        changeable, held = self._changeable(), self._keys().copy()
        held[np.isin(held, keys)] = NO_KEY
        faiss().copy_array_to_vector(held, changeable.id_map)
        self._kept = None

    def load(self, path: Path, *, writable: bool) -> None:
        super().load(path, writable=writable)
        self._kept = None

    def search(
        self, queries: Matrix, k: int, among: Keys | None = None, without: Keys | None = None
    ) -> tuple[Matrix, Keys]:
        allowed = self._allowed(among, without)
        total = int(np.count_nonzero(allowed))
        width = min(k, total)
        if width == 0:
            return no_answer(queries, k)
        if among is not None and total < min(FILTER_BY_GRAPH * self._index.ntotal, MOST_EXACT):
            return pad(*self._exact(queries, width, allowed), k)
        scores, found = self._walk(queries, width, allowed, total)
        short = np.flatnonzero(found[:, -1] == NO_KEY)  # the graph ran dry among forbidden rows
        if len(short):
            scores[short], found[short] = self._exact(queries[short], width, allowed)
        return pad(scores, found, k)

    def vectors(self, keys: Keys) -> tuple[Keys, Matrix]:
        found = self._places(keys)
        if len(found) == 0:  # reconstruct_batch refuses an empty request
            return self._keys()[found], np.empty((0, self.dim), np.float32)
        return self._keys()[found], self._index.index.reconstruct_batch(found)

    def contents(self) -> tuple[Keys, Matrix]:
        held, rows, live = self._keys(), self._rows(), self._live()
        return (held, rows) if live.all() else (held[live], rows[live])

    def _allowed(self, among: Keys | None, without: Keys | None) -> Mask:
        if among is not None:
            allowed = np.zeros(len(self._keys()), bool)
            allowed[self._places(among)] = True
            return allowed
        if without is None or len(without) == 0:
            return self._live()
        return self._live() & ~np.isin(self._keys(), without)

    def _places(self, keys: Keys) -> NDArray[np.intp]:
        """Where those of the keys lie that are held, in the order of the keys; nothing is asked of all rows."""
        held, order = self._keys(), self._order()
        if len(held) == 0:
            return np.empty(0, np.intp)
        wanted = keys[keys != NO_KEY]
        found = order[np.minimum(np.searchsorted(held, wanted, sorter=order), len(held) - 1)]
        there: NDArray[np.intp] = found[held[found] == wanted]
        return there

    def _walk(self, queries: Matrix, k: int, allowed: Mask, total: int) -> tuple[Matrix, Keys]:
        library, count = faiss(), len(allowed)
        width = max(self.parameters.get("ef_search", 128), 2 * k)
        options: dict[str, Any] = {"efSearch": min(width * count // total, WIDEST * width)}
        if total < count:
            options["sel"] = places(allowed)
        found = self._index.index.search(as_matrix(queries), k, params=library.SearchParametersHNSW(**options))
        return found[0], np.where(found[1] < 0, NO_KEY, self._keys()[found[1]])

    def _exact(self, queries: Matrix, k: int, allowed: Mask) -> tuple[Matrix, Keys]:
        """Brute force over the graph's own rows: each is read once for all queries."""
        rows, held = self._rows(), np.flatnonzero(allowed)
        scores, found = np.empty((len(queries), 0), np.float32), np.empty((len(queries), 0), np.int64)
        for start in range(0, len(held), BLOCK):
            mine = held[start : start + BLOCK]
            more = queries @ rows[mine].T
            keys = np.broadcast_to(self._keys()[mine], more.shape)
            scores, found = np.concatenate([scores, more], 1), np.concatenate([found, keys], 1)
            scores, found = best(scores, found, min(k, scores.shape[1]))
        return scores, found

    def _rows(self) -> Matrix:
        return stored_rows(faiss().downcast_index(self._index.index).storage)

    def _keys(self) -> Keys:
        """Key of every node of the graph, NO_KEY where it was removed."""
        return self._known()[0]

    def _live(self) -> Mask:
        return self._known()[1]

    def _order(self) -> NDArray[np.intp]:
        return self._known()[2]

    def _known(self) -> tuple[Keys, Mask, NDArray[np.intp]]:
        """Keys, whether each is there, and their order: to copy a million out of FAISS takes longer than a search."""
        if (kept := self._kept) is None:
            held = as_keys(faiss().vector_to_array(self._index.id_map))
            self._kept = kept = held, held != NO_KEY, np.argsort(held, kind="stable")
        return kept

    _kept: tuple[Keys, Mask, NDArray[np.intp]] | None = None
