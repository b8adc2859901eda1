"""Building an index of a store in memory, and checking that it answers as brute force does."""

from __future__ import annotations

import json
from typing import Any

import index
from index.exact import nearest
from index.recall import recall_at_k

CELLS = {"cells": 4, "probes": 4}
PARAMETERS = {"flat": {}, "hnsw": {"ef_search": 300}, "ivf": CELLS, "rabitq": {**CELLS, "refine": 300}}
LEAST = {"ivf": 0.93, "rabitq": 0.99}
"""Recall; 16-bit rows confuse those that are equally near."""


def build(store: Any, kind: str) -> index.Status:
    return index.build(store, backend=kind, parameters=PARAMETERS[kind])


def manifest_of(store: Any) -> dict[str, Any]:
    return json.loads((store.index_dir("default") / "manifest.json").read_text())


def check(store: Any, kind: str) -> None:
    """The index is current, holds the store's rows and finds what brute force finds."""
    opened = index.open_index(store)
    status = index.status(store)
    keys, matrix = store.embeddings()
    assert (status.state, status.backend, status.count) == ("current", kind, len(keys))
    exact = nearest(keys, matrix, matrix[::7], 5)
    found = opened.search(matrix[::7], 5)[1]
    assert recall_at_k(found, exact) > LEAST.get(kind, 0.9999)
    assert opened.search(matrix[:1], len(keys) + 5)[1].shape == (1, len(keys))
