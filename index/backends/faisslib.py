"""The door to FAISS, which is an optional package, and what the three FAISS backends share."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from inrstore.errors import MissingDependency

from ..protocol import NO_KEY, Keys, Matrix


def faiss() -> Any:
    """The faiss module; MissingDependency with the command that installs it."""
    try:
        return importlib.import_module("faiss")
    except ImportError as error:
        raise MissingDependency(
            "search needs FAISS, which is not installed: pip install 'inrstore[cpu]' (or 'inrstore[gpu]')"
        ) from error


def as_matrix(rows: Matrix) -> Matrix:
    """FAISS reads the raw buffer, so it must be contiguous float32."""
    return np.ascontiguousarray(rows, dtype=np.float32)


def as_keys(keys: Keys) -> Keys:
    return np.ascontiguousarray(keys, dtype=np.int64)


class FaissBackend:
    """Keeps `_index`, a FAISS index that knows the store's keys.

    A mapped FAISS index must not be changed: it writes into read-only pages, and the process dies. So `add`
    and `remove` ask `_changeable` first.
    """

    lossless: bool = True
    parameters_known: ClassVar[tuple[str, ...]] = ()
    mapping_flag: ClassVar[str]

    def __init__(self, dim: int, parameters: Mapping[str, int]) -> None:
        self.dim = dim
        self.parameters = dict(parameters)
        self._index: Any = None
        self._writable = True

    @property
    def count(self) -> int:
        return int(self._index.ntotal)

    @property
    def waste(self) -> float:
        return 0.0

    def add(self, keys: Keys, matrix: Matrix) -> None:
        self._changeable().add_with_ids(as_matrix(matrix), as_keys(keys))

    def remove(self, keys: Keys) -> None:
        self._changeable().remove_ids(faiss().IDSelectorBatch(as_keys(keys)))

    def save(self, path: Path) -> None:
        faiss().write_index(self._index, str(path))

    def load(self, path: Path, *, writable: bool) -> None:
        library = faiss()
        self._index = library.read_index(str(path), 0 if writable else getattr(library, self.mapping_flag))
        self._writable = writable

    def _changeable(self) -> Any:
        if not self._writable:
            raise PermissionError("the index is mapped read-only; open it with writable=True to change it")
        return self._index


def no_answer(queries: Matrix, k: int) -> tuple[Matrix, Keys]:
    """An answer (q, k) without a single row."""
    return pad(np.empty((len(queries), 0), np.float32), np.empty((len(queries), 0), np.int64), k)


def pad(scores: Matrix, keys: Keys, k: int) -> tuple[Matrix, Keys]:
    """Widen an answer to k columns; missing places get NO_KEY and minus infinity."""
    wide_scores = np.full((len(keys), k), -np.inf, dtype=np.float32)
    wide_keys = np.full((len(keys), k), NO_KEY, dtype=np.int64)
    wide_scores[:, : keys.shape[1]] = np.where(keys == NO_KEY, -np.inf, scores)
    wide_keys[:, : keys.shape[1]] = keys
    return wide_scores, wide_keys
