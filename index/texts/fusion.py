"""Several ranked lists of one query as one: reciprocal rank fusion (Cormack, Clarke and Büttcher, SIGIR 2009)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

DAMPING = 60
"""Of the paper: the first counts little more than the second, so that two lists that agree beat one that is sure."""


def fused(
    lists: Iterable[Sequence[tuple[int, float]]], counts: Sequence[float] | None = None
) -> list[tuple[int, float]]:
    """Keys and scores, best first, of lists of keys, best first, each with how much it counts there, at most 1.

    `counts` says how much each list counts beside the others, by default the same. A score is 1 for what is first in
    every list and counts fully. Keys of one score are in the order of the first list that has them.
    """
    given = list(lists)
    shares = [1.0] * len(given) if counts is None else list(counts)
    scores: dict[int, float] = defaultdict(float)
    for ranked, share in zip(given, shares, strict=True):
        for rank, (key, weight) in enumerate(ranked, start=1):
            scores[key] += share * weight * (DAMPING + 1) / (DAMPING + rank) / sum(shares)
    return sorted(scores.items(), key=lambda one: -one[1])
