"""Approximate search in a graph: for many rows and short answers, at the price of memory."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from ..protocol import NO_KEY, Keys, Matrix
from .library import as_keys, as_matrix, faiss, no_answer, pad, stored_rows
from .rows import Rows

FILTER_BY_GRAPH = 0.2
"""Below this share of allowed rows the graph wastes its steps on others, and brute force is faster."""


class Hnsw(Rows):
    """IndexIDMap over IndexHNSWFlat.

    A graph cannot lose a node: a removed row stays as a waypoint under the key NO_KEY and is never an answer.
    """

    parameters_known: ClassVar[tuple[str, ...]] = ("links", "ef_build", "ef_search")
    mapping_flag: ClassVar[str] = "IO_FLAG_MMAP_IFC"

    def build(self, keys: Keys, matrix: Matrix) -> None:
        library = faiss()
        links = self.parameters.get("links", 32)
        graph = library.IndexHNSWFlat(self.dim, links, library.METRIC_INNER_PRODUCT)
        graph.hnsw.efConstruction = self.parameters.get("ef_build", 200)
        self._index = library.IndexIDMap(graph)
        self._writable = True
        self.add(keys, matrix)

    @property
    def count(self) -> int:
        return int(np.count_nonzero(self._keys() != NO_KEY))

    @property
    def waste(self) -> float:
        return 1.0 - self.count / max(int(self._index.ntotal), 1)

    def remove(self, keys: Keys) -> None:
        held = self._keys()
        held[np.isin(held, keys)] = NO_KEY
        faiss().copy_array_to_vector(held, self._changeable().id_map)

    def search(self, queries: Matrix, k: int, among: Keys | None = None) -> tuple[Matrix, Keys]:
        live = self._keys() != NO_KEY
        allowed = live if among is None else live & np.isin(self._keys(), among)
        total = int(np.count_nonzero(allowed))
        width = min(k, total)
        if width == 0:
            return no_answer(queries, k)
        if total < FILTER_BY_GRAPH * self._index.ntotal:
            return pad(*self._exact(queries, width, allowed), k)
        scores, found = self._walk(queries, width, allowed)
        short = np.flatnonzero(found[:, -1] == NO_KEY)  # the graph ran dry among forbidden rows
        if len(short):
            scores[short], found[short] = self._exact(queries[short], width, allowed)
        return pad(scores, found, k)

    def vectors(self, keys: Keys) -> tuple[Keys, Matrix]:
        held = self._keys()
        wanted = keys[np.isin(keys, held) & (keys != NO_KEY)]
        order = np.argsort(held, kind="stable")
        places = order[np.searchsorted(held, wanted, sorter=order)]
        if len(places) == 0:  # reconstruct_batch refuses an empty request
            return wanted, np.empty((0, self.dim), np.float32)
        return wanted, self._index.index.reconstruct_batch(places)

    def contents(self) -> tuple[Keys, Matrix]:
        held, rows = self._keys(), stored_rows(faiss().downcast_index(self._index.index).storage)
        live = held != NO_KEY
        return (held, rows) if live.all() else (held[live], rows[live])

    def _walk(self, queries: Matrix, k: int, allowed: Any) -> tuple[Matrix, Keys]:
        library = faiss()
        options: dict[str, Any] = {"efSearch": max(self.parameters.get("ef_search", 128), 2 * k)}
        if not allowed.all():
            options["sel"] = library.IDSelectorBatch(as_keys(self._keys()[allowed]))
        found = self._index.search(as_matrix(queries), k, params=library.SearchParametersHNSW(**options))
        return found[0], found[1]

    def _exact(self, queries: Matrix, k: int, allowed: Any) -> tuple[Matrix, Keys]:
        """Brute force over the graph's own vectors, by place instead of key."""
        library = faiss()
        options = library.SearchParameters(sel=library.IDSelectorBatch(np.flatnonzero(allowed)))
        storage = library.downcast_index(self._index.index).storage
        scores, places = storage.search(as_matrix(queries), k, params=options)
        return scores, self._keys()[places]

    def _keys(self) -> Keys:
        """Key of every node of the graph, NO_KEY where it was removed."""
        held: Keys = faiss().vector_to_array(self._index.id_map)
        return held
