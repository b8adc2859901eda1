"""Write procedural shapes of named kinds with captions that are true of them: bolts, chairs, houses, vehicles, animals.

    pip install manifold3d
    python examples/captioned_shapes.py FOLDER [--count 5000] [--seed 0] [--jobs 2]

FOLDER/KIND/NUMBER.ply, and FOLDER/captions.csv with the columns file, kind, name and captions (a JSON list). What a
caption says is so by construction: what is called "with four holes" has been drilled four times. Each shape is
watertight, Y is up, the front looks along +Z, the largest side is 1, and number N of a seed is the same however many
are made.
"""

from __future__ import annotations

import argparse
import csv
import json
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import trimesh
from manifold3d import Manifold
from procedural.kinds import KINDS
from procedural.making import Made
from procedural.words import captions, name

TOLERANCE = 3e-4
"""Of the size; faces flatter than that are joined."""
TRIES = 10
COLUMNS = ("file", "kind", "name", "captions")


def shape(number: int, seed: int = 0) -> tuple[str, Made]:
    """Kind of a number and what was made, its largest side 1, its middle at the origin."""
    kind = list(KINDS)[number % len(KINDS)]
    for attempt in range(TRIES):
        made = KINDS[kind](np.random.default_rng([seed, number, attempt]))
        if made.solid.is_empty():
            continue
        low, high = np.array(made.solid.bounding_box()).reshape(2, 3)
        unit = made.solid.translate(-(low + high) / 2).scale((1 / (high - low).max(),) * 3)
        for solid in (unit.simplify(TOLERANCE), unit):
            if closed(solid):
                return kind, replace(made, solid=solid)
    raise RuntimeError(f"{kind} {number} of seed {seed} came out open {TRIES} times")


def closed(solid: Manifold) -> bool:
    """Whether it stays watertight when places are merged, as readers of files do."""
    found = mesh(solid)
    found.merge_vertices()
    return bool(found.is_watertight and found.volume > 0)


def mesh(solid: Manifold) -> trimesh.Trimesh:
    """Its surface, Z-up made Y-up: what was at -Y looks along +Z."""
    found = solid.to_mesh()
    corners = np.asarray(found.vert_properties)[:, [0, 2, 1]] * (1, 1, -1)
    return trimesh.Trimesh(corners, np.asarray(found.tri_verts), process=False)


def write(number: int, folder: Path, seed: int) -> tuple[str, ...]:
    """The row of a number, whose file it writes."""
    kind, made = shape(number, seed)
    file = Path(kind) / f"{number:06d}.ply"
    (folder / kind).mkdir(parents=True, exist_ok=True)
    mesh(made.solid).export(folder / file)
    said = captions(made, np.random.default_rng([seed, number, TRIES]))
    return file.as_posix(), kind, name(made), json.dumps(said)


def main() -> None:
    parser = argparse.ArgumentParser(description="Write procedural shapes with captions.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--count", type=int, default=5_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--jobs", type=int, default=2)
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    table = options.folder / "captions.csv"
    with ProcessPoolExecutor(options.jobs) as pool, open(table, "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        work = partial(write, folder=options.folder, seed=options.seed)
        for done, row in enumerate(pool.map(work, range(options.count), chunksize=20), 1):
            writer.writerow(row)
            if done % 1_000 == 0 or done == options.count:
                print(f"{done} of {options.count}", flush=True)


if __name__ == "__main__":
    main()
