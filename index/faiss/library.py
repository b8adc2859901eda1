"""The door to FAISS, which is an optional package, and to the arrays that it takes and gives."""

from __future__ import annotations

import importlib
from typing import Any

import numpy as np
from numpy.typing import NDArray

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


def stored_rows(index: Any) -> Matrix:
    """The rows (n, d) of a flat index where they lie, without a copy; valid as long as the index lives."""
    flat = faiss().downcast_index(index)
    rows: Matrix = faiss().rev_swig_ptr(flat.get_xb(), flat.ntotal * flat.d).reshape(flat.ntotal, flat.d)
    return rows


def selector(among: Keys | None, without: Keys | None = None) -> Any:
    """What tells FAISS which keys may answer: those of `among`, or else all but those of `without`; None for all."""
    library = faiss()
    if among is not None:
        return library.IDSelectorBatch(as_keys(among))
    if without is None or len(without) == 0:
        return None
    others = library.IDSelectorBatch(as_keys(without))
    found = library.IDSelectorNot(others)
    found.others = others  # which it only points to
    return found


def places(allowed: NDArray[np.bool_]) -> Any:
    """The same by place: (n,) whether the row there may answer, a bit each."""
    bits = np.packbits(allowed, bitorder="little")
    found = faiss().IDSelectorBitmap(len(allowed), faiss().swig_ptr(bits))
    found.bits = bits  # which it only points to
    return found


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
