"""Which pairs of shapes are worth comparing: never all.

Two ways lead to a pair. Embeddings know how shapes lie, so the index finds what lies alike; a signature of the decoded
surface does not change when that is turned, mirrored or scaled, so its neighbours are the rest. Either brings at most
`NEAREST` for a shape.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from .protocol import NO_KEY, Filter, Index, Matrix, Scored
from .reading import embedding_blocks

if TYPE_CHECKING:
    from inrstore.store import Store

    from .surfaces import Signatures

NEAREST = 8
ALL_PAIRS = 50_000
"""Up to so many shapes all pairs are looked at: a minute or two on one core."""
SCORE = {"same": 0.93, "variant": 0.8}
"""Of embeddings as they lie, at least, by level: variants sound otherwise, which alone takes up to .2."""
REACH = {"same": 0.06, "variant": 0.12}
"""Distance of signatures, at most, by level."""

Pair = tuple[int, int]


def stored_pairs(
    store: Store, opened: Index | None, signatures: Signatures, level: str, only: Filter | None = None
) -> list[Pair]:
    """Pairs of stored shapes, the lower key first, those with the nearest signatures first."""
    best: dict[int, dict[int, float]] = defaultdict(dict)
    for ones, others, scores in close(store, opened, SCORE[level], only) if opened is not None else ():
        for one, other, score in zip(ones.tolist(), others.tolist(), scores.tolist(), strict=True):
            for here, there in ((one, other), (other, one)):
                row = best[here]
                row[there] = score
                if len(row) > NEAREST:
                    del row[min(row, key=lambda other: (row[other], -other))]
    found = {(key, other) for key, row in best.items() for other in row}
    return _ordered(found | set(_near(list(signatures), list(signatures), signatures, level)), signatures)


def close(store: Store, opened: Index, score: float, only: Filter | None = None) -> Iterator[Scored]:
    """Pairs of `score` or more, as `Index.pairs`: of many shapes only the nearest of each, as the index finds them.

    All pairs of a million would take 10¹² products. An index that is not exact misses some, and one that both find
    comes twice, with scores that may differ in the last digits.
    """
    keys = store.embedding_keys()
    if len(keys) <= ALL_PAIRS:
        yield from opened.pairs(score, only)
        return
    asking = keys if only is None else np.intersect1d(keys, only.keys(store))
    for own, matrix in embedding_blocks(store, asking):
        scores, found = opened.search(matrix, NEAREST + 1, only)
        rows, columns = np.nonzero((scores >= score) & (found != NO_KEY) & (found != own[:, None]))
        yield own[rows], found[rows, columns], scores[rows, columns]


def asked_pairs(
    opened: Index | None,
    asked: Sequence[tuple[int, Matrix | None]],
    stored: Sequence[int],
    signatures: Signatures,
    level: str,
) -> list[Pair]:
    """Pairs of what asks, (key, embedding (d,)), and stored shapes, as `stored_pairs`."""
    found: set[Pair] = set()
    ready = [(key, row) for key, row in asked if row is not None]
    if opened is not None and ready:
        scores, keys = opened.search(np.stack([row for _, row in ready]), NEAREST)
        for (key, _), row, line in zip(ready, scores, keys, strict=True):
            found |= {(key, int(k)) for s, k in zip(row, line, strict=True) if k != NO_KEY and s >= SCORE[level]}
    asking = [key for key, _ in asked if key in signatures]
    return _ordered(found | set(_near(asking, stored, signatures, level)), signatures)


def _near(asking: Sequence[int], answering: Sequence[int], signatures: Signatures, level: str) -> Iterable[Pair]:
    from scipy.spatial import cKDTree

    answering = [key for key in answering if key in signatures]
    if not asking or not answering:
        return
    tree = cKDTree(np.stack([signatures[key] for key in answering]))
    rows = np.stack([signatures[key] for key in asking])
    distances, places = tree.query(rows, min(NEAREST + 1, len(answering)), distance_upper_bound=REACH[level])
    for key, row, line in zip(asking, distances.reshape(len(asking), -1), places.reshape(len(asking), -1), strict=True):
        yield from ((key, answering[place]) for far, place in zip(row, line, strict=True) if np.isfinite(far))


def _ordered(pairs: Iterable[Pair], signatures: Signatures) -> list[Pair]:
    ready = {(min(a, b), max(a, b)) for a, b in pairs if a != b and a in signatures and b in signatures}
    return sorted(ready, key=lambda pair: (float(np.linalg.norm(signatures[pair[0]] - signatures[pair[1]])), pair))
