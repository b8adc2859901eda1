"""Which pairs of shapes are worth comparing: never all.

Two ways lead to a pair. Embeddings know how shapes lie, so the index finds what lies alike; a signature of the decoded
surface does not change when that is turned, mirrored or scaled, so its neighbours are the rest. Either brings at most
`NEAREST` for a shape.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from .protocol import NO_KEY, Filter, Index, Matrix

if TYPE_CHECKING:
    from .surfaces import Signatures

NEAREST = 8
SCORE = {"same": 0.93, "variant": 0.8}
"""Of embeddings as they lie, at least, by level: variants sound otherwise, which alone takes up to .2."""
REACH = {"same": 0.06, "variant": 0.12}
"""Distance of signatures, at most, by level."""

Pair = tuple[int, int]


def stored_pairs(opened: Index | None, signatures: Signatures, level: str, only: Filter | None = None) -> list[Pair]:
    """Pairs of stored shapes, the lower key first, those with the nearest signatures first."""
    best: dict[int, list[tuple[float, int]]] = defaultdict(list)
    for ones, others, scores in opened.pairs(SCORE[level], only) if opened is not None else ():
        for one, other, score in zip(ones.tolist(), others.tolist(), scores.tolist(), strict=True):
            for here, there in ((one, other), (other, one)):
                best[here] = sorted([*best[here], (-score, there)])[:NEAREST]
    found = {(key, other) for key, row in best.items() for _, other in row}
    return _ordered(found | set(_near(list(signatures), list(signatures), signatures, level)), signatures)


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
