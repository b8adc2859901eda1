"""Make the training set of a general encoder: procedural shapes and Debian's furniture, as meshes, clouds and voxels.

    pip install manifold3d
    python examples/training_set.py FOLDER [--count 20000] [--others 0.25] [--furniture DIR]
    inrstore --store general.store init --profile fast
    inrstore --store general.store ingest FOLDER --labels-csv FOLDER/table.csv
    inrstore --store general.store train encoder --same object --scans 0.2 --out MODEL

Of a share of the objects there are, besides the mesh, a cloud of 256 to 4,096 points with up to 1 % of noise, voxels of
24 to 48 cells along the longest side, and what one depth camera sees; they carry the same tag `object`. Only furniture
has labels. The furniture is that of the Debian package sweethome3d-furniture, which is downloaded (with `apt-get`, no
rights needed) unless DIR is where it was unpacked; licences are in `prepare_training.py`. Left out are the example
meshes, KiCad's parts (CC-BY-SA, and a thousand variants of a few families), LDraw's bricks (no reader here) and
pybullet's objects (whose licences are not all told).
"""

from __future__ import annotations

import argparse
import csv
import subprocess
import sys
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

import numpy as np
import prepare_training
import procedural_shapes
import trimesh

from inrstore.surface.camera import visible
from inrstore.surface.points import surface_points

PACKAGE = "sweethome3d-furniture"
DENSE = 100_000
Row = tuple[str, str, str]
"""Path, label and object."""


def others(path: Path, name: str, out: Path) -> list[Path]:
    """A cloud, voxels and a scan of a mesh; what cannot be made of it is left out."""
    mesh = trimesh.load_mesh(path)
    rng = np.random.default_rng(list(name.encode()))
    vertices, faces = np.asarray(mesh.vertices, float), np.asarray(mesh.faces, np.int64)
    radius = float(np.linalg.norm(mesh.extents)) / 2
    dense = surface_points(vertices, faces, DENSE, rng)
    noise = rng.uniform(0, 0.01) * radius
    count = int(np.exp(rng.uniform(np.log(256), np.log(4096))))
    cloud = dense[:count] + rng.normal(size=(count, 3)) * noise * rng.integers(2)
    around, above = rng.uniform(0, 2 * np.pi), rng.uniform(-0.3, 0.8)
    look = -np.array((np.cos(around) * np.cos(above), np.sin(above), np.sin(around) * np.cos(above)))
    seen = rng.permutation(visible(dense, look))[: int(rng.integers(512, 4096))]
    made = {"cloud": cloud, "scan": dense[seen] + rng.normal(size=(len(seen), 3)) * noise * rng.integers(2)}
    if mesh.is_watertight:
        made["voxels"] = np.asarray(mesh.voxelized(float(mesh.extents.max()) / rng.integers(24, 49)).fill().matrix)
    paths = []
    for kind, values in made.items():
        paths.append(out / kind / f"{name}.npy")
        paths[-1].parent.mkdir(parents=True, exist_ok=True)
        np.save(paths[-1], values if values.dtype == bool else values.astype(np.float32))
    return paths


def rows(path: Path, label: str, out: Path, share: float) -> list[Row]:
    """Of a mesh below `out` and its other kinds, of which a share of all meshes has some."""
    name = "-".join(path.relative_to(out).with_suffix("").parts[1:])
    more = others(path, name, out) if np.random.default_rng([1, *name.encode()]).random() < share else []
    return [(str(one.relative_to(out)), label, name) for one in (path, *more)]


def furniture(out: Path, unpacked: Path | None) -> list[tuple[Path, str]]:
    """Meshes with their classes; those of an earlier run are kept."""
    done, making = out / "furniture", out / "furniture.part"
    if not done.exists():
        packs = sorted((unpacked or downloaded(out / "package")).rglob("*.sh3f"))
        prepare_training.main(making, packs, classes=True)
        making.rename(done)
    found = sorted(done.rglob("*.obj"))
    return [(path, "" if path.parent.name == "other" else path.parent.name) for path in found]


def downloaded(folder: Path) -> Path:
    """Where the package's files are."""
    folder.mkdir(parents=True, exist_ok=True)
    subprocess.run(["apt-get", "download", PACKAGE], cwd=folder, check=True)
    (archive,) = folder.glob("*.deb")
    subprocess.run(["dpkg", "-x", archive.name, "."], cwd=folder, check=True)
    return folder


def procedural(out: Path, count: int, seed: int, pool: ProcessPoolExecutor) -> list[tuple[Path, str]]:
    work = partial(procedural_shapes.write, folder=out / "procedural", seed=seed)
    for done, _ in enumerate(pool.map(work, range(count), chunksize=20), 1):
        if done % 1_000 == 0:
            print(f"{done} of {count}", flush=True)
    return [(path, "") for path in sorted((out / "procedural").rglob("*.ply"))]


def main() -> None:
    parser = argparse.ArgumentParser(description="Make the training set of a general encoder.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--count", type=int, default=20_000, help="procedural shapes")
    parser.add_argument("--others", type=float, default=0.25, help="share of the objects that come as clouds, too")
    parser.add_argument("--furniture", type=Path, help="where sweethome3d-furniture was unpacked")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--jobs", type=int, default=2)
    options = parser.parse_args()
    out = options.folder
    out.mkdir(parents=True, exist_ok=True)
    with ProcessPoolExecutor(options.jobs) as pool:
        meshes = [*furniture(out, options.furniture), *procedural(out, options.count, options.seed, pool)]
        paths, labels = zip(*meshes, strict=True)
        work = partial(rows, out=out, share=options.others)
        found = [row for some in pool.map(work, paths, labels, chunksize=20) for row in some]
    with open(out / "table.csv", "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(("path", "label", "object"))
        writer.writerows(found)
    print(f"{len(meshes)} objects, {len(found)} files", file=sys.stderr)


if __name__ == "__main__":
    main()
