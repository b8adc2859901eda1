"""Pairs to groups in which every member was compared with the group's first.

Members are not strung together: what is like the last of a chain may be unlike its beginning, and a library of screws
would become one group.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from typing import TypeVar

Judgement = TypeVar("Judgement")


def linked(pairs: Iterable[tuple[int, int]], judge: Callable[[int, int], object]) -> list[list[int]]:
    """Connected components, each ascending, of the pairs for which `judge` finds something.

    A pair whose ends are connected already is not judged: of k copies, k − 1 pairs are.
    """
    parent: dict[int, int] = {}

    def root(key: int) -> int:
        while parent.setdefault(key, key) != key:
            parent[key] = parent[parent[key]]
            key = parent[key]
        return key

    for one, other in pairs:
        here, there = root(one), root(other)
        if here != there and judge(one, other) is not None:
            parent[max(here, there)] = min(here, there)
    found: dict[int, list[int]] = defaultdict(list)
    for key in sorted(parent):
        found[root(key)].append(key)
    return [keys for keys in found.values() if len(keys) > 1]


def stars(keys: list[int], judge: Callable[[int, int], Judgement | None]) -> list[tuple[int, Mapping[int, Judgement]]]:
    """Groups in one component: the first of the keys that are left, and the others that are judged like it.

    A key that is alone in the end is no group.
    """
    found: list[tuple[int, Mapping[int, Judgement]]] = []
    while len(keys) > 1:
        first, rest = keys[0], keys[1:]
        judged = {key: judgement for key in rest if (judgement := judge(first, key)) is not None}
        if judged:
            found.append((first, judged))
        keys = [key for key in rest if key not in judged]
    return found
