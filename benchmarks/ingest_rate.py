"""From OBJ file to committed row and embedding: shapes a second, bytes a shape, against the official recipe.

    python benchmarks/ingest_rate.py

Runs `inrstore ingest` over the example meshes into a fresh store, as a user would, process start included.
Then times a few steps of the official recipe (3-512×4-1, 10,000 points, Adam, fp32) with all cores and takes
500 of them for one of its fits.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from record import EXAMPLES, provenance, save
from surfaces import official_seconds

from inrstore.network.recipe import PAPER


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
    seconds = official_seconds(steps)
    return {"seconds_per_step": round(seconds / PAPER.steps, 3), "shapes_per_second": round(1 / seconds, 5)}


def main() -> None:
    parser = argparse.ArgumentParser(description="Rate and size of ingest.")
    parser.add_argument("folder", nargs="?", type=Path, default=EXAMPLES)
    parser.add_argument("--official-steps", type=int, default=10)
    options = parser.parse_args()
    result = provenance() | {profile: ours(options.folder, profile) for profile in ("fast", "default")}
    result["official"] = official(options.official_steps)
    ratio = result["default"]["shapes_per_second"] / result["official"]["shapes_per_second"]
    result["ratio"] = round(ratio)
    save("ingest_rate", result)
    print(json.dumps(result, indent=2))


if __name__ == "__main__":
    main()
