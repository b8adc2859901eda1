"""Search a store: stored shapes or vectors in, ranked neighbours out."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from inrstore.errors import BadInput
from inrstore.records import Shape

from .manage import current_index
from .protocol import NO_KEY, Keys, Matrix
from .results import Hit, Result
from .state import OpenIndex

if TYPE_CHECKING:
    from inrstore.store import Conditions, Store

Reference = str | os.PathLike[str]
Vector = NDArray[np.floating]
Queries = Reference | Vector | Sequence[Reference | Vector]


@dataclass(frozen=True)
class Query:
    """A query made ready: an L2-normalised vector (d,), and the shape's key where it is a stored one."""

    name: str
    vector: Matrix
    key: int | None = None


def search(
    store: Store,
    queries: Queries,
    *,
    k: int = 10,
    threshold: float | None = None,
    where: Conditions | None = None,
    exclude_self: bool = False,
    names: Sequence[str] | None = None,
    index: str = "default",
) -> list[Result]:
    """The `k` nearest shapes of every query, best first, by cosine similarity; one `Result` a query.

    queries : an id, a prefix of one, a source path, a vector (d,), vectors (n, d), or a list of these
    threshold : hits of a lower score are left out
    where : only shapes that fulfil these conditions, see `inrstore.store.shapes.Shapes`; still up to k
    exclude_self : leave a stored shape out of its own answer
    names : what the results call the queries, instead of the reference or "vector 0"

    The index stays open with the store, and is updated or rebuilt when the store has changed. Errors:
    ShapeNotFound, AmbiguousShape, BadInput (a vector of another length, zero or not finite; an empty store),
    ModelMismatch (an index of another model), MissingDependency (no FAISS).
    """
    if k < 1:
        raise BadInput(f"k is {k}: ask for at least one neighbour")
    opened = current_index(store, name=index)
    ready = _prepare(store, queries, names, opened)
    if not ready:
        return []
    spare = int(exclude_self and any(query.key is not None for query in ready))
    wanted = min(k + spare, opened.backend.count)
    matrix = np.stack([query.vector for query in ready])
    scores, keys = opened.backend.search(matrix, wanted, _allowed(store, where))
    shapes = store.shapes_by_key([int(key) for key in np.unique(keys) if key != NO_KEY])
    floor = -np.inf if threshold is None else threshold
    return [
        Result(query.name, _hits(query.key if exclude_self else None, k, floor, pairs, shapes))
        for query, pairs in zip(ready, zip(scores, keys, strict=True), strict=True)
    ]


def unit_vector(vector: Vector, dim: int) -> Matrix:
    """The query vector (dim,) at length one; BadInput if that cannot be."""
    if vector.shape != (dim,):
        raise BadInput(f"query vector has shape {vector.shape}, but the store's embeddings have ({dim},)")
    length = float(np.linalg.norm(vector.astype(np.float64)))
    if not np.isfinite(length) or length == 0.0:
        raise BadInput("query vector is zero or not finite, so it has no direction to compare")
    return (vector / length).astype(np.float32)


def _allowed(store: Store, where: Conditions | None) -> Keys | None:
    return store.keys(where) if where else None


def _prepare(store: Store, queries: Queries, names: Sequence[str] | None, opened: OpenIndex) -> list[Query]:
    items = _items(queries)
    if names is not None and len(names) != len(items):
        raise BadInput(f"names: {len(names)} for {len(items)} queries; give one each")
    keys = {item: store.shape(item).key for item in items if isinstance(item, str)}
    rows = _embeddings(store, opened, keys)
    ready = []
    for place, item in enumerate(items):
        if isinstance(item, str):
            query = Query(item, rows[keys[item]], keys[item])
        else:
            query = Query(f"vector {place}", unit_vector(item, opened.manifest.dim))
        ready.append(query if names is None else replace(query, name=names[place]))
    return ready


def _embeddings(store: Store, opened: OpenIndex, keys: Mapping[str, int]) -> dict[int, Matrix]:
    """Stored shapes' embeddings by key, from the index if it keeps rows as they are, else from the store."""
    wanted = np.unique(np.fromiter(keys.values(), np.int64, count=len(keys)))
    if len(wanted) == 0:
        return {}
    kept = opened.backend.lossless
    found, matrix = opened.backend.vectors(wanted) if kept else store.embeddings(wanted)
    rows = dict(zip(found.tolist(), matrix, strict=True))
    for reference, key in keys.items():
        if key not in rows:
            raise BadInput(f"shape {reference} has no embedding: run `inrstore encode`")
    return rows


def _items(queries: Queries) -> list[str | Vector]:
    """References as text, and vectors one by one."""
    if isinstance(queries, np.ndarray):
        if queries.ndim not in (1, 2):
            raise BadInput(f"query array has shape {queries.shape}: give one vector (d,) or several (n, d)")
        return list(np.atleast_2d(queries))
    items: list[str | Vector] = []
    for place, item in enumerate([queries] if isinstance(queries, (str, os.PathLike)) else queries):
        if not isinstance(item, (str, os.PathLike, np.ndarray)):
            raise BadInput(f"query {place} is a {type(item).__name__}: give an id, a source path or a vector")
        items.append(item if isinstance(item, np.ndarray) else os.fspath(item))
    return items


def _hits(own: int | None, k: int, floor: float, pairs: tuple[Matrix, Keys], shapes: Mapping[int, Shape]) -> list[Hit]:
    """Hits of one row of scores and keys: without `own`, what the catalogue no longer has, and low scores."""
    kept = [
        (float(score), shapes[int(key)])
        for score, key in zip(*pairs, strict=True)
        if int(key) in shapes and int(key) != own and score >= floor
    ]
    return [
        Hit(rank, shape.id, shape.key, shape.label, score, next(iter(shape.sources), ""))
        for rank, (score, shape) in enumerate(kept[:k], start=1)
    ]
