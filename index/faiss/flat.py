"""Exact search by brute force: the default, and the measure of the others."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from ..protocol import Keys, Matrix
from .library import as_keys, as_matrix, faiss, no_answer, pad, selector, stored_rows
from .rows import Rows


class Flat(Rows):
    """IndexIDMap2 over IndexFlatIP."""

    mapping_flag: ClassVar[str] = "IO_FLAG_MMAP_IFC"

    def prepare(self, rows: Matrix) -> None:
        library = faiss()
        self._index = library.IndexIDMap2(library.IndexFlatIP(self.dim))
        self._writable = True

    def search(
        self, queries: Matrix, k: int, among: Keys | None = None, without: Keys | None = None
    ) -> tuple[Matrix, Keys]:
        width = min(k, self.count)
        if width == 0:
            return no_answer(queries, k)
        library = faiss()
        options: dict[str, Any] = {}
        if (allowed := selector(among, without)) is not None:
            options["params"] = library.SearchParameters(sel=allowed)
        scores, found = self._index.search(as_matrix(queries), width, **options)
        return pad(scores, found, k)

    def vectors(self, keys: Keys) -> tuple[Keys, Matrix]:
        held = as_keys(keys[np.isin(keys, faiss().vector_to_array(self._index.id_map))])
        if len(held) == 0:  # reconstruct_batch refuses an empty request
            return held, np.empty((0, self.dim), np.float32)
        return held, self._index.reconstruct_batch(held)

    def contents(self) -> tuple[Keys, Matrix]:
        return faiss().vector_to_array(self._index.id_map), stored_rows(self._index.index)
