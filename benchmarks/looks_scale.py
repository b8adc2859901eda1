"""Search by pictures and by what words look like, of a hundred thousand shapes: milliseconds of a query, warm.

    python benchmarks/looks_scale.py --store shapes.store --folder FOLDER --pictures ICONS [--rows 100000]

The rows are varied ones of --store, see `scale_store`, which must have views (`inrstore encode --views`); views are
varied as embeddings are. Every query is a file that is read, cut out, seen by the tower and compared; of one picture,
since that is what people have, on all cores.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from record import provenance, save
from scale_store import grown, spread_rows

import index
from inrstore import open_store
from inrstore.store import Store

GOALS = {"picture_p95_ms": 150, "text_p95_ms": 60}
QUERIES, WARM, BATCH = 200, 10, 10_000
TEXTS = """
chair with arms; tall lamp; round table; potted plant; small car; double bed; sofa with cushions; ladder; kitchen sink;
bookcase with open shelves; office chair on wheels; street lamp; bath tub; grand piano; bicycle; wide wardrobe; stairs;
coffee table with a glass top; ceiling fan; fireplace; radiator; flat screen; vase of flowers; standing person; fence
"""


def viewed(real: Store, store: Store) -> int:
    """Gives every row of the store views like the real ones; numbers in a vector."""
    encoder = real.encoder(str(real.beside("views")))
    store.use_beside(encoder)
    _, rows = real.embeddings(encoder=encoder.id)
    missing = np.setdiff1d(store.keys(), store.embedding_keys(encoder.id))
    for start in range(0, len(missing), BATCH):
        some = missing[start : start + BATCH]
        store.set_embeddings(some, spread_rows(rows, len(some), np.random.default_rng(start)), encoder=encoder.id)
    return encoder.dim


def milliseconds(ask: Callable[[Any], index.Result], queries: list[Any]) -> dict[str, float]:
    for query in queries[:WARM]:
        ask(query)
    seconds, found = [], 0
    for query in queries[WARM:]:
        began = time.perf_counter()
        found += bool(ask(query).hits)
        seconds.append(time.perf_counter() - began)
    p50, p95 = np.percentile(seconds, [50, 95]) * 1000
    return {
        "queries": len(seconds),
        "with hits": found,
        "p50_ms": round(p50, 1),
        "p95_ms": round(p95, 1),
        "most_ms": round(1000 * max(seconds), 1),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name in ("store", "folder", "pictures"):
        parser.add_argument(f"--{name}", required=True, type=Path)
    parser.add_argument("--rows", type=int, default=100_000)
    options = parser.parse_args()
    real = open_store(options.store)
    store, _ = grown(real, options.folder / "looks_scale.store", options.rows)
    dim = viewed(real, store)
    result: dict[str, Any] = {**provenance(), "rows": options.rows, "numbers in a view": dim, "goals": GOALS}
    index.build(store)
    pictures = sorted(options.pictures.rglob("*.png"))[: QUERIES + WARM]
    texts = [text.strip() for text in TEXTS.split(";")]
    texts = [*texts, *(f"{text} {number}" for number in range(3) for text in texts)]
    began = time.perf_counter()
    index.search_image(store, pictures[0])
    result["first_query_seconds"] = round(time.perf_counter() - began, 2)
    for name, how in {"views": {}, "views of one half": {"where": "half=a"}, "shape": {"by": "shape"}}.items():
        result[f"picture by {name}"] = milliseconds(
            lambda one, how=how: index.search_image(store, one, **how), pictures
        )
    result["text by shape"] = milliseconds(lambda one: index.search_text(store, one, by=("shape",)), texts)
    save("looks_scale", result)
    print(json.dumps(result, indent=2))


if __name__ == "__main__":
    main()
