"""How often a changed copy of a file finds its original first, and what re-ranking by geometry gains and costs.

    inrstore --store shapes.store init && inrstore --store shapes.store ingest examples/meshes --labels-from parent
    python benchmarks/copies.py shapes.store --copies 24

Classes: every stored shape asks for the others of its label (leave one out), as the search of the command line does.
Copies: of `--copies` shapes, spread evenly, a changed copy of the source file asks, with poses free where it is turned
any way and as by default otherwise, with and without re-ranking the first `--rerank`; also as a cloud, as what a camera
sees of it, and as voxels. Seconds are a query's, all of it, one after the other on the same machine; what counts is
their ratio. A mesh of which the decimation made another thing, farther from it than two files of one object, is told
apart: `sound` are the others. `--changes` asks some of the changes only; rows of others stay as they were.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import trimesh
from duplicates import TWINS
from record import RESULTS, provenance, save
from scipy.spatial.transform import Rotation

import index
from ingest.files.load import load
from inrstore.metrics.retrieval import average_precision
from inrstore.store import Store, open_store
from inrstore.surface.camera import visible
from inrstore.surface.comparison import Surface, apart
from inrstore.surface.points import surface_points
from inrstore.surface.simplify import simplify

Change = Callable[[trimesh.Trimesh, int], trimesh.Trimesh | np.ndarray]
"""To a mesh, the points of a cloud (n, 3), or an occupancy grid."""
QUARTER = 4


def main() -> None:
    options = parse()
    store, origin = open_store(options.store), provenance()
    counts = (0, options.rerank)
    index.search(store, store.keys()[:1].tolist(), k=1)  # builds the index
    shapes, path = store.shapes(), RESULTS / "copies.json"
    before = json.loads(path.read_text()) if options.changes and path.exists() else {}
    classes = before.get("classes") or {f"rerank {count}": of_classes(store, count) for count in counts}
    print(classes, file=sys.stderr)
    chosen = shapes[:: max(1, len(shapes) // options.copies)][: options.copies]
    copies = before.get("copies", {})
    for name in options.changes or CHANGES:
        change, pose = CHANGES[name]
        copies[name] = {**of_copies(store, chosen, change, pose, counts), "commit": origin["commit"]}
        save("copies", {**origin, "shapes": len(shapes), "classes": classes, "copies": copies})


def of_classes(store: Store, rerank: int) -> dict[str, float]:
    """hit@1 and mean average precision of whole rankings, and the seconds a query."""
    labels = store.values("label")
    keys = sorted(labels)
    started = time.perf_counter()
    found = index.search(store, keys, k=len(keys), where="label=*", rerank=rerank)
    seconds = (time.perf_counter() - started) / len(keys)
    first, precision = [], []
    for key, result in zip(keys, found, strict=True):
        right = np.array([hit.label == labels[key] for hit in result.hits])
        if right.any():
            first.append(right[0])
            precision.append(average_precision(right[None])[0])
    figures = {"hit@1": float(np.mean(first)), "map": float(np.mean(precision)), "seconds": seconds}
    return {name: round(value, 4) for name, value in figures.items()}


def of_copies(store: Store, shapes: Sequence[Any], change: Change, pose: str, counts: Sequence[int]) -> dict[str, Any]:
    """The share of the copies that find their original first, of all and of the sound ones, and the seconds a query."""
    found: dict[str, list[tuple[bool, float]]] = {f"rerank {count}": [] for count in counts}
    sound: list[bool] = []
    with tempfile.TemporaryDirectory() as folder:
        for number, shape in enumerate(shapes):
            loaded: Any = load(shape.sources[0])
            mesh = trimesh.Trimesh(loaded.vertices, loaded.faces, process=False)
            made = change(mesh, number)
            sound.append(change is not decimated or apart(surface(mesh), surface(made)) <= TWINS)
            path = Path(folder) / f"{number}{'.npy' if isinstance(made, np.ndarray) else '.ply'}"
            if isinstance(made, np.ndarray):
                np.save(path, made)
            else:
                made.export(path)
            for count in counts:
                started = time.perf_counter()
                (result,) = index.search(store, path, k=1, pose=pose, rerank=count)
                found[f"rerank {count}"].append((result.hits[0].id == shape.id, time.perf_counter() - started))
    row: dict[str, Any] = {"asked": len(shapes), "sound": sum(sound)}
    for name, rows in found.items():
        first, seconds = np.array(rows, float).T
        own = float(first[sound].mean()) if any(sound) else 0.0
        row[name] = {"rank 1": float(first.mean()), "rank 1, sound": own, "seconds": float(seconds.mean())}
        row[name] = {key: round(value, 4) for key, value in row[name].items()}
    print(row, file=sys.stderr)
    return row


def surface(mesh: Any) -> Surface:
    """Of a mesh, in units of its radius around the origin of its file."""
    return Surface(mesh.vertices / np.linalg.norm(mesh.extents) * 2, np.asarray(mesh.faces, np.int64))


def noised(mesh: trimesh.Trimesh, seed: int) -> trimesh.Trimesh:
    radius = np.linalg.norm(mesh.extents) / 2
    moved = mesh.vertices + np.random.default_rng(seed).normal(size=mesh.vertices.shape) * radius * 0.005
    return trimesh.Trimesh(moved, mesh.faces, process=False)


def decimated(mesh: trimesh.Trimesh, seed: int) -> trimesh.Trimesh:
    welded = trimesh.Trimesh(mesh.vertices, mesh.faces, process=True)
    faces = np.asarray(welded.faces, np.int64)
    return trimesh.Trimesh(*simplify(np.asarray(welded.vertices), faces, max(4, len(faces) // QUARTER)), process=False)


def subdivided(mesh: trimesh.Trimesh, seed: int) -> trimesh.Trimesh:
    return mesh.subdivide()


def scaled(mesh: trimesh.Trimesh, seed: int) -> trimesh.Trimesh:
    """And moved."""
    return moved(mesh, np.eye(3) * (0.01 if seed % 2 else 25.4))


def turned_about_up(mesh: trimesh.Trimesh, seed: int) -> trimesh.Trimesh:
    angle = np.random.default_rng(seed).uniform(0, 2 * np.pi)
    return moved(mesh, Rotation.from_rotvec([0, angle, 0]).as_matrix())


def turned(mesh: trimesh.Trimesh, seed: int) -> trimesh.Trimesh:
    return moved(mesh, Rotation.random(random_state=seed).as_matrix())


def mirrored(mesh: trimesh.Trimesh, seed: int) -> trimesh.Trimesh:
    found = moved(mesh, np.diag([-1.0, 1.0, 1.0]))
    found.invert()
    return found


def cloud(mesh: trimesh.Trimesh, seed: int, count: int = 1024) -> np.ndarray:
    return surface_points(mesh.vertices, mesh.faces, count, np.random.default_rng(seed))


def seen(mesh: trimesh.Trimesh, seed: int) -> np.ndarray:
    """1,024 of the points that a camera sees from 30° above."""
    points, rng = cloud(mesh, seed, 100_000), np.random.default_rng(seed)
    look = Rotation.from_euler("YX", [rng.uniform(0, 360), -30], degrees=True).apply((0, 0, -1))
    return points[rng.permutation(visible(points, look))[:1024]]


def voxels(mesh: trimesh.Trimesh, seed: int) -> np.ndarray:
    """Of 48 cells along the longest side, filled."""
    return np.asarray(mesh.voxelized(float(mesh.extents.max()) / 48).fill().matrix)


def moved(mesh: trimesh.Trimesh, matrix: np.ndarray) -> trimesh.Trimesh:
    return trimesh.Trimesh(mesh.vertices @ matrix.T + (3, -40, 7), mesh.faces, process=False)


CHANGES: dict[str, tuple[Change, str]] = {
    "scaled and moved": (scaled, "up"),
    "turned about up": (turned_about_up, "up"),
    "mirrored": (mirrored, "up"),
    "subdivided": (subdivided, "up"),
    "noise .5 %": (noised, "up"),
    "a quarter of the faces": (decimated, "up"),
    "a cloud of 1,024 points": (cloud, "up"),
    "a cloud of 256 points": (partial(cloud, count=256), "up"),
    "what a camera sees, 1,024 points": (seen, "up"),
    "voxels": (voxels, "up"),
    "turned any way": (turned, "free"),
}


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("store")
    parser.add_argument("--rerank", type=int, default=10)
    parser.add_argument("--copies", type=int, default=24)
    parser.add_argument("--changes", nargs="+", choices=CHANGES, help="some of them only")
    return parser.parse_args()


if __name__ == "__main__":
    main()
