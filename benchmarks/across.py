"""Whether an object's cloud, voxels, or what a camera sees of it finds its mesh: the share at rank 1, by encoders.

    python benchmarks/across.py FOLDER... --work DIR [--each 10] [--models MODEL ...]

Of each class, a folder of meshes somewhere below a FOLDER, at most `--each` meshes are stored. Each asks as a cloud of
1,024 and of 256 points, as 1,024 points that one depth camera sees from 30° above, and as voxels, 48 along the longest
side and filled; as it lies, and all meshes are candidates. Networks of the profile fast. DIR keeps them.
"""

from __future__ import annotations

import argparse
import csv
from collections import defaultdict
from functools import partial
from pathlib import Path

import numpy as np
import trimesh
from copies import cloud, seen, voxels
from record import provenance, save

import ingest
from ingest.files.load import load
from inrstore.model import Encoding, load_model
from inrstore.model.training.networks import Networks
from inrstore.store import Store, init_store, open_store

MESH = "mesh"
AS = {
    "a cloud of 1,024 points": cloud,
    "a cloud of 256 points": partial(cloud, count=256),
    "what a camera sees, 1,024 points": seen,
    "voxels": voxels,
}
ENDINGS = (".obj", ".off", ".ply", ".glb", ".stl")


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--work", required=True, type=Path)
    parser.add_argument("--each", type=int, default=10, help="meshes of a class at most")
    parser.add_argument("--models", nargs="+", default=["default"])
    options = parser.parse_args()
    store, result = prepared(options.work, options.folders, options.each), provenance()
    found = {Path(name).name: measured(store, name) for name in options.models}
    save("across", {**result, "objects": len(store.keys(f"as={MESH}")), "models": found})


def prepared(work: Path, folders: list[Path], each: int) -> Store:
    """A store of the meshes and of what they ask as, as it was left if it is there."""
    if (work / "table.csv").exists():
        return open_store(work / "shapes.store")
    rows = []
    for number, path in enumerate(chosen(folders, each)):
        rows.append((str(path.resolve()), path.parent.name, str(number), MESH))
        loaded = load(path)
        mesh = trimesh.Trimesh(loaded.vertices, loaded.faces, process=False)
        for name, change in AS.items():
            target = work / name / f"{number}.npy"
            target.parent.mkdir(parents=True, exist_ok=True)
            np.save(target, change(mesh, number))
            rows.append((str(target.resolve()), path.parent.name, str(number), name))
    with open(work / "table.part", "w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([("path", "label", "object", "as"), *rows])
    there = work / "shapes.store"
    store = open_store(there) if there.exists() else init_store(there, load_model("fast"))
    ingest.ingest(store, [row[0] for row in rows], labels_csv=work / "table.part", thumbnails=False, jobs=2)
    (work / "table.part").rename(work / "table.csv")
    return store


def chosen(folders: list[Path], each: int) -> list[Path]:
    """Of each class evenly spread meshes."""
    classes = defaultdict(list)
    for folder in folders:
        for path in sorted(folder.rglob("*")):
            if path.suffix in ENDINGS:
                classes[path.parent].append(path)
    return [path for paths in classes.values() for path in paths[:: max(1, -(-len(paths) // each))]]


def measured(store: Store, model: str) -> dict[str, dict[str, float]]:
    """Of each kind of query the share whose mesh is first, and among the first five."""
    part = load_model(model).encoder
    assert part is not None
    networks, encoding = Networks.of(store), Encoding(store.base(), part)
    rows = np.concatenate([encoding.encode(field, weights.numpy()) for _, field, weights in networks.blocks()])
    kinds, objects = store.values("as"), store.values("object")
    kind = np.array([kinds[int(key)] for key in networks.keys])
    number = np.array([objects[int(key)] for key in networks.keys])
    meshes, found = kind == MESH, {}
    for name in AS:
        asked = kind == name
        order = np.argsort(-rows[asked] @ rows[meshes].T, axis=1)
        right = number[meshes][order] == number[asked][:, None]
        found[name] = {"asked": int(asked.sum()), "rank 1": share(right[:, :1]), "rank 5": share(right[:, :5])}
        print(model, name, found[name], flush=True)
    return found


def share(right: np.ndarray) -> float:
    return round(float(right.any(axis=1).mean()), 4)


if __name__ == "__main__":
    main()
