"""How often a changed copy of a file finds its original first, and what re-ranking by geometry gains and costs.

    inrstore --store shapes.store init && inrstore --store shapes.store ingest examples/meshes --labels-from parent
    python benchmarks/copies.py shapes.store --copies 24

Classes: every stored shape asks for the others of its label (leave one out), as the search of the command line does.
Copies: of `--copies` shapes, spread evenly, a changed copy of the source file asks, with poses free where it is turned
any way and as by default otherwise, with and without re-ranking the first `--rerank`; also as a cloud, as what a camera
sees of it, and as voxels. Seconds are a query's, all of it, one after the other on the same machine; what counts is
their ratio.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import trimesh
from record import provenance, save
from scipy.spatial.transform import Rotation

import index
from ingest.files.load import load
from inrstore.metrics.retrieval import average_precision
from inrstore.store import Store, open_store
from inrstore.surface.camera import visible
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
    classes = {f"rerank {count}": of_classes(store, count) for count in counts}
    print(classes, file=sys.stderr)
    shapes = store.shapes()
    chosen = shapes[:: max(1, len(shapes) // options.copies)][: options.copies]
    copies = {name: of_copies(store, chosen, change, pose, counts) for name, (change, pose) in CHANGES.items()}
    save("copies", {**origin, "shapes": len(shapes), "asked": len(chosen), "classes": classes, "copies": copies})


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


def of_copies(
    store: Store, shapes: Sequence[Any], change: Change, pose: str, counts: Sequence[int]
) -> dict[str, dict[str, float]]:
    """The share of the copies that find their original first, and the seconds a query."""
    found: dict[str, list[tuple[bool, float]]] = {f"rerank {count}": [] for count in counts}
    with tempfile.TemporaryDirectory() as folder:
        for number, shape in enumerate(shapes):
            loaded: Any = load(shape.sources[0])
            mesh = trimesh.Trimesh(loaded.vertices, loaded.faces, process=False)
            made = change(mesh, number)
            path = Path(folder) / f"{number}{'.npy' if isinstance(made, np.ndarray) else '.ply'}"
            if isinstance(made, np.ndarray):
                np.save(path, made)
            else:
                made.export(path)
            for count in counts:
                started = time.perf_counter()
                (result,) = index.search(store, path, k=1, pose=pose, rerank=count)
                found[f"rerank {count}"].append((result.hits[0].id == shape.id, time.perf_counter() - started))
    means = {name: np.mean(np.array(rows, float), axis=0) for name, rows in found.items()}
    print(means, file=sys.stderr)
    return {name: {"rank 1": round(row[0], 4), "seconds": round(row[1], 2)} for name, row in means.items()}


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
    return parser.parse_args()


if __name__ == "__main__":
    main()
