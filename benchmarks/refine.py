"""How many kept samples a later fit needs: error of the fidelity profile fitted to them, and of one fitted to the file.

    python benchmarks/refine.py

As `refine` does it, nine in ten of the kept samples are fitted. On the first meshes of the seeded order of surfaces.py:
mean error of the clipped distance at samples that no fit saw, and bytes a shape of the shards in which a store keeps
the samples.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import torch
from record import EXAMPLES, provenance, save
from surfaces import draw, meshes, read

from ingest import ingest
from ingest.refining.refit import error_at, split
from inrstore import init_store, load_model
from inrstore.model import start_base
from inrstore.network.fields import FieldSamples
from inrstore.network.fitting import fit, siren_of
from inrstore.network.recipe import FIDELITY

COUNTS = (20_000, 40_000, 60_000)


def error(samples: FieldSamples, fresh: FieldSamples) -> float:
    """Of a fit to `samples`, at `fresh` ones, in units of the radius."""
    base = start_base(FIDELITY, load_model("default").base).start(samples.field)
    weights = fit([samples], torch.from_numpy(base), FIDELITY).weights[0]
    return error_at(siren_of(FIDELITY), weights, fresh)


def kept(paths: list[Path], count: int) -> tuple[list[FieldSamples], float]:
    """What a store keeps of each file, read back, and bytes a shape."""
    with tempfile.TemporaryDirectory() as scratch:
        store = init_store(f"{scratch}/s.store", load_model("default"))
        ingest(store, paths, keep_samples=count)
        keys = [store.shape(str(path)).key for path in paths]
        return list(store.samples(keys)), store.stats()["bytes_samples"] / len(paths)


def main() -> None:
    parser = argparse.ArgumentParser(description="How many kept samples a later fit needs.")
    parser.add_argument("--meshes", type=int, default=8)
    options = parser.parse_args()
    result: dict[str, Any] = provenance()
    torch.set_num_threads(1)
    paths = meshes(options.meshes)
    geometries = [read(path) for path in paths]
    fresh = [draw(mesh, FIDELITY, seed=7) for mesh in geometries]
    table: dict[str, Any] = {}
    for count in COUNTS:
        samples, size = kept(paths, count)
        errors = [error(split(s)[0], f) for s, f in zip(samples, fresh, strict=True)]
        table[f"{count:,} kept"] = {"error": round(float(np.mean(errors)), 6), "bytes": round(size)}
        print(count, table[f"{count:,} kept"], flush=True)
    errors = [error(draw(mesh, FIDELITY), f) for mesh, f in zip(geometries, fresh, strict=True)]
    table["the file"] = {"error": round(float(np.mean(errors)), 6)}
    result |= {"meshes": [str(path.relative_to(EXAMPLES)) for path in paths], "table": table}
    save("refine", result)
    print(json.dumps(result, indent=2))


if __name__ == "__main__":
    main()
