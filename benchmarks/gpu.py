"""Fits on a GPU: shapes a second of every profile, and which share of the card's measured arithmetic that is.

    python benchmarks/gpu.py

Shapes are the example meshes, as often as a batch has room. Samples lie in the host's memory when the clock starts, and
weights when it stops. `paper` keeps the published network, points and steps, with hidden products in bfloat16. Surfaces
of the first meshes are compared with those of the same fits on the CPU.
"""

from __future__ import annotations

import argparse
import json
import time
from dataclasses import replace
from itertools import cycle, islice
from typing import Any

import numpy as np
import torch
from fit import flops
from record import provenance, save
from surfaces import compare, draw, meshes, read

from inrstore.model import load_model, start_base
from inrstore.network.fields import FieldSamples
from inrstore.network.fitting import fit, siren_of
from inrstore.network.recipe import FIDELITY, PAPER, Recipe

DEFAULT = load_model("default")
BATCHES = {"default": (DEFAULT.recipe, 512), "fidelity": (FIDELITY, 256), "paper": (replace(PAPER, half=True), 16)}
MESHES, COMPARED = 6, 3
SIDE = 8_192


def wait(device: str) -> None:
    if device == "cuda":
        torch.cuda.synchronize()


def arithmetic(device: str, side: int) -> float:
    """Operations a second of a large product in bfloat16, the best of five."""
    matrix = torch.randn(side, side, device=device, dtype=torch.bfloat16)
    best = np.inf
    for _ in range(5):
        wait(device)
        began = time.perf_counter()
        torch.mm(matrix, matrix)
        wait(device)
        best = min(best, time.perf_counter() - began)
    return 2 * side**3 / best


def rate(samples: list[FieldSamples], recipe: Recipe, device: str, repeats: int) -> float:
    """Shapes a second: the best of some calls after one that is not timed."""
    base = torch.from_numpy(start_base(recipe, DEFAULT.base).start(samples[0].field))
    fit(samples, base, replace(recipe, steps=3), device=device)
    best = np.inf
    for _ in range(repeats):
        began = time.perf_counter()
        fit(samples, base, recipe, device=device)
        best = min(best, time.perf_counter() - began)
    return len(samples) / best


def quality(shapes: list[Any], samples: list[FieldSamples], recipe: Recipe, device: str) -> dict[str, float]:
    base = start_base(recipe, DEFAULT.base).start(samples[0].field)
    weights = fit(samples, torch.from_numpy(base), recipe, device=device).weights
    found = [compare(mesh, s.field, siren_of(recipe), w) for mesh, s, w in zip(shapes, samples, weights, strict=True)]
    return {key: round(float(np.mean([f[key] for f in found])), 5) for key in found[0]}


def main() -> None:
    parser = argparse.ArgumentParser(description="Fits on a GPU.")
    parser.add_argument("--device", default="cuda", help="anything else is a rehearsal, and nothing is saved")
    parser.add_argument("--share", type=float, default=1.0, help="of the batches, steps and product, for a rehearsal")
    options = parser.parse_args()
    device, share = options.device, options.share
    result: dict[str, Any] = provenance()
    if device == "cuda":
        result["card"] = torch.cuda.get_device_name()
    speed_limit = arithmetic(device, max(64, int(SIDE * share)))
    result["bf16_tflops"] = round(speed_limit / 1e12, 2)
    shapes = [read(path) for path in meshes(MESHES)]
    for name, (profile, batch) in BATCHES.items():
        recipe = replace(profile, steps=max(3, int(profile.steps * share)))
        drawn = [draw(mesh, recipe) for mesh in shapes]
        closed = [(mesh, s) for mesh, s in zip(shapes, drawn, strict=True) if s.field == "sdf"]
        samples = list(islice(cycle([s for _, s in closed]), max(2, int(batch * share))))
        speed = rate(samples, recipe, device, repeats=3)
        row = {"batch": len(samples), "shapes_per_second": round(speed, 2)}
        row["share_of_arithmetic"] = round(speed * flops(recipe) / speed_limit, 4)
        print(name, json.dumps(row), flush=True)
        if name != "paper":  # on a CPU that takes minutes a shape
            few = [list(x) for x in zip(*closed[:COMPARED], strict=True)]
            row["surface"] = quality(*few, recipe, device)
            row["surface on the CPU"] = quality(*few, recipe, "cpu")
        result[name] = row
        print(name, json.dumps(row), flush=True)
        if device == "cuda":
            save("gpu", result)


if __name__ == "__main__":
    main()
