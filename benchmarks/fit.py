"""Fitting against the official recipe: seconds, operations and surface error a shape; and how few steps search needs.

    python benchmarks/fit.py

Surfaces: the meshes whose official surfaces official.py has kept, with the same sampler, sign and evaluation. Our fits
run one a core, and the seconds a shape are those of the whole machine from the first fit to the last, divided by the
meshes. The official recipe's seconds are 500 times those of one of its steps, timed in this run with all cores.
Search: the 74 example meshes by class, embeddings of fits of growing length against the embedding of the exact field,
which is what a fit without any error, by whatever recipe, would give.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from functools import cache, partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
import torch
from matplotlib.figure import Figure
from record import EXAMPLES, RESULTS, provenance, save
from surfaces import compare, draw, official_seconds, read

from ingest.files.geometry import Mesh
from ingest.sampling.sample import sample_mesh
from inrstore.metrics import retrieval_metrics
from inrstore.model import Model, load_model
from inrstore.model.encoders.lattice import LatticeEncoder
from inrstore.model.encoders.readings import probes
from inrstore.network.fields import FieldSamples, labels
from inrstore.network.fitting import fit, siren_of
from inrstore.network.optimiser import ITERATIONS
from inrstore.network.recipe import PAPER, Recipe
from inrstore.records import FloatArray

CORES = os.cpu_count() or 1
LADDERS = {"fast": (60,), "default": (100, 200, 400), "fidelity": (300, 1_200)}
"""Steps; the profile's own among them."""
SEARCH_STEPS = (25, 50, 100, 200, 400)


def flops(recipe: Recipe) -> float:
    """Multiplications and additions of one fit: three passes over the weights a point, and Muon's own products."""
    steps = 6.0 * siren_of(recipe).size * recipe.batch_points
    muon = (recipe.layers - 1) * ITERATIONS * 3 * 2.0 * recipe.hidden**3 if recipe.muon else 0.0
    return recipe.steps * (steps + muon)


@cache
def base_of(recipe: Recipe, field: str) -> FloatArray:
    """(W,) where a recipe starts; read once in each process, as `ingest` does."""
    return load_model(recipe.name).base.start(field)


def stored(recipe: Recipe, samples: FieldSamples) -> FloatArray:
    """(W,) weights as a store gives them back: the change from the base in 16 bits."""
    base = base_of(recipe, samples.field)
    change = fit([samples], torch.from_numpy(base), recipe).weights[0] - base
    return base + change.astype(np.float16).astype(np.float32)


def one_thread() -> None:
    torch.set_num_threads(1)
    os.environ["IGL_NUM_THREADS"] = "1"


def pool() -> ProcessPoolExecutor:
    return ProcessPoolExecutor(CORES, mp_context=get_context("forkserver"), initializer=one_thread)


def timed(workers: ProcessPoolExecutor, work: Any, tasks: Sequence[Any]) -> tuple[list[Any], float]:
    """Results, and seconds a task on the whole machine."""
    began = time.perf_counter()
    done = list(workers.map(work, tasks))
    return done, (time.perf_counter() - began) / len(tasks)


def mean(rows: Sequence[dict[str, Any]]) -> dict[str, float]:
    return {key: round(float(np.mean([row[key] for row in rows])), 5) for key in ("f@0.01", "f@0.005", "chamfer_l1")}


def summary(rows: Sequence[dict[str, Any]], fields: Sequence[str]) -> dict[str, Any]:
    open_ones = [row for row, field in zip(rows, fields, strict=True) if field == "udf"]
    return mean(rows) | {"meshes": len(rows), "open": len(open_ones), "open meshes": mean(open_ones)}


def surfaces(official_steps: int, limit: int | None) -> dict[str, Any]:
    """The table: official recipe first, then every profile at every length of its ladder."""
    kept = [json.loads(path.read_text()) for path in sorted((RESULTS / "official").glob("*.json"))][:limit]
    paths, fields = [EXAMPLES / row["mesh"] for row in kept], [row["field"] for row in kept]
    table: dict[str, Any] = {}
    with pool() as workers:
        meshes, _ = timed(workers, read, paths)
        _, sampling = timed(workers, partial(draw, recipe=PAPER), meshes[: 2 * CORES])
        table["official"] = summary(kept, fields) | {
            "seconds": round(official_seconds(official_steps), 2),
            "sampling_seconds": round(sampling, 3),
            "gflop": round(flops(PAPER) / 1e9),
        }
        print("official", table["official"], flush=True)
        for name, ladder in LADDERS.items():
            profile = load_model(name).recipe
            samples, sampling = timed(workers, partial(draw, recipe=profile), meshes)
            for steps in ladder:
                recipe = replace(profile, steps=steps)
                weights, seconds = timed(workers, partial(stored, recipe), samples)
                figures = [
                    compare(mesh, s.field, siren_of(recipe), w)
                    for mesh, s, w in zip(meshes, samples, weights, strict=True)
                ]
                key = name if steps == profile.steps else f"{name}, {steps} steps"
                table[key] = summary(figures, fields) | {
                    "seconds": round(seconds, 4),
                    "sampling_seconds": round(sampling, 3),
                    "gflop": round(flops(recipe) / 1e9, 1),
                }
                print(key, table[key], flush=True)
    return table


def ratios(table: dict[str, Any]) -> dict[str, dict[str, float]]:
    theirs = table["official"]
    return {
        name: {
            "time": round(theirs["seconds"] / ours["seconds"], 1),
            "time with sampling": round(
                (theirs["seconds"] + theirs["sampling_seconds"]) / (ours["seconds"] + ours["sampling_seconds"]), 1
            ),
            "operations": round(theirs["gflop"] / ours["gflop"], 1),
        }
        for name, ours in table.items()
        if name != "official"
    }


def exact(mesh: Mesh, field: str, model: Model) -> FloatArray:
    """(d,) embedding of what a network without error would say at the encoder's probes."""
    encoder = model.build_encoder()
    assert isinstance(encoder, LatticeEncoder)
    places = probes(encoder.sizes.probes)
    sampling, rng = model.recipe.sampling, np.random.default_rng(0)
    true, _ = sample_mesh(mesh.vertices, mesh.faces, field, sampling, rng, lambda _: places.double().numpy())
    said = torch.logit(labels(field, torch.from_numpy(true.values)))
    with torch.no_grad():
        embedding: FloatArray = encoder.embed(encoder.volumes(field, said[None]))[0].numpy()
    return embedding


def search() -> dict[str, Any]:
    """Retrieval by class for fits of every length, and for the exact field."""
    paths = sorted(EXAMPLES.rglob("*.obj"))
    classes = [path.parent.name for path in paths]
    model = load_model("default")
    table: dict[str, Any] = {}
    with pool() as workers:
        meshes = list(workers.map(read, paths))
        samples = list(workers.map(partial(draw, recipe=model.recipe), meshes))
        ideal = np.stack([exact(m, s.field, model) for m, s in zip(meshes, samples, strict=True)])
        table["exact field"] = found(ideal, classes)
        for steps in SEARCH_STEPS:
            recipe = replace(model.recipe, steps=steps, rounds=1)
            weights, seconds = timed(workers, partial(stored, recipe), samples)
            rows = np.concatenate([model.encode(s.field, w[None]) for s, w in zip(samples, weights, strict=True)])
            near = float(np.mean(np.sum(rows * ideal, axis=1)))
            table[f"{steps} steps"] = found(rows, classes) | {
                "cosine to the exact field's": round(near, 4),
                "shapes_per_second": round(1 / seconds, 2),
            }
            print(steps, table[f"{steps} steps"], flush=True)
    return table


def found(rows: FloatArray, classes: list[str]) -> dict[str, float]:
    figures = retrieval_metrics(rows, classes)
    return {key: round(figures[key], 4) for key in ("hit@1", "hit@5", "map")}


def plot(table: dict[str, Any], path: Path) -> None:
    figure = Figure(figsize=(9, 3.8), layout="constrained")
    for axes, key in zip(figure.subplots(1, 2), ("chamfer_l1", "f@0.01"), strict=True):
        for name in LADDERS:
            rows = sorted((r["seconds"], r[key]) for n, r in table.items() if n.split(",")[0] == name)
            axes.plot(*zip(*rows, strict=True), "-", color="0.75", zorder=1)
            axes.scatter(*zip(*rows, strict=True), s=18, label=f"{name}, other lengths", zorder=2)
            axes.scatter(table[name]["seconds"], table[name][key], s=90, marker="*", label=f"profile {name}", zorder=3)
        axes.scatter(table["official"]["seconds"], table["official"][key], s=60, color="k", label="official recipe")
        axes.set(xscale="log", xlabel=f"seconds a shape, {CORES} CPU cores")
        axes.grid(alpha=0.3)
    figure.axes[1].legend(fontsize=7, loc="lower right")
    figure.axes[0].set_title("Chamfer-L1 (lower is better)", fontsize=9)
    figure.axes[1].set_title("F@0.01 (higher is better)", fontsize=9)
    figure.savefig(path, dpi=130)


def main() -> None:
    parser = argparse.ArgumentParser(description="Fitting against the official recipe.")
    parser.add_argument("--official-steps", type=int, default=10)
    parser.add_argument("--limit", type=int, help="only so many meshes; nothing is saved")
    options = parser.parse_args()
    result: dict[str, Any] = provenance()
    result["surfaces"] = surfaces(options.official_steps, options.limit)
    result["official over ours"] = ratios(result["surfaces"])
    print(json.dumps(result["official over ours"], indent=2), flush=True)
    result["search"] = search()
    if options.limit is None:
        save("fit", result)
        plot(result["surfaces"], RESULTS / "fit.png")


if __name__ == "__main__":
    main()
