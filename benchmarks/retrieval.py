"""Leave-one-out retrieval of example classes: embeddings against a 12³ occupancy histogram of the same shapes.

    python benchmarks/retrieval.py [FOLDER ...]

Each FOLDER holds class folders of meshes; the default is the example meshes, which no model was trained on.
The histogram counts 4,096 surface points of the normalised shape in 12³ cells, is blurred by one cell
(the stronger choice) or not, and is compared by cosine, as embeddings are. The label-free row is the weight
change itself, centred, in its 64 main directions.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from record import EXAMPLES, provenance, save
from scipy.ndimage import gaussian_filter

from ingest import ingest
from ingest.files.geometry import Mesh
from ingest.files.load import load
from ingest.sampling.normalise import normalise
from inrstore import init_store, load_model
from inrstore.metrics import average_precision, retrieval_metrics
from inrstore.surface.points import surface_points


def histogram(path: str, blur: float) -> np.ndarray:
    geometry = normalise(load(path)).geometry
    assert isinstance(geometry, Mesh)
    points = surface_points(geometry.vertices, geometry.faces, 4_096, np.random.default_rng(0))
    cells, _ = np.histogramdd(points, bins=12, range=[(-1, 1)] * 3)
    return gaussian_filter(cells, blur).ravel() if blur else cells.ravel()


def unit(rows: np.ndarray) -> np.ndarray:
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def compare(folder: Path, model: str) -> dict[str, dict[str, Any]]:
    with tempfile.TemporaryDirectory() as scratch:
        store = init_store(f"{scratch}/s.store", load_model(model))
        ingest(store, [folder], labels_from="parent")
        keys, embeddings = store.embeddings()
        shapes = store.shapes_by_key([int(k) for k in keys])
        weights = store.weights([int(k) for k in keys])
        rows = [shapes[int(k)] for k in keys]
        bases = {field: store.base().start(field) for field in {s.field for s in rows}}
    change = np.stack([w - bases[s.field] for w, s in zip(weights, rows, strict=True)])
    change -= change.mean(axis=0)
    u, s, _ = np.linalg.svd(change, full_matrices=False)
    labels = [str(shape.label) for shape in rows]
    candidates = {
        "embedding (of what the networks say)": embeddings,
        "weight change, 64 main directions, nothing trained on labels": unit((u * s)[:, :64]),
        "occupancy histogram 12³": unit(np.stack([histogram(r.sources[0], 0) for r in rows])),
        "occupancy histogram 12³, blurred": unit(np.stack([histogram(r.sources[0], 1.0) for r in rows])),
    }
    table = {
        name: {k: round(float(v), 4) for k, v in retrieval_metrics(matrix, labels).items()}
        for name, matrix in candidates.items()
    }
    queries = {name: per_query(matrix, labels) for name, matrix in candidates.items()}
    first = next(iter(queries))
    for name in list(queries)[1:]:
        table[f"{first}, less {name}: 95 % of resampled queries"] = interval(queries[first] - queries[name])
    return table


def per_query(matrix: np.ndarray, labels: list[str]) -> np.ndarray:
    """(q, 2): whether the nearest other row is of the query's class, and the average precision."""
    scores = matrix @ matrix.T
    np.fill_diagonal(scores, -np.inf)
    names = np.array(labels)
    found = names[np.argsort(-scores, axis=1, kind="stable")[:, :-1]] == names[:, None]
    found = found[found.any(axis=1)]
    return np.column_stack([found[:, 0], average_precision(found)])


def interval(difference: np.ndarray) -> dict[str, list[float]]:
    """From how much to how much the mean difference goes when the queries are drawn again (bootstrap)."""
    rng = np.random.default_rng(0)
    means = np.stack([difference[rng.integers(0, len(difference), len(difference))].mean(axis=0) for _ in range(5_000)])
    low, high = np.quantile(means, [0.025, 0.975], axis=0)
    return {key: [round(float(low[i]), 4), round(float(high[i]), 4)] for i, key in enumerate(("hit@1", "map"))}


def main() -> None:
    parser = argparse.ArgumentParser(description="Retrieval from weights against an occupancy histogram.")
    parser.add_argument("folders", nargs="*", type=Path, default=[EXAMPLES])
    parser.add_argument("--model", default="default")
    parser.add_argument("--dry", action="store_true", help="print only")
    options = parser.parse_args()
    result = provenance()
    result["sets"] = {folder.name: compare(folder, options.model) for folder in options.folders}
    if not options.dry:
        save("retrieval", result)
    print(json.dumps(result, indent=2, ensure_ascii=False))


if __name__ == "__main__":
    main()
