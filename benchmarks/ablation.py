"""What each part of a fit is worth: start, steps, width, optimiser and loss, by surface error and label-free retrieval.

    python benchmarks/ablation.py [--cloud-data FOLDER]

One change at a time from a common setting, and two settings: `short` (60 steps, what the fast profile takes) and
`long` (1,200 steps, what fidelity takes). Surface: Chamfer-L1 and F@0.01 on 8 meshes, as in fit.py. Retrieval: cosine
on the 64 main directions of the weight change, nothing trained, over the example meshes by class, or over clouds of
ModelNet40's training side where --cloud-data names the folder that holds them (short setting only).
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from fit import flops, pool
from record import EXAMPLES, provenance, save
from surfaces import compare, draw, meshes, read

from ingest.sampling.sample import sample_cloud
from inrstore.errors import EmptySurface
from inrstore.metrics import retrieval_metrics
from inrstore.model import load_model, start_base
from inrstore.network.fields import FieldSamples
from inrstore.network.fitting import fit, siren_of
from inrstore.network.recipe import FIDELITY, Recipe
from inrstore.records import FloatArray

SURFACES = 8
DIRECTIONS = 64
PER_CLASS = 4
SHORT = replace(load_model("fast").recipe, base="random")
LONG = FIDELITY


@dataclass(frozen=True)
class Case:
    """One row of the table."""

    name: str
    recipe: Recipe
    own: bool = False
    """Whether a random start is drawn anew for each shape."""


def short_cases() -> list[Case]:
    adam, learned = replace(SHORT, muon=0.0), replace(SHORT, base="fast")
    return [
        Case("as it is", SHORT),
        Case("start: learned (Reptile)", learned),
        Case("start: own random", SHORT, own=True),
        Case("10 steps", replace(SHORT, steps=10)),
        Case("10 steps, start: learned", replace(learned, steps=10)),
        Case("20 steps", replace(SHORT, steps=20)),
        Case("20 steps, start: learned", replace(learned, steps=20)),
        Case("Adam 0.002 everywhere", replace(adam, learning_rate=2e-3)),
        Case("Adam 0.005 everywhere", replace(adam, learning_rate=5e-3)),
        Case("32 wide", replace(SHORT, hidden=32)),
        Case("128 wide", replace(SHORT, hidden=128)),
        Case("absolute loss", replace(SHORT, loss="absolute")),
        Case("float32 products", replace(SHORT, half=False)),
    ]


def long_cases() -> list[Case]:
    random = replace(LONG, base="random")
    return [
        Case("as it is", LONG),
        Case("start: shared random", random),
        Case("start: learned for the fast profile", replace(LONG, base="fast")),
        Case("cross entropy", replace(LONG, loss="entropy")),
        Case("start: shared random, ω 40", replace(random, omega=40.0)),
        Case("start: shared random, 96 wide, 610 steps", replace(random, hidden=96, steps=610)),
        Case("2,048 points, 510 steps", replace(LONG, batch_points=2_048, steps=510)),
        Case("Adam 0.002 everywhere", replace(LONG, muon=0.0, learning_rate=2e-3)),
        Case("float32 products", replace(LONG, half=False)),
    ]


def fitted(task: tuple[int, FieldSamples], case: Case) -> tuple[FloatArray, FloatArray]:
    """(W,) base and weights of one shape."""
    number, samples = task
    recipe = replace(case.recipe, base_seed=number) if case.own else case.recipe
    base = start_base(recipe, load_model("default").base).start(samples.field)
    return base, fit([samples], torch.from_numpy(base), recipe).weights[0]


def surface(mesh: Any, field: str, recipe: Recipe, weights: FloatArray) -> dict[str, float]:
    try:
        return compare(mesh, field, siren_of(recipe), weights)
    except EmptySurface:
        return {"chamfer_l1": 1.0, "f@0.01": 0.0}


def retrieval(rows: Sequence[tuple[FloatArray, FloatArray]], classes: Sequence[str]) -> dict[str, float]:
    change = np.stack([weights - base for base, weights in rows])
    change -= change.mean(axis=0)
    u, s, _ = np.linalg.svd(change, full_matrices=False)
    figures = retrieval_metrics((u * s)[:, :DIRECTIONS], classes)
    return {key: round(figures[key], 4) for key in ("hit@1", "hit@5", "map")}


def clouds(folder: Path) -> tuple[list[FloatArray], list[str]]:
    """`PER_CLASS` clouds of each class of one half of ModelNet40's training side, by a fixed seed."""
    held = np.load(folder / "modelnet40_train_a.npz")
    points, label = held["points"], held["label"]
    order = np.random.default_rng(0).permutation(len(label))
    chosen = np.concatenate([order[label[order] == c][:PER_CLASS] for c in np.unique(label)])
    return [points[i] / 65535.0 * 2 - 1 for i in chosen], [str(label[i]) for i in chosen]


def table_of(cases: Sequence[Case], sets: dict[str, tuple[list[Any], list[FieldSamples], list[str]]]) -> dict[str, Any]:
    table: dict[str, Any] = {}
    with pool() as workers:
        for case in cases:
            row: dict[str, Any] = {"gflop": round(flops(case.recipe) / 1e9, 1)}
            for name, (shapes, samples, classes) in sets.items():
                rows = list(workers.map(partial(fitted, case=case), enumerate(samples)))
                if name == "surface":
                    found = [
                        surface(mesh, s.field, case.recipe, weights)
                        for mesh, s, (_, weights) in zip(shapes, samples, rows, strict=True)
                    ]
                    row |= {k: round(float(np.mean([f[k] for f in found])), 4) for k in ("chamfer_l1", "f@0.01")}
                else:
                    row[name] = retrieval(rows, classes)
            table[case.name] = row
            print(case.name, row, flush=True)
    return table


def main() -> None:
    parser = argparse.ArgumentParser(description="What each part of a fit is worth.")
    parser.add_argument("--cloud-data", type=Path)
    options = parser.parse_args()
    result: dict[str, Any] = provenance()
    few = [read(path) for path in meshes(SURFACES)]
    paths = sorted(EXAMPLES.rglob("*.obj"))
    every, classes = [read(path) for path in paths], [path.parent.name for path in paths]
    for name, cases in (("short", short_cases()), ("long", long_cases())):
        recipe = cases[0].recipe
        sets = {"surface": (few, [draw(mesh, recipe) for mesh in few], [])}
        if name == "short":
            sets["example meshes"] = (every, [draw(mesh, recipe) for mesh in every], classes)
            if options.cloud_data:
                held, label = clouds(options.cloud_data)
                rng = np.random.default_rng(0)
                sets["clouds"] = (held, [sample_cloud(c, recipe.sampling, rng)[0] for c in held], label)
        result[name] = table_of(cases, sets)
    save("ablation", result)
    print(json.dumps(result, indent=2))


if __name__ == "__main__":
    main()
