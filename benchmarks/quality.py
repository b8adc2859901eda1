"""Surface quality of every profile beside its time: decoded mesh against source, as a table and a plot.

    python benchmarks/quality.py [--paper N]

Mean over the example meshes, 200,000 samples a side in the unit sphere: Chamfer-L1 (mean of both directions),
F@0.01, F@0.005. Each mesh is fitted on one core from the same kind of samples (the same robust sign, and udf
where the surface is open), decoded at 256³. The official recipe costs minutes a mesh, so it runs on N meshes,
with all cores, and the table has a row for ours on just these. Times are per shape on the whole machine:
our fits run one a core, so their seconds are divided by the number of cores; --jobs 1 makes it a real serial run.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch
from matplotlib.figure import Figure
from record import EXAMPLES, RESULTS, provenance, save

from ingest.geometry import Mesh
from ingest.load import load
from ingest.normalise import normalise
from ingest.sample import sample_mesh, surface_points
from inrstore.fitting import fit, random_base, siren_of
from inrstore.metrics import surface_metrics
from inrstore.model import load_model
from inrstore.recipe import PROFILES, Recipe
from inrstore.surface import extract_mesh, inr_field, sample_surface

SAMPLES = 200_000
RESOLUTION = 256


def measure(path: Path, recipe: Recipe, threads: int) -> dict[str, float]:
    """Seconds and figures of one mesh in one profile."""
    geometry = normalise(load(path)).geometry
    assert isinstance(geometry, Mesh)
    torch.set_num_threads(threads)
    start = time.perf_counter()
    samples, _ = sample_mesh(geometry.vertices, geometry.faces, "auto", recipe.sampling, np.random.default_rng(0))
    sampled = time.perf_counter()
    own = recipe.base == "model"
    base = torch.from_numpy(load_model("default").base(samples.field)) if own else random_base(recipe)
    fitted = fit([samples], base, recipe)
    done = time.perf_counter()
    torch.set_num_threads(os.cpu_count() or 1)
    weights = fitted.weights[0]
    stored = weights if not own else base.numpy() + (weights - base.numpy()).astype(np.float16).astype(np.float32)
    vertices, faces = extract_mesh(inr_field(siren_of(recipe), stored), samples.field, RESOLUTION)
    decoded = sample_surface(vertices, faces, SAMPLES, np.random.default_rng(1))
    source = surface_points(geometry.vertices, geometry.faces, SAMPLES, np.random.default_rng(2))
    figures = surface_metrics(decoded, source, taus=(0.01, 0.005), workers=-1)
    return {"sample": sampled - start, "fit": done - sampled, "udf": float(samples.field == "udf"), **figures}


def average(rows: list[dict[str, float]], cores: int) -> dict[str, float]:
    mean = {key: round(float(np.mean([row[key] for row in rows])), 5) for key in rows[0]}
    mean["seconds"] = round((mean.pop("sample") + mean.pop("fit")) / cores, 3)
    return mean | {"meshes": len(rows)}


def plot(table: dict[str, dict[str, Any]]) -> None:
    figure = Figure(figsize=(8, 4.2), layout="constrained")
    for axes, key in zip(figure.subplots(1, 2), ("f@0.01", "chamfer_l1"), strict=True):
        for name, row in table.items():
            axes.scatter(row["seconds"], row[key], s=60, label=name)
        axes.set(xscale="log", xlabel="seconds a shape, whole machine", ylabel=key)
        axes.grid(alpha=0.3)
    figure.axes[0].legend(fontsize=8)
    figure.savefig(RESULTS / "quality.png", dpi=130)


def main() -> None:
    parser = argparse.ArgumentParser(description="Surface quality and time of every profile.")
    parser.add_argument("--paper", type=int, default=2, metavar="N", help="meshes for the official recipe")
    parser.add_argument("--every", type=int, default=1, help="only every so many-th example mesh")
    options = parser.parse_args()
    result = provenance()
    cores = os.cpu_count() or 1
    meshes = sorted(EXAMPLES.rglob("*.obj"))[:: options.every]
    step = max(1, len(meshes) // max(1, options.paper))
    few = meshes[step // 2 :: step][: options.paper]
    table: dict[str, dict[str, Any]] = {}
    for name in ("default", "fidelity"):
        rows = {path: measure(path, PROFILES[name], threads=1) for path in meshes}
        table[name] = average(list(rows.values()), cores)
        if few:
            table[f"{name}, meshes of the official row"] = average([rows[path] for path in few], cores)
        print(name, table[name], flush=True)
    if few:
        table["official recipe"] = average([measure(p, PROFILES["paper"], threads=cores) for p in few], 1)
        ours, theirs = table["fidelity, meshes of the official row"], table["official recipe"]
        result["official / fidelity time"] = round(theirs["seconds"] / ours["seconds"], 1)
    save("quality", result | {"few": [str(p.relative_to(EXAMPLES)) for p in few], "table": table})
    plot(table)
    print(json.dumps(table, indent=2))


if __name__ == "__main__":
    main()
