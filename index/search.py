"""Search a store: stored shapes, files or vectors in, ranked neighbours out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, cast

import numpy as np

from inrstore.errors import BadInput
from inrstore.progress import OnProgress, tell
from inrstore.queries import NEIGHBOURS, Reading, file_encoder
from inrstore.records import Shape

from .files import Files
from .geometry import Geometry
from .manage import open_index
from .partial import CANDIDATES, Wholes
from .poses import POSE, Best, Turner, best_of
from .protocol import Filter, Index, Matrix
from .queries import Queries, Query, Resolver, as_items, reads_files
from .rerank import Reranker
from .results import Hit, Result, SearchResults

if TYPE_CHECKING:
    from inrstore.store import Conditions, Store

FREE = 10
"""Of so many of the best those that are the same surface come first where the pose is free: between two of its turns an
embedding changes so much that a copy may lie behind another object."""
ATTEMPTS = 3
"""Searches of an index that other processes make stale meanwhile."""


def search(
    store: Store,
    queries: Queries,
    *,
    k: int = NEIGHBOURS,
    threshold: float | None = None,
    where: Conditions | None = None,
    exclude_self: bool = True,
    names: Sequence[str] | None = None,
    index: str = "default",
    field: str = "auto",
    up: str = "y",
    align: str = "none",
    pose: str | None = None,
    mirror: bool = True,
    rerank: int | None = None,
    partial: bool = False,
    device: str = "auto",
    jobs: int | None = None,
    timeout: float | None = None,
    skip_failed: bool = False,
    on_progress: OnProgress | None = None,
) -> SearchResults:
    """The `k` nearest shapes of every query, best first, by cosine similarity; one `Result` a query.

    A query is a stored shape (an id, a prefix of one, a source path, a key or a `Shape`), a vector (d,) or several
    (n, d), or what is on disk: a mesh, cloud or voxel file, a folder of them, or an .npy file of vectors. A name that
    is both is the file. A file whose bytes were ingested is the stored shape that they became; every other one is
    fitted and encoded like an ingested one, all of a call together, and nothing of it is stored.

    Parameters
    ----------
    queries : one of these or a list of them.
    threshold : hits of a lower score are left out.
    where : only shapes that fulfil these conditions, see `inrstore.store.shapes.Shapes`; still up to k.
    exclude_self : leave a stored shape out of its own answer.
    names : what the results call the queries, instead of the reference or "vector 0".
    index : which index of the store. It stays open with the store, and is brought up to date with it; a search waits
        for another process that does so already.
    field, up, align, device, jobs, timeout, on_progress : how files are read and fitted, see `ingest.ingest`. The
        worker processes stay ready for the next call, as long as the store object lives (see `inrstore.queries`), and
        the time limit is the same; `on_progress` hears of one file's own stages, of several how many are done.
    pose, mirror : in which poses a query is compared, see `index.poses`: `none`, as it is; `up`, turned about the
        upright axis, the default but where it is `partial`; `free`, turned any way and, by an encoder that
        knows a surface's spectrum, bent. Those but the first also in a mirror, unless `mirror` is False. A hit says its
        pose; what is turned loses .08 of its score, what is mirrored .09, and less from .9 on: nothing, or .01, at 1;
        of a `free` one as much less as the spectrum counts more. Vectors are taken as they are.
    rerank : of so many of the best those that are the same surface come first, see `index.rerank`; hits say how far
        their surface is from the query's then. By default ten where the pose is free, else none. Not for vectors.
    partial : the query is a piece of what is looked for, in the same units, see `index.partial`: first come the shapes
        that it lies closest in, whose hits say how far from their surface it is then. By default as it is, as seconds a
        query grow with the poses. Not for vectors, nor with `rerank` or `threshold`.
    skip_failed : leave queries that cannot be read out of the answer, whose `failures` say why, instead of raising.
        Files met in a folder are left out in any case, unless there is nothing else.

    Raises
    ------
    ShapeNotFound, AmbiguousShape
        If a reference is neither on disk nor one stored shape.
    BadInput
        If a file cannot be read, a vector is of another length, zero or not finite, or the store is empty.
    ModelMismatch, NoEncoder, MissingDependency
        If the index is of another store, the store has no encoder, or there is no FAISS or no reader of files.
    """
    pose = pose or ("none" if partial else POSE)
    first = CANDIDATES if partial else rerank if rerank is not None else FREE if pose == "free" else 0
    if k < 1 or first < 0:
        raise BadInput(f"k is {k}, rerank {first}: ask for at least one neighbour, and re-rank none or more")
    if partial and (rerank or threshold is not None):
        raise BadInput("a piece is found by its geometry: leave out rerank and threshold, or partial")
    items = as_items(queries, names)
    if reads_files(items):
        file_encoder(store)  # its processes come up while the index is opened
    opened = open_index(store, name=index)
    turner = Turner(store, pose, mirror)
    about: Reading = {"field": field, "up": up, "align": align, "device": device, "jobs": jobs}
    if timeout is not None:
        about["timeout"] = timeout
    files = Files(store, turner, bool(first), {**about, "on_progress": on_progress})
    resolver = Resolver(store, opened.dim, files.embed, skip_failed)
    asked = resolver.resolve(items)
    if not asked:
        return SearchResults([], resolver.failures)
    tell(on_progress, "searching")
    wanted = max(k, first)
    spare = int(exclude_self and any(query.key is not None for query in asked))
    found = _neighbours(store, opened, index, asked, wanted + spare, Filter(where) if where else None, turner)
    floor = -np.inf if threshold is None else threshold
    answers = _answers(asked, found, wanted, floor, exclude_self, turner)
    if first:
        tell(on_progress, "comparing")
        geometry = Geometry(store, files.fitted)
        strict = bool(rerank)
        by_surface = Wholes(geometry, turner.turns) if partial else Reranker(geometry, pose != "none", mirror, strict)
        answers = [by_surface.order(answer, first, k) for answer in answers]
    return SearchResults(answers, resolver.failures)


def _neighbours(
    store: Store, opened: Index, name: str, asked: Sequence[Query], k: int, only: Filter | None, turner: Turner
) -> tuple[list[Best], dict[int, Shape]]:
    """The best of every query, and what the catalogue knows of these and of the queries' own shapes.

    A neighbour that was removed since the index was opened would leave a gap, so the newer index is asked then.
    """
    own = [query.key for query in asked if query.key is not None]
    for attempt in range(ATTEMPTS):
        if attempt:
            opened = open_index(store, name=name)
        rows = _rows(store, opened, asked, turner)
        scores, keys = opened.search(np.concatenate(rows), k, only)
        ends = np.cumsum([len(one) for one in rows])[:-1]
        parts = zip(np.split(scores, ends), np.split(keys, ends), strict=True)
        best = [best_of(*part, turner.costs[: len(part[0])], k) for part in parts]
        found = [int(key) for key in np.unique(np.concatenate([one.keys for one in best]))]
        shapes = store.shapes_by_key([*own, *found])
        if all(key in shapes for key in found):
            break
    return best, shapes


def _answers(
    asked: Sequence[Query],
    found: tuple[list[Best], dict[int, Shape]],
    k: int,
    floor: float,
    exclude_self: bool,
    turner: Turner,
) -> list[Result]:
    answers, shapes = found
    return [
        _result(query, _hits(query.key if exclude_self else None, k, floor, best, shapes, turner), shapes)
        for query, best in zip(asked, answers, strict=True)
    ]


def _result(query: Query, hits: list[Hit], shapes: Mapping[int, Shape]) -> Result:
    own = None if query.key is None else shapes.get(query.key)
    return Result(query.name, hits, own.id if own else None, query.file)


def _rows(store: Store, opened: Index, asked: Sequence[Query], turner: Turner) -> list[Matrix]:
    """Vectors (p, d) of length one of every query: as it is first, then in the other poses."""
    stored = _embeddings(store, opened, {query.key: query.name for query in asked if query.key is not None})
    turned = turner.embeddings(list(stored))
    rows = {key: np.vstack([row[None], turned[key]]) if turned else row[None] for key, row in stored.items()}
    return [turner.asked(cast(Matrix, query.vectors) if query.key is None else rows[query.key]) for query in asked]


def _embeddings(store: Store, opened: Index, names: Mapping[int, str]) -> dict[int, Matrix]:
    """Stored shapes' embeddings by key, from the index where it has them unaltered, else from the store."""
    wanted = np.unique(np.fromiter(names, np.int64, count=len(names)))
    if len(wanted) == 0:
        return {}
    found, matrix = opened.vectors(wanted)
    rows = dict(zip(found.tolist(), matrix, strict=True))
    if len(rows) < len(wanted):  # 8-bit rows, or shapes that were stored since the index was opened
        found, matrix = store.embeddings(np.setdiff1d(wanted, found))
        rows |= zip(found.tolist(), matrix, strict=True)
    for key, name in names.items():
        if key not in rows:
            raise BadInput(f"shape {name} has no embedding: run `inrstore encode`")
    return rows


def _hits(own: int | None, k: int, floor: float, best: Best, shapes: Mapping[int, Shape], turner: Turner) -> list[Hit]:
    """Hits of one query: without `own`, what the catalogue no longer has, and low scores."""
    kept = [
        (float(score), shapes[int(key)], turner.pose(int(place)))
        for score, key, place in zip(best.scores, best.keys, best.poses, strict=True)
        if int(key) in shapes and int(key) != own and score >= floor
    ]
    return [
        Hit(rank, shape.id, shape.key, shape.label, score, next(iter(shape.sources), ""), pose, shape=shape)
        for rank, (score, shape, pose) in enumerate(kept[:k], start=1)
    ]
