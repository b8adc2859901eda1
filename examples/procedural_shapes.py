"""Write procedural shapes, as many as are asked for: solids, wires, frames, furniture, vessels, creatures, sheets, CSG.

    pip install manifold3d
    python examples/procedural_shapes.py FOLDER [--count 20000] [--seed 0] [--jobs 2]

They train encoders for everything: Point-MAE learns from procedural shapes what it learns from ShapeNet (arXiv
2411.17467). Each is watertight, Y is up, and number N of a seed is the same however many are made; they are nobody's
property. A family has a folder of its own, which is no class: a cube may be a `solid` and a `carved` one.
"""

from __future__ import annotations

import argparse
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

import numpy as np
import trimesh
from manifold3d import Manifold
from procedural.structures import FAMILIES

TOLERANCE = 5e-4
"""Of the size; faces flatter than that are joined."""
TRIES = 10


def shape(number: int, seed: int = 0) -> tuple[str, Manifold]:
    """Family and solid of a number, its largest side 1, its middle at the origin."""
    family = list(FAMILIES)[number % len(FAMILIES)]
    for attempt in range(TRIES):
        made = FAMILIES[family](np.random.default_rng([seed, number, attempt]))
        low, high = np.array(made.bounding_box()).reshape(2, 3)
        size = high - low
        if not made.is_empty() and np.isfinite(size).all() and size.min() > 1e-3 * size.max():
            return family, made.translate(-(low + high) / 2).scale((1 / size.max(),) * 3).simplify(TOLERANCE)
    raise RuntimeError(f"{family} {number} of seed {seed} came out empty {TRIES} times")


def mesh(solid: Manifold) -> trimesh.Trimesh:
    """Its surface, Z-up made Y-up."""
    found = solid.to_mesh()
    corners = np.asarray(found.vert_properties)[:, [0, 2, 1]] * (1, 1, -1)
    return trimesh.Trimesh(corners, np.asarray(found.tri_verts), process=False)


def write(number: int, folder: Path, seed: int) -> None:
    family, solid = shape(number, seed)
    (folder / family).mkdir(parents=True, exist_ok=True)
    mesh(solid).export(folder / family / f"{number:06d}.ply")


def main() -> None:
    parser = argparse.ArgumentParser(description="Write procedural shapes.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--count", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--jobs", type=int, default=2)
    options = parser.parse_args()
    with ProcessPoolExecutor(options.jobs) as pool:
        work = partial(write, folder=options.folder, seed=options.seed)
        for done, _ in enumerate(pool.map(work, range(options.count), chunksize=20), 1):
            if done % 1_000 == 0 or done == options.count:
                print(f"{done} of {options.count}", flush=True)


if __name__ == "__main__":
    main()
