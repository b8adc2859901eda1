"""How often a piece of a file finds the file it was cut from: `search --partial`, beside the plain search.

    inrstore --store shapes.store init && inrstore --store shapes.store ingest examples/meshes --labels-from parent
    python benchmarks/partial.py shapes.store --wholes 36

Pieces of `--wholes` shapes, spread evenly, in the units of their files: half of the mesh on one side of its middle,
along each axis in turn; one of its connected parts, of 3 to 60 % of its surface; what a camera sees of it. Ranks are
among all stored shapes. Controls: the plain search, by the piece's embedding; and chance. Seconds are a query's in a
process that has asked before, so that its networks have been read.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import trimesh
from copies import seen
from record import provenance, save

import index
from ingest.files.load import load
from inrstore.records import Shape
from inrstore.store import Store, open_store

LEAST, MOST = 0.03, 0.6
"""Of the whole's area, of a connected part."""
FINE = 0.05
"""Of the longest side, of a triangle's longest before it is cut, so that a cut is even."""
WAYS = {"plain search": {"pose": "none"}, "--partial": {"partial": True}}


def half(mesh: trimesh.Trimesh, number: int) -> trimesh.Trimesh:
    """What lies on one side of the middle of the bounding box."""
    vertices, faces = trimesh.remesh.subdivide_to_size(
        mesh.vertices, mesh.faces, mesh.extents.max() * FINE, max_iter=20
    )
    normal = np.eye(3)[number % 3] * (1 if number % 2 else -1)
    there = (vertices[faces].mean(axis=1) - mesh.bounds.mean(axis=0)) @ normal > 0
    return trimesh.Trimesh(vertices, faces[there], process=True)


def part(mesh: trimesh.Trimesh, number: int) -> trimesh.Trimesh | None:
    """One of the three largest connected parts; None where there is none of that size."""
    parts = mesh.split(only_watertight=False)
    shares = np.array([one.area for one in parts]) / mesh.area
    order = [place for place in np.argsort(-shares) if LEAST < shares[place] < MOST and len(parts[place].faces) >= 4]
    return parts[order[min(len(order) - 1, number % 3)]] if order else None


PIECES: dict[str, Callable[[trimesh.Trimesh, int], trimesh.Trimesh | np.ndarray | None]] = {
    "half": half,
    "one connected part": part,
    "what a camera sees": seen,
}


def written(shapes: list[Shape], kind: str, folder: Path) -> list[tuple[str, Shape]]:
    """Pieces as files, each with what it was cut from."""
    found = []
    for number, shape in enumerate(shapes):
        loaded = load(next(iter(shape.sources)))
        made = PIECES[kind](trimesh.Trimesh(loaded.vertices, loaded.faces, process=True), number)  # type: ignore[union-attr]
        if made is None:
            continue
        path = folder / f"{number}{'.npy' if isinstance(made, np.ndarray) else '.ply'}"
        if isinstance(made, np.ndarray):
            np.save(path, made)
        else:
            made.export(path)
        found.append((str(path), shape))
    return found


def ranks(store: Store, pieces: list[tuple[str, Shape]], options: dict[str, object]) -> dict[str, float]:
    """Shares that are first and among the first five, and the seconds a query."""
    found, started = [], time.perf_counter()
    for path, shape in pieces:
        (result,) = index.search(store, path, k=5, **options)  # type: ignore[arg-type]
        found.append([hit.id for hit in result.hits].index(shape.id) if shape.id in {h.id for h in result.hits} else 5)
    seconds = (time.perf_counter() - started) / len(pieces)
    first, five = (float(np.mean(np.array(found) < count)) for count in (1, 5))
    return {"rank 1": round(first, 4), "rank 5": round(five, 4), "seconds": round(seconds, 2)}


def main() -> None:
    parser = argparse.ArgumentParser(description="Pieces and their wholes.")
    parser.add_argument("store", type=Path)
    parser.add_argument("--wholes", type=int, default=36)
    options = parser.parse_args()
    store, result = open_store(options.store), provenance()
    shapes = store.shapes()
    chosen = shapes[:: max(1, len(shapes) // options.wholes)][: options.wholes]
    index.search(store, store.keys()[:1].tolist(), k=1, partial=True)  # reads the networks
    table = {}
    for kind in PIECES:
        with tempfile.TemporaryDirectory() as folder:
            pieces = written(chosen, kind, Path(folder))
            ways = {name: ranks(store, pieces, dict(way)) for name, way in WAYS.items()}
        chance = {"rank 1": round(1 / len(shapes), 4), "rank 5": round(5 / len(shapes), 4)}
        table[kind] = {"asked": len(pieces), **ways, "chance": chance}
        print(kind, table[kind], file=sys.stderr, flush=True)
    save("partial", {**result, "shapes": len(shapes), "pieces": table})


if __name__ == "__main__":
    main()
