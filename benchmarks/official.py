"""Surfaces of the official recipe, which costs minutes a mesh: done once, kept, and read by fit.py.

    python benchmarks/official.py [--meshes N] [--part K/M]

The published recipe to the letter (`paper` profile: 3-512×4-1, 500 steps of 10,000 of 500,000 points, Adam 1e-4,
fp32) on the first N meshes of the seeded order of surfaces.py. Every mesh is saved as it is done, and a mesh that is
there is not done again, so the run can be stopped, and shared out: --part 1/2 and --part 2/2 side by side. Surfaces do
not depend on what else the machine does; times do, so fit.py measures them, and not this.
"""

from __future__ import annotations

import argparse
import json
import time

import torch
from record import EXAMPLES, RESULTS, provenance
from surfaces import compare, draw, meshes, read

from inrstore.network.fitting import fit, random_base, siren_of
from inrstore.network.recipe import PAPER

KEPT = RESULTS / "official"


def main() -> None:
    parser = argparse.ArgumentParser(description="Surfaces of the official recipe.")
    parser.add_argument("--meshes", type=int, default=24)
    parser.add_argument("--part", default="1/1")
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    part, parts = map(int, options.part.split("/"))
    KEPT.mkdir(parents=True, exist_ok=True)
    for path in meshes(options.meshes)[part - 1 :: parts]:
        kept = KEPT / f"{path.parent.name}-{path.stem}.json"
        if kept.exists():
            continue
        began = time.process_time()
        mesh = read(path)
        samples = draw(mesh, PAPER)
        drawn = time.process_time()
        fitted = fit([samples], random_base(PAPER), PAPER)
        cpu = {"sample_cpu_seconds": drawn - began, "fit_cpu_seconds": time.process_time() - drawn}
        figures = compare(mesh, samples.field, siren_of(PAPER), fitted.weights[0])
        row = {"mesh": str(path.relative_to(EXAMPLES)), "field": samples.field, "error": float(fitted.error[0])}
        kept.write_text(json.dumps(provenance() | row | cpu | figures, indent=2) + "\n")
        print(row["mesh"], {k: round(v, 4) for k, v in (cpu | figures).items()}, flush=True)


if __name__ == "__main__":
    main()
