"""Figures of merit: retrieval by embeddings, and how far a decoded surface is from its source."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from inrstore.errors import BadInput

Points = NDArray[np.floating]
BLOCK = 1 << 24
"""Similarities held at once; bounds the memory to some hundred megabytes."""


def retrieval_metrics(
    embeddings: NDArray[np.floating], labels: ArrayLike, ks: Sequence[int] = (1, 5, 10)
) -> dict[str, float]:
    """Leave-one-out retrieval by exact cosine similarity: every row asks for the others of its class.

    embeddings : (n, d) float
    labels : (n,) anything that compares

    Returns fractions "hit@k" (at least one of the k nearest has the query's class; inr2vec calls it mAP@k)
    and "map" (mean over the queries of the average precision of the whole ranking), and the counts "queries",
    "classes" (with at least two members) and "left_out": rows alone in their class, which have nothing to
    find and so do not ask, but stay among the answers. Equal scores rank by row. BadInput if none can ask.
    """
    rows = _unit_rows(embeddings)
    names, classes, sizes = np.unique(np.asarray(labels), return_inverse=True, return_counts=True)
    if len(classes) != len(rows):
        raise BadInput(f"labels: {len(classes)} for {len(rows)} embeddings; give one each")
    asking = np.flatnonzero(sizes[classes] > 1)
    if len(asking) == 0:
        raise BadInput("no class has two members, so there is nothing to retrieve")
    hits = np.zeros(len(ks))
    precision = 0.0
    step = max(1, BLOCK // len(rows))
    for start in range(0, len(asking), step):
        queries = asking[start : start + step]
        found = classes[_ranking(rows, queries)] == classes[queries, None]  # (q, n - 1) bool
        hits += [found[:, :k].any(axis=1).sum() for k in ks]
        precision += average_precision(found).sum()
    result = {f"hit@{k}": float(hit / len(asking)) for k, hit in zip(ks, hits, strict=True)}
    counts = {"queries": len(asking), "classes": int((sizes > 1).sum()), "left_out": len(rows) - len(asking)}
    return {**result, "map": float(precision / len(asking)), **counts}


def average_precision(found: NDArray[np.bool_]) -> NDArray[np.float64]:
    """(q,) mean precision at the relevant places of rankings (q, n), True where relevant, at least once."""
    precision = np.cumsum(found, axis=1) / np.arange(1, found.shape[1] + 1)
    mean: NDArray[np.float64] = np.where(found, precision, 0.0).sum(axis=1) / found.sum(axis=1)
    return mean


def nearest_distances(source: Points, target: Points, *, workers: int = 1) -> NDArray[np.float64]:
    """(n,) Euclidean distance of every point of source (n, 3) to the nearest of target (m, 3).

    `workers` threads, -1 for all cores.
    """
    from scipy.spatial import cKDTree

    distances: NDArray[np.float64] = cKDTree(_cloud(target)).query(_cloud(source), workers=workers)[0]
    return distances


def chamfer_l1(a: Points, b: Points, *, workers: int = 1) -> float:
    """Chamfer-L1 of samples a (n, 3) and b (m, 3): the mean of the two directed mean nearest distances.

    Unsquared Euclidean distances, ½·(mean a→b + mean b→a); papers that add the two instead report twice this.
    """
    return surface_metrics(a, b, (), workers=workers)["chamfer_l1"]


def f_score(a: Points, b: Points, tau: float, *, workers: int = 1) -> float:
    """F-score at distance tau: harmonic mean of the shares of a within tau of b and of b within tau of a."""
    return surface_metrics(a, b, (tau,), workers=workers)[f"f@{tau:g}"]


def surface_metrics(
    a: Points, b: Points, taus: Sequence[float] = (0.005, 0.01), *, workers: int = 1
) -> dict[str, float]:
    """`chamfer_l1` and "f@tau" for every tau, from one pass of nearest neighbours a side."""
    there = nearest_distances(a, b, workers=workers)
    back = nearest_distances(b, a, workers=workers)
    scores = {f"f@{tau:g}": _harmonic(float(np.mean(there <= tau)), float(np.mean(back <= tau))) for tau in taus}
    return {"chamfer_l1": float(there.mean() + back.mean()) / 2, **scores}


def _harmonic(precision: float, recall: float) -> float:
    return 0.0 if precision + recall == 0 else 2 * precision * recall / (precision + recall)


def _cloud(points: Points) -> NDArray[np.float64]:
    cloud = np.asarray(points, dtype=np.float64)
    if cloud.ndim != 2 or cloud.shape[1] != 3 or len(cloud) == 0:
        raise BadInput(f"points have shape {cloud.shape}, expected (n, 3) with n > 0")
    if not np.isfinite(cloud).all():
        raise BadInput("points hold NaN or infinite coordinates")
    return cloud


def _unit_rows(embeddings: NDArray[np.floating]) -> NDArray[np.float32]:
    if embeddings.ndim != 2:
        raise BadInput(f"embeddings have shape {embeddings.shape}, expected (n, d)")
    lengths = np.linalg.norm(embeddings, axis=1, keepdims=True)
    if not np.all(np.isfinite(lengths) & (lengths > 0)):
        raise BadInput("an embedding is zero or not finite, so it has no direction to compare")
    return np.asarray(embeddings / lengths, dtype=np.float32)


def _ranking(rows: NDArray[np.float32], queries: NDArray[np.intp]) -> NDArray[np.intp]:
    """(q, n - 1) places of the other rows, nearest first."""
    scores = rows[queries] @ rows.T
    scores[np.arange(len(queries)), queries] = -np.inf  # itself: ranked last, then cut off
    return np.argsort(-scores, axis=1, kind="stable")[:, :-1]
