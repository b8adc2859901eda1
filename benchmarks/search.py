"""How long a search of a stored shape takes in one process, catalogue included, and what approximation costs.

    python benchmarks/search.py --store shapes.store      # its embeddings, copied up to --rows with noise
    python benchmarks/search.py                           # random unit vectors: latency only

A store of --rows shapes is made in a temporary folder, through the store's own `commit`, with the default model; all
have the same network, its base. Each query is `index.search(store, id, k=10, exclude_self=True)`: as it lies
(`pose="none"`), and for a few of them turned and mirrored, which is the default and encodes the network in every pose.

With --store, each row is an embedding of that store plus Gaussian noise of a norm of about --noise,
brought back to length one: the rows of one shape are near-duplicates, as refits of it would be. This
keeps the clusters of real embeddings, so recall means something; but the rows are not as many distinct
shapes. Random unit vectors have no clusters at all: every neighbour is nearly as far as the next, which
is the hardest case for approximate search and no picture of shapes, so recall on them is given only as a
lower end.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from record import provenance, save

import index
from inrstore import Inr, NewShape, init_store, open_store
from inrstore.model import load_model
from inrstore.store import Store

BATCH = 10_000
TARGET_MS = 50.0


def main() -> None:
    options = parse()
    random = np.random.default_rng(0)
    matrix, kind = source_rows(options, random)
    with tempfile.TemporaryDirectory() as folder:
        store, seconds = make_store(Path(folder) / "bench.store", matrix)
        print(f"store of {len(matrix)} rows made in {seconds:.0f} s", file=sys.stderr)
        ids = [shape.id for shape in store.shapes(where={"id": "0*"})[: options.queries]]
        backends = {name: measure(store, name, ids) for name in options.backends}
    exact = time_exact(matrix, options.queries)
    record = {
        **provenance(),
        "rows": len(matrix),
        "dim": matrix.shape[1],
        "embeddings": kind,
        "k": 10,
        "queries": len(ids),
        "commit_seconds": round(seconds, 1),
        "exact_numpy": exact,
        "backends": backends,
        "target_ms": TARGET_MS,
    }
    save("search", record)
    print(json.dumps(record, indent=2))


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--store", help="take the embeddings of this store")
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--noise", type=float, default=0.1)
    parser.add_argument("--queries", type=int, default=200)
    parser.add_argument("--backends", nargs="+", default=["flat", "hnsw", "ivf"])
    return parser.parse_args()


def source_rows(options: argparse.Namespace, random: np.random.Generator) -> tuple[np.ndarray, str]:
    """(rows, d) unit rows, and a sentence on what they are."""
    if options.store is None:
        rows = random.normal(size=(options.rows, load_model("default").embedding_dim or 0))
        return unit(rows), "random unit vectors: latency only, recall is a lower end"
    found = open_store(options.store).embeddings()[1]
    picks = np.arange(options.rows) % len(found)
    rows = found[picks] + random.normal(size=(options.rows, found.shape[1])) * options.noise / found.shape[1] ** 0.5
    text = f"{len(found)} real embeddings, each copied with noise of norm about {options.noise:g}"
    return unit(rows), text


def unit(rows: np.ndarray) -> np.ndarray:
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), dtype=np.float32)


def make_store(path: Path, matrix: np.ndarray) -> tuple[Store, float]:
    model = load_model("default")
    base, encoder = model.base, model.encoder
    assert encoder is not None and encoder.dim == matrix.shape[1]
    inr = Inr(base.id, "default", "sdf", base.start("sdf"), 0.0, 0)
    store = init_store(path, model)
    started = time.perf_counter()
    for start in range(0, len(matrix), BATCH):
        numbers = range(start, min(start + BATCH, len(matrix)))
        store.commit([new_shape(number, inr, matrix[number], encoder.id) for number in numbers])
    return store, time.perf_counter() - started


def new_shape(number: int, inr: Inr, embedding: np.ndarray, encoder: str) -> NewShape:
    sha256 = f"{number * 2654435761 % 2**32:08x}" * 8  # spread like a hash, and as unique as the number
    return NewShape(
        sha256=sha256,
        name=f"shape {number}",
        field="sdf",
        kind="mesh",
        center=(0.0, 0.0, 0.0),
        scale=1.0,
        rotation=None,
        source=f"/data/class-{number % 100}/{number}.obj",
        source_sha256=sha256,
        source_bytes=1,
        inrs=(inr,),
        embedding=embedding,
        encoder=encoder,
        label=f"class-{number % 100}",
    )


def measure(store: Store, backend: str, ids: list[str]) -> dict[str, Any]:
    built = index.build(store, backend=backend)
    opened = timed(index.open_index, store)
    index.search(store, ids[0])  # opens it for this process, and builds the encoder
    lying = partial(index.search, store, k=10, pose="none")
    one = [timed(lying, ref) for ref in ids]
    turned = [timed(index.search, store, ref, k=10) for ref in ids[:20]]
    where = {"label": "class-7"}
    filtered = [timed(lying, ref, where=where, exclude_self=False) for ref in ids[:50]]
    everything = {"label": "class-*"}
    wide = [timed(lying, ref, where=everything, exclude_self=False) for ref in ids[:3]]
    many = timed(lying, ids)
    return {
        "parameters": dict(built.parameters),
        "build_seconds": round(built.seconds, 2),
        "open_ms": round(opened, 1),
        "megabytes": round(built.bytes / 1e6, 1),
        "search": summary(one),
        "search_turned": summary(turned),
        "search_where_1_percent": summary(filtered),
        "search_where_all_match": summary(wide),
        "batch_ms_a_query": round(many / len(ids), 2),
        "recall@10": round(index.recall(store, k=10, sample=200).recall, 4),
    }


def time_exact(matrix: np.ndarray, count: int) -> dict[str, float]:
    """Brute force in numpy over rows that are already in memory, without catalogue."""
    vectors = matrix[:: max(1, len(matrix) // count)][:count]

    def once(vector: np.ndarray) -> np.ndarray:
        scores = matrix @ vector
        best = np.argpartition(-scores, 10)[:10]
        return best[np.argsort(-scores[best])]

    once(vectors[0])
    return summary([timed(once, vector) for vector in vectors])


def timed(call: Callable[..., object], *values: Any, **options: Any) -> float:
    """Milliseconds."""
    started = time.perf_counter()
    call(*values, **options)
    return 1000 * (time.perf_counter() - started)


def summary(times: list[float]) -> dict[str, float]:
    return {
        "median_ms": round(float(np.median(times)), 2),
        "p95_ms": round(float(np.percentile(times, 95)), 2),
    }


if __name__ == "__main__":
    main()
