"""Several ranked lists of one query as one: reciprocal rank fusion (Cormack, Clarke and Büttcher, SIGIR 2009)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

DAMPING = 60
"""Of the paper: the first counts little more than the second, so that two lists that agree beat one that is sure."""


def fused(lists: Mapping[str, Sequence[int]], weights: Mapping[str, float] | None = None) -> list[tuple[int, float]]:
    """Keys and scores, best first, of lists of keys, best first; 1 is first in every list that has a weight.

    Keys of one score are in the order of the first list that has them.
    """
    given = {name: (weights or {}).get(name, 1.0) for name in lists}
    whole = sum(given.values()) / (DAMPING + 1)
    scores: dict[int, float] = defaultdict(float)
    for name, keys in lists.items():
        for rank, key in enumerate(keys, start=1):
            scores[key] += given[name] / (DAMPING + rank) / whole
    return sorted(scores.items(), key=lambda one: -one[1])
