"""ModelNet's clouds and voxels as folders that `inrstore ingest` reads, and a shipped model's figures on them.

    python benchmarks/modelnet.py write OUT FILE...           a folder a class, a file a shape
    python benchmarks/modelnet.py figures MODEL WORK FILE... [--learn FILE...]

Figures are those of `inrstore eval` among the shapes of FILE..., which are fitted into a store below WORK and encoded
by the model; with `--learn` also the accuracy of simple classifiers that learn from the embeddings of those.

FILE is PointNet's modelnet40_ply_hdf5_2048/*.h5 (data (n, 2048, 3), label (n, 1); with shape_names.txt beside it), or
.npz with label (n,), classes, id, and clouds as points (n, p, 3), or solid grids as bits (n, ⌈30³/8⌉). Of clouds the
first 1,024 points count.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from record import provenance, save

import index
import ingest
from inrstore.errors import BadInput
from inrstore.model import load_model
from inrstore.progress import Progress
from inrstore.store import init_store, open_store

POINTS, SIDE = 1024, 30
GREATEST = 65_535
"""Of clouds in 16 bits, which reach from -1 to 1."""
FIGURES = ("hit@1", "hit@5", "hit@10", "map")

Row = tuple[str, str, np.ndarray]
"""Class, name, and points (p, 3) or cells (30, 30, 30)."""


def rows(path: Path) -> Iterator[Row]:
    """Errors: BadInput if it is neither of the two."""
    if path.suffix == ".h5":
        yield from _hdf5(path)
    elif path.suffix == ".npz":
        yield from _npz(path)
    else:
        raise BadInput(f"{path}: neither .h5 nor .npz")


def _hdf5(path: Path) -> Iterator[Row]:
    import h5py

    names = (path.parent / "shape_names.txt").read_text().split()
    with h5py.File(path) as file:
        for number, (points, label) in enumerate(zip(file["data"], file["label"], strict=True)):
            yield names[int(label[0])], f"{path.stem}_{number:04d}", points[:POINTS].astype(np.float32)


def _npz(path: Path) -> Iterator[Row]:
    with np.load(path) as arrays:
        names = [str(name) for name in arrays["classes"]]
        grids = "bits" in arrays
        values = arrays["bits" if grids else "points"]
        for value, label, name in zip(values, arrays["label"], arrays["id"], strict=True):
            if grids:
                shape = np.unpackbits(value)[: SIDE**3].reshape((SIDE,) * 3).astype(bool)
            else:
                shape = value[:POINTS].astype(np.float32)
                shape = shape / GREATEST * 2 - 1 if value.dtype == np.uint16 else shape
            yield names[label], str(name), shape


def write(out: Path, files: Sequence[Path]) -> None:
    """Empty grids are shapes without a surface, and left out."""
    for path in files:
        for label, name, shape in rows(path):
            if shape.any():
                (out / label).mkdir(parents=True, exist_ok=True)
                np.save(out / label / f"{name}.npy", shape)


def figures(options: argparse.Namespace) -> None:
    result = provenance()
    model, work = load_model(str(options.model)), options.work
    sides = {"test": options.files, "train": options.learn}
    store = open_store(work / "shapes.store") if (work / "shapes.store").exists() else None
    store = store or init_store(work / "shapes.store", model)
    for side, files in sides.items():
        if files:
            write(work / side, files)
            done = ingest.ingest(store, [work / side], labels_from="parent", tags={"split": side}, on_progress=said)
            print(side, done, file=sys.stderr)
    found = index.retrieval(store, where="split=test")
    table = {name: round(value, 4) for name, value in found.items() if name in FIGURES or isinstance(value, int)}
    if options.learn:
        said_by = index.accuracy(store, split="split")
        table |= {f"accuracy, {name}": round(accuracy.mean, 4) for name, accuracy in said_by.items()}
    result |= {"model": model.name, "encoder": model.encoder.id if model.encoder else None, "figures": table}
    print(json.dumps(result, indent=2))
    if options.name:
        save(options.name, result)


def said(progress: Progress) -> None:
    if progress.done % 500 == 0:
        print(f"{progress.done}/{progress.total}", file=sys.stderr)


def main() -> None:
    parser = argparse.ArgumentParser(description="ModelNet's files, and a model's figures on them.")
    commands = parser.add_subparsers(required=True)
    writing = commands.add_parser("write")
    writing.add_argument("out", type=Path)
    writing.add_argument("files", type=Path, nargs="+")
    writing.set_defaults(run=lambda options: write(options.out, options.files))
    measuring = commands.add_parser("figures")
    measuring.add_argument("model", type=Path)
    measuring.add_argument("work", type=Path)
    measuring.add_argument("files", type=Path, nargs="+")
    measuring.add_argument("--learn", type=Path, nargs="+", default=[])
    measuring.add_argument("--name", help="of the result, which is kept then")
    measuring.set_defaults(run=figures)
    options = parser.parse_args()
    options.run(options)


if __name__ == "__main__":
    main()
