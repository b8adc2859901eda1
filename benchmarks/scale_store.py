"""A store of very many shapes that are like real ones: the networks, embeddings and pictures of a real store, varied.

Networks are real ones with noise of a thousandth of their own changes from the base, so that no two are of the same
bytes. Embeddings are real ones moved along the directions in which real ones differ (`SPREAD` of their covariance),
then brought back to length one: neighbours differ as shapes do, not in every direction alike. Each shape has its
original's label and picture, and two tags that have nothing to do with what it looks like: `half`, of two values, and
`shelf`, of a hundred.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from inrstore import Inr, NewShape, init_store, open_store
from inrstore.store import Store

BATCH, SPREAD, JITTER = 1_000, 0.3, 1e-3
"""Shapes of a commit; share of the real spread that embeddings are moved by; noise of weights by their own size."""


def spread_rows(real: np.ndarray, count: int, random: np.random.Generator) -> np.ndarray:
    """(count, d) rows of length one around real ones (n, d), see above; row i is made of real row i mod n."""
    centred = real - real.mean(0)
    _, sizes, axes = np.linalg.svd(centred, full_matrices=False)
    steps = random.normal(size=(count, len(sizes))).astype(np.float32) * (SPREAD * sizes / len(real) ** 0.5)
    rows = real[np.arange(count) % len(real)] + steps.astype(np.float32) @ axes
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def grown(real: Store, path: Path, rows: int, catalog_url: str | None = None) -> tuple[Store, list[dict[str, float]]]:
    """The store at a path with so many rows, and the seconds of every commit; one that was begun is gone on with."""
    journal = path.with_suffix(".jsonl")
    store = open_store(path) if path.exists() else init_store(path, real.model, catalog_url=catalog_url)
    done = [json.loads(line) for line in journal.read_text().splitlines()] if journal.exists() else []
    makes = Maker(real)
    with journal.open("a") as lines:
        for start in range(len(store), rows, BATCH):
            shapes = list(makes.shapes(start, min(BATCH, rows - start)))
            began, used = time.perf_counter(), time.process_time()
            store.commit(shapes)
            done.append(
                {
                    "rows": start + len(shapes),
                    "seconds": round(time.perf_counter() - began, 4),
                    "cpu_seconds": round(time.process_time() - used, 4),
                    "load": round(os.getloadavg()[0], 1),
                }
            )
            lines.write(json.dumps(done[-1]) + "\n")
            lines.flush()
            print(f"\r{done[-1]['rows']:,} of {rows:,}", end="", file=sys.stderr)
    return store, done


class Maker:
    """Makes new shapes of a real store's; the same number makes the same shape."""

    def __init__(self, real: Store) -> None:
        self.real = real
        keys, self.embeddings = real.embeddings()
        self.keys = keys.tolist()
        self.shapes_of = real.shapes_by_key(keys)
        self.errors = {key: real.inrs(key)[0].error for key in self.keys}
        self.weights, self.pictures = real.weights(keys), real.thumbnails(keys)
        self.starts = {field: real.base().start(field) for field in {s.field for s in self.shapes_of.values()}}

    def shapes(self, start: int, count: int) -> Iterator[NewShape]:
        random = np.random.default_rng([0, start])
        first = start % len(self.keys)
        rows = spread_rows(np.roll(self.embeddings, -first, axis=0), count, random)
        halves, shelves = random.integers(2, size=count), random.integers(100, size=count)
        for place, (row, half, shelf) in enumerate(zip(rows, halves.tolist(), shelves.tolist(), strict=True)):
            yield self._shape(start + place, row, {"half": "ab"[half], "shelf": f"{shelf:02}"}, random)

    def _shape(self, number: int, row: np.ndarray, tags: dict[str, str], random: np.random.Generator) -> NewShape:
        key = self.keys[number % len(self.keys)]
        shape, weights = self.shapes_of[key], self.weights[number % len(self.keys)]
        change = weights - self.starts[shape.field]
        weights = weights + change * (JITTER * random.standard_normal(len(weights), np.float32))
        id = f"{number * 2654435761 % 2**32:08x}" * 8
        error = self.errors[key] * float(random.uniform(0.8, 1.25))
        inr = Inr(self.real.base_id, self.real.profile, shape.field, weights, error, 400)
        facts: dict[str, Any] = {"label": shape.label, "tags": tags, "thumbnail": self.pictures.get(key)}
        about = (shape.field, shape.kind, shape.center, shape.scale, shape.rotation)
        source = f"/library/{number // 1000}/{shape.name}-{number}.obj"
        return NewShape(id, f"{shape.name} {number}", *about, source, id, 1, (inr,), row, self.real.encoder_id, **facts)
