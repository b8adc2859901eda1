"""Classes that an encoder never learned, as the shapes lie and in any pose: leave one out, as `inrstore search` ranks.

    python benchmarks/classes.py NAME=FOLDER... --work DIR [--models MODEL ...] [--poses none up free] [--asked 120]

A FOLDER holds one folder a class, of meshes; they are fitted as networks of the profile fast into a store below DIR,
which is kept, and encoded by each MODEL. `none` compares as the shapes lie, `up`, the default of a search, also turned
about the upright axis and mirrored, `free` in any pose, where the part of an embedding that bending does not change
counts most. Of `free`, which takes seconds a query, `--asked` shapes are asked, evenly spread; of the others all.
Nothing is re-ranked.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path

import numpy as np
from record import RESULTS, provenance, save

import index
import ingest
from inrstore.metrics.retrieval import average_precision
from inrstore.model import load_model
from inrstore.store import Store, init_store, open_store


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("folders", nargs="+", metavar="NAME=FOLDER")
    parser.add_argument("--work", required=True, type=Path)
    parser.add_argument("--models", nargs="+", default=["default"])
    parser.add_argument("--poses", nargs="+", default=["none", "up", "free"])
    parser.add_argument("--asked", type=int, default=120)
    options = parser.parse_args()
    path = RESULTS / "classes.json"
    rows = json.loads(path.read_text())["figures"] if path.exists() else {}
    for text in options.folders:
        name, _, folder = text.partition("=")
        store = prepared(options.work / f"{name}.store", Path(folder))
        for model in options.models:
            ingest.reencode(store, model)
            for pose in options.poses:
                row = measured(store, pose, options.asked if pose == "free" else store.count())
                row["commit"] = provenance()["commit"]
                rows.setdefault(name, {}).setdefault(Path(model).name, {})[pose] = row
                print(name, model, pose, row, flush=True)
                save("classes", {**provenance(), "figures": rows})


def prepared(there: Path, folder: Path) -> Store:
    store = open_store(there) if there.exists() else init_store(there, load_model("fast"))
    ingest.ingest(store, [folder], labels_from="parent", thumbnails=False)
    return store


def measured(store: Store, pose: str, asked: int) -> dict[str, float]:
    """Shares of the queries with one of their class among the first, mean average precision, seconds a query."""
    labels = store.values("label")
    keys = sorted(labels)
    some = keys[:: max(1, len(keys) // asked)]
    index.search(store, some[:1], k=1, pose="none")  # builds the index
    started = time.perf_counter()
    found = index.search(store, some, k=len(keys), pose=pose, rerank=0)
    seconds = (time.perf_counter() - started) / len(some)
    right = np.array(
        [[hit.label == labels[key] for hit in answer.hits] for key, answer in zip(some, found, strict=True)]
    )
    figures = {f"hit@{count}": float(right[:, :count].any(axis=1).mean()) for count in (1, 5, 10)}
    precision = average_precision(right[right.any(axis=1)])
    row = {**figures, "map": float(precision.mean()), "seconds": seconds}
    return {"asked": len(some), **{name: round(value, 4) for name, value in row.items()}}


if __name__ == "__main__":
    main()
