"""What coarse-to-fine extraction saves: evaluations, time, and whether the mesh is that of the full lattice.

    python benchmarks/decode.py

Example meshes are fitted with the fidelity profile's settings from a random base (no model is needed), then
decoded twice at each resolution: by `inrstore.surface.extraction.level_set`, and by evaluating every lattice point
and running the same marching cubes over all of it. `extract_mesh` is what a user waits for: a level set a little
outside, settled onto the surface, without specks. `share` is evaluations divided by resolution³.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from record import EXAMPLES, provenance, save
from scipy.spatial import cKDTree
from skimage.measure import marching_cubes

from ingest.files.geometry import Mesh
from ingest.files.load import load
from ingest.sampling.normalise import normalise
from ingest.sampling.sample import sample_mesh
from inrstore.network.fields import distance
from inrstore.network.fitting import fit, random_base, siren_of
from inrstore.network.recipe import load_profile
from inrstore.surface.extraction import Field, extract_mesh, inr_field, level_set
from inrstore.surface.grid import EXTENT

SHAPES = ("chair/chair.obj", "bottle/flacon.obj", "plant/cactus.obj")


class Counted:
    """A field that counts the points it is asked for."""

    def __init__(self, field: Field) -> None:
        self.field, self.count = field, 0

    def __call__(self, points: np.ndarray) -> np.ndarray:
        self.count += len(points)
        return self.field(points)


def fitted(path: Path, steps: int) -> Field:
    """The sdf network of one example mesh."""
    recipe = replace(load_profile("fidelity"), base="random", steps=steps)
    geometry = normalise(load(path)).geometry
    assert isinstance(geometry, Mesh)
    rng = np.random.default_rng(0)
    samples, _ = sample_mesh(geometry.vertices, geometry.faces, "sdf", recipe.sampling, rng)
    result = fit([samples], random_base(recipe), recipe)
    return inr_field(siren_of(recipe), result.weights[0])


def extract_dense(field: Field, resolution: int) -> tuple[np.ndarray, np.ndarray]:
    """Marching cubes over the whole lattice, evaluated slab by slab."""
    axis = (np.arange(resolution + 1) * (2 * EXTENT / resolution) - EXTENT).astype(np.float32)
    plane = np.stack(np.meshgrid(axis, axis, indexing="ij"), axis=-1).reshape(-1, 2)
    slabs = [-distance("sdf", field(np.insert(plane, 0, x, axis=1))) for x in axis]
    volume = np.stack(slabs).reshape((resolution + 1,) * 3)
    vertices, faces, _, _ = marching_cubes(volume, 0.0, gradient_direction="ascent")
    return vertices * (2 * EXTENT / resolution) - EXTENT, faces


def timed(extract: Callable[[Field, int], Any], field: Field, resolution: int) -> tuple[dict[str, Any], Any]:
    counted = Counted(field)
    start = time.perf_counter()
    vertices, faces = extract(counted, resolution)
    figures = {
        "seconds": round(time.perf_counter() - start, 3),
        "evaluations": counted.count,
        "share": round(counted.count / resolution**3, 4),
        "vertices": len(vertices),
        "faces": len(faces),
    }
    return figures, vertices


def compare(field: Field, resolution: int) -> dict[str, Any]:
    """Figures of both extractions; beyond the unit ball the full lattice may hold what no shape can have."""
    sparse, vertices = timed(lambda f, n: level_set(f, "sdf", n), field, resolution)
    whole, _ = timed(lambda f, n: extract_mesh(f, "sdf", n), field, resolution)
    dense, reference = timed(extract_dense, field, resolution)
    reference = reference[np.linalg.norm(reference, axis=1) < 1]
    gap, _ = cKDTree(vertices).query(reference)
    return {
        "resolution": resolution,
        "coarse_to_fine": sparse,
        "extract_mesh": whole,
        "dense": dense,
        "speedup": round(dense["seconds"] / sparse["seconds"], 1),
        "largest_gap": float(f"{gap.max():.2e}"),
        "missed_share": float(np.mean(gap > 1e-4)),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description="Coarse-to-fine extraction against the full lattice.")
    parser.add_argument("meshes", nargs="*", type=Path, help="by default three of the examples")
    parser.add_argument("--steps", type=int, default=400)
    parser.add_argument("--resolutions", type=int, nargs="+", default=[128, 256])
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    rows = []
    for path in options.meshes or [EXAMPLES / name for name in SHAPES]:
        field = fitted(path, options.steps)
        for resolution in options.resolutions:
            row = {"shape": path.stem, **compare(field, resolution)}
            rows.append(row)
            print(json.dumps(row), flush=True)
    result = {
        **provenance(),
        "threads": options.threads,
        "torch": torch.__version__,
        "rows": rows,
    }
    save("decode", result)


if __name__ == "__main__":
    main()
