"""From OBJ file to committed row and embedding: shapes a second, bytes a shape, against the official recipe.

    python benchmarks/ingest_rate.py

Runs `inrstore ingest` over the example meshes into a fresh store, as a user would, process start included.
Then times a few steps of the official recipe (3-512×4-1, 10,000 points, Adam, fp32) with all cores and takes
500 of them for one of its fits.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from record import EXAMPLES, provenance, save

from inrstore.fields import FieldSamples
from inrstore.fitting import fit, random_base
from inrstore.recipe import PAPER


def run(*arguments: str) -> dict[str, float]:
    done = subprocess.run([sys.executable, "-m", "cli", *arguments, "--json"], capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(done.stderr)
    answer: dict[str, float] = json.loads(done.stdout)
    return answer


def ours(folder: Path, profile: str) -> dict[str, float]:
    with tempfile.TemporaryDirectory() as scratch:
        store = f"{scratch}/shapes.store"
        run("init", store)
        start = time.perf_counter()
        result = run("ingest", str(folder), "--store", store, "--labels-from", "parent", "--profile", profile)
        seconds = time.perf_counter() - start
        size = run("stats", "--store", store)["bytes_per_shape"]
    return {
        "stored": result["stored"],
        "failed": result["failed"],
        "seconds": round(seconds, 2),
        "shapes_per_second": round(result["stored"] / seconds, 2),
        "kib_per_shape": round(size / 1024, 1),
    }


def official(steps: int) -> dict[str, float]:
    """Seconds of one official fit on all cores, from `steps` of its steps."""
    rng = np.random.default_rng(0)
    points = rng.uniform(-1, 1, (50_000, 3)).astype(np.float32)
    samples = FieldSamples("sdf", points, np.linalg.norm(points, axis=1).astype(np.float32) - 0.5)
    base = random_base(PAPER)
    torch.set_num_threads(os.cpu_count() or 1)
    fit([samples], base, replace(PAPER, steps=1))
    start = time.perf_counter()
    fit([samples], base, replace(PAPER, steps=steps))
    per_step = (time.perf_counter() - start) / steps
    return {"seconds_per_step": round(per_step, 3), "shapes_per_second": round(1 / (per_step * PAPER.steps), 5)}


def main() -> None:
    parser = argparse.ArgumentParser(description="Rate and size of ingest.")
    parser.add_argument("folder", nargs="?", type=Path, default=EXAMPLES)
    parser.add_argument("--official-steps", type=int, default=10)
    options = parser.parse_args()
    result = provenance() | {"default": ours(options.folder, "default"), "official": official(options.official_steps)}
    ratio = result["default"]["shapes_per_second"] / result["official"]["shapes_per_second"]
    result["ratio"] = round(ratio)
    save("ingest_rate", result)
    print(json.dumps(result, indent=2))


if __name__ == "__main__":
    main()
