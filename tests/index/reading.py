"""A process that searches a store over and over: what it was told, and what went wrong."""

from __future__ import annotations

import time
import traceback
from typing import Any

import numpy as np

import index
from inrstore.store import open_store

STEPS = 1009
"""Scores that can be told apart."""
Seen = frozenset[tuple[str, int]]
"""Id and place on the scale of every hit."""


def vector(number: int, version: int) -> np.ndarray:
    """(8,) float32 at length one: the embedding of shape `number` after it was replaced `version` times."""
    score = ((number * 101 + version * 37) % STEPS) / STEPS * 1.8 - 0.9
    return np.array([score, np.sqrt(1 - score**2), *[0] * 6], np.float32)


def place(score: float) -> int:
    return round((score + 0.9) / 1.8 * STEPS)


def read(url: str, pinned: str, seconds: float, backend: str, results: Any) -> None:
    """Searches for some seconds, then puts (searches, all that was seen, errors) into the queue."""
    seen: set[Seen] = set()
    errors: list[str] = []
    store = open_store(url)
    axis = np.eye(8, dtype=np.float32)[0]
    index.search(store, axis)  # what is loaded at the first search is not to be measured
    searches, until = 0, time.monotonic() + seconds
    while time.monotonic() < until:
        searches += 1
        if searches % 3 == 0:
            store = open_store(url)  # with nothing kept open
        try:
            (result,) = index.search(store, axis, k=1000)
            seen.add(frozenset((hit.id, place(hit.score)) for hit in result.hits))
            (own,) = index.search(store, pinned, k=1000, exclude_self=False)
            assert pinned in {hit.id for hit in own.hits}
        except Exception:
            errors.append(traceback.format_exc())
    results.put((searches, seen, errors))
