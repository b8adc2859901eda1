"""What other processes do with an index: search it over and over, open it all at once, die."""

from __future__ import annotations

import os
import time
import traceback
from threading import Thread
from typing import Any

import numpy as np

import index
from index.faiss.files import exclusive
from index.manage import _held
from inrstore.store import open_store

STEPS = 1009
"""Scores that can be told apart."""
LEAST = 12
"""Searches, however slow the machine is."""
Seen = frozenset[tuple[str, int]]
"""Id and place on the scale of every hit."""


def vector(number: int, version: int) -> np.ndarray:
    """(8,) float32 at length one: the embedding of shape `number` after it was replaced `version` times."""
    score = ((number * 101 + version * 37) % STEPS) / STEPS * 1.8 - 0.9
    return np.array([score, np.sqrt(1 - score**2), *[0] * 6], np.float32)


def place(score: float) -> int:
    return round((score + 0.9) / 1.8 * STEPS)


def read(url: str, pinned: str, seconds: float, results: Any) -> None:
    """Searches for so many seconds or more, then puts (searches, all that was seen, errors) into the queue."""
    seen: set[Seen] = set()
    errors: list[str] = []
    store = open_store(url)
    axis = np.eye(8, dtype=np.float32)[0]
    index.search(store, axis)  # what is loaded at the first search is not to be measured
    searches, until = 0, time.monotonic() + seconds
    while time.monotonic() < until or searches < LEAST:
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


def open_together(url: str, start: Any, results: Any) -> None:
    """Opens the index in eight threads at once, each with a store object of its own but two; puts what each did."""
    stores = [open_store(url) for _ in range(7)]
    stores.append(stores[0])
    start.wait(60)
    threads = [Thread(target=lambda store=store: results.put(act(store))) for store in stores]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def act(store: Any) -> str:
    try:
        return str(_held(store, "default").refresh().action)
    except Exception:
        return traceback.format_exc()


def die_holding(url: str, results: Any) -> None:
    """Ends at once, in the middle of a refresh."""
    with exclusive(open_store(url).index_dir("default")):
        results.put("holding")
        results.close()
        results.join_thread()
        os._exit(9)
