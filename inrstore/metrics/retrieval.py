"""Leave-one-out retrieval: every row of a matrix of embeddings asks for the others of its class."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from inrstore.errors import BadInput

from .bootstrap import intervals

Figures = NDArray[np.float64]
BLOCK = 1 << 24
"""Similarities held at once; bounds the memory to some hundred megabytes."""
KS = (1, 5, 10)
SHORT_LIST = 32
"""Answers that the E-measure looks at."""


@dataclass(frozen=True, eq=False)
class Retrieval:
    """What each query of a retrieval found; made by `retrieve`."""

    figures: Mapping[str, Figures]
    """Name → (q,), one number a query."""
    asked: NDArray[np.intp]
    """(q,) the class of each query, as a place in `names`."""
    nearest: NDArray[np.intp]
    """(q,) the class of its nearest neighbour."""
    names: NDArray[np.generic]
    """Labels, sorted, those that nobody could ask for among them."""
    left_out: int
    """Rows alone in their class, which have nothing to find and so do not ask, but are among the answers."""

    def mean(self) -> dict[str, float]:
        """Each figure's mean over the queries (micro-average)."""
        return {name: float(values.mean()) for name, values in self.figures.items()}

    def summary(self) -> dict[str, float]:
        """The means, and the counts "queries", "classes" (with at least two members) and "left_out"."""
        counts = {"queries": len(self.asked), "classes": len(np.unique(self.asked)), "left_out": self.left_out}
        return {**self.mean(), **counts}

    def intervals(self, level: float = 0.95, draws: int = 1_000, seed: int = 0) -> dict[str, tuple[float, float]]:
        """Each mean's bootstrap interval over the queries."""
        ends = intervals(np.stack(list(self.figures.values())), level, draws, seed)
        return {name: (float(low), float(high)) for name, (low, high) in zip(self.figures, ends, strict=True)}

    def by_class(self) -> dict[str, dict[str, float]]:
        """Label → its number of queries, and each figure's mean over them."""
        table = {}
        for place in np.unique(self.asked):
            own = self.asked == place
            means = {name: float(values[own].mean()) for name, values in self.figures.items()}
            table[str(self.names[place])] = {"queries": int(own.sum()), **means}
        return table

    def confusion(self) -> NDArray[np.int64]:
        """(c, c) queries, by their own class (rows, in the order of `names`) and that of the nearest neighbour."""
        count = len(self.names)
        pairs = np.bincount(self.asked * count + self.nearest, minlength=count * count)
        return pairs.reshape(count, count).astype(np.int64)


def retrieve(embeddings: NDArray[np.floating], labels: ArrayLike, ks: Sequence[int] = KS) -> Retrieval:
    """Every row asks for the others of its class, by exact cosine similarity; equal scores rank by row.

    embeddings : (n, d) float
    labels : (n,) anything that compares

    The figures of a query whose class has r other members, which are ranked among the n − 1 other rows:

    - "hit@k": 1 if one of the first k is of the class, else 0 (inr2vec calls its mean mAP@k);
    - "precision@k": their share of the first k;
    - "map": the mean precision at the places of the r (the mean over the queries is the mean average precision);
    - "first_tier", "second_tier": which share of the r is among the first r, and the first 2 r;
    - "e_measure": the harmonic mean of precision and recall of the first 32;
    - "dcg": 1 for the first place and 1 / log₂ i for place i, summed over the places of the r, over the best possible.

    The last four are those of Shilane et al. 2004, "The Princeton Shape Benchmark", as its program computes them; its
    nearest neighbour is hit@1. Errors: BadInput if shapes or numbers are unusable, or none can ask.
    """
    rows = _unit_rows(embeddings)
    names, classes, sizes = np.unique(np.asarray(labels), return_inverse=True, return_counts=True)
    if len(classes) != len(rows):
        raise BadInput(f"labels: {len(classes)} for {len(rows)} embeddings; give one each")
    asking = np.flatnonzero(sizes[classes] > 1)
    if len(asking) == 0:
        raise BadInput("no class has two members, so there is nothing to retrieve")
    parts, nearest = [], []
    step = max(1, BLOCK // len(rows))
    for start in range(0, len(asking), step):
        queries = asking[start : start + step]
        ranked = classes[_ranking(rows, queries)]
        parts.append(_figures(ranked == classes[queries, None], ks))
        nearest.append(ranked[:, 0])
    figures = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    return Retrieval(figures, classes[asking], np.concatenate(nearest), names, len(rows) - len(asking))


def retrieval_metrics(embeddings: NDArray[np.floating], labels: ArrayLike, ks: Sequence[int] = KS) -> dict[str, float]:
    """The summary of `retrieve`."""
    return retrieve(embeddings, labels, ks).summary()


def average_precision(found: NDArray[np.bool_]) -> Figures:
    """(q,) mean precision at the relevant places of rankings (q, n), True where relevant, at least once."""
    precision = np.cumsum(found, axis=1) / np.arange(1, found.shape[1] + 1)
    mean: Figures = np.where(found, precision, 0.0).sum(axis=1) / found.sum(axis=1)
    return mean


def _figures(found: NDArray[np.bool_], ks: Sequence[int]) -> dict[str, Figures]:
    """Those of rankings (q, n), True where of the query's class, at least once."""
    so_far = np.cumsum(found, axis=1, dtype=np.int32)
    count, length = so_far[:, -1], found.shape[1]

    def among(first: int | NDArray[np.integer]) -> Figures:
        places = np.minimum(np.broadcast_to(first, count.shape), length) - 1
        return np.take_along_axis(so_far, places[:, None].astype(np.intp), axis=1)[:, 0].astype(np.float64)

    gains = np.concatenate([[1.0], 1 / np.log2(np.arange(2, length + 1))])
    short = min(SHORT_LIST, length)
    return {
        **{f"hit@{k}": (among(k) > 0).astype(np.float64) for k in ks},
        **{f"precision@{k}": among(k) / k for k in ks if k > 1},
        "map": average_precision(found),
        "first_tier": among(count) / count,
        "second_tier": among(2 * count) / count,
        "e_measure": 2 * among(short) / (count + short),  # of P = a / short and R = a / count
        "dcg": found @ gains / np.cumsum(gains)[count - 1],
    }


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
