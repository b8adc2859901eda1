"""How fast a store takes another encoder: `ingest.reencode` with the shipped one, all cores, from shards to the switch.

    python benchmarks/reencode.py

The 2,000 networks are those of the example meshes, again and again: what encoding costs does not depend on what a
network says. For comparison the same encoder in one process, and reading all networks and writing all embeddings
without any encoding.
"""

from __future__ import annotations

import hashlib
import json
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

from record import EXAMPLES, provenance, save

import ingest
from inrstore import Model, NewShape, Store, init_store, load_model
from inrstore.records import Inr

SHAPES = 2_000
SOME = 128
"""That one process encodes by itself, for comparison."""


def fill(store: Store, model: Model, count: int) -> None:
    """`count` shapes without embeddings, whose networks are those of the example meshes."""
    with tempfile.TemporaryDirectory() as scratch:
        fitted = init_store(f"{scratch}/fitted.store", model)
        ingest.ingest(fitted, [EXAMPLES])
        shapes = fitted.shapes()
        weights = fitted.weights([shape.key for shape in shapes])
    new = []
    for number in range(count):
        shape, row = shapes[number % len(shapes)], weights[number % len(shapes)]
        sha256 = hashlib.sha256(str(number).encode()).hexdigest()
        inr = Inr(model.base.id, store.profile, shape.field, row, 0.0, 60)
        new.append(
            NewShape(
                sha256, shape.name, shape.field, shape.kind, shape.center, shape.scale, None, f"/data/{number}.obj",
                sha256, 1, (inr,), None,
            )
        )  # fmt: skip
    for start in range(0, count, 500):
        store.commit(new[start : start + 500])


def by_one(store: Store, model: Model, count: int) -> float:
    """Shapes a second of the encoder in this process."""
    _, field, keys = store.encodable()[0]
    rows = store.weights(keys[:count])
    model.encode(field, rows[:1])  # built when it is first asked
    started = time.perf_counter()
    model.encode(field, rows)
    return len(rows) / (time.perf_counter() - started)


def unencoded(store: Store) -> float:
    """Shapes a second of reading every network and writing every embedding, with nothing in between."""
    started, count = time.perf_counter(), 0
    for _, _, keys in store.encodable():
        store.weights(keys)
        store.set_embeddings(*store.embeddings(keys))
        count += len(keys)
    return count / (time.perf_counter() - started)


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else SHAPES
    model = load_model("default")
    with tempfile.TemporaryDirectory() as scratch:
        store = init_store(Path(scratch) / "s.store", replace(model, encoder=None, decoder=None))
        fill(store, model, count)
        single = by_one(store, model, min(count, SOME))
        done = ingest.reencode(store, model)
        alone = unencoded(store)
        assert store.verify().ok and done.encoded == count
    result = provenance() | {
        "shapes": count,
        "shapes_per_second": round(done.encoded / done.seconds, 1),
        "in one process, shapes_per_second": round(single, 1),
        "reading and writing without encoding, shapes_per_second": round(alone, 1),
    }
    save("reencode", result)
    print(json.dumps(result, indent=2))


if __name__ == "__main__":
    main()
