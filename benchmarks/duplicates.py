"""How many copies `inrstore duplicates` finds, and how many of what it finds are copies.

python benchmarks/duplicates.py FOLDER [--originals 19] [--others 171] [--profile fast]
python benchmarks/duplicates.py FOLDER --work DIR    # keeps the store, and measures again from it

FOLDER holds a folder of meshes a class, such as the development part of the Princeton segmentation benchmark. Of the
originals every kind of copy is made and all is ingested with the others. A copy is found if it is in its original's
group; copies that the copying spoilt are left out, as a part of 200 faces is another thing with 50. Of what is in a
group with a shape of another object, it is told whether the source meshes lie upon each other.
"""

from __future__ import annotations

import argparse
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterator
from itertools import combinations, zip_longest
from pathlib import Path
from typing import Any

import numpy as np
import trimesh
from record import provenance, save
from scipy.spatial.transform import Rotation

import index
import ingest
import inrstore
from index import Duplicates
from index.evidence import THRESHOLDS as DEFAULTS
from inrstore.store import Store
from inrstore.surface.comparison import Surface, apart, compare
from inrstore.surface.simplify import simplify

PLATE = 6
SPOILT = ("remeshed", "decimated to 25 %")
"""Copies that may be other things; they lie as their originals."""
OWN = ("turned", "mirrored", "remeshed", "decimated to 25 %", "subdivided", "0.5 % noise")
"""Copies whose content differs, so that they are stored as shapes of their own."""
TWINS = 0.006
"""Chamfer distance of source meshes, in radii, up to which two files of the data are one object, too."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--originals", type=int, default=19)
    parser.add_argument("--others", type=int, default=171)
    parser.add_argument("--profile", default="fast")
    parser.add_argument("--thresholds", type=float, nargs="*", default=[], help="others than the default, too")
    parser.add_argument("--name", default="duplicates", help="of the result")
    parser.add_argument("--work", type=Path)
    parser.add_argument("--jobs", type=int)
    options = parser.parse_args()
    about = provenance()
    with tempfile.TemporaryDirectory() as temporary:
        work = options.work or Path(temporary)
        store = prepared(work, options)
        save(options.name, {**about, **measured(store, options.thresholds)})


def prepared(work: Path, options: argparse.Namespace) -> Store:
    """A store of originals, copies and others, as it was left if it is there."""
    place = work / "shapes.store"
    paths = by_turns(options.folder)
    folder, piece = work / "meshes", paths[options.originals + options.others]
    plate = work / "plate.3mf"
    if plate.exists():
        return inrstore.open_store(place)
    for number, path in enumerate(paths[: options.originals]):
        mesh = trimesh.load(path, force="mesh", process=False)
        for kind, copy, suffix, more in copies(mesh, np.random.default_rng(number)):
            ending = suffix.partition("_")[0]
            target = folder / kind / f"{path.parent.name}-{path.stem}.{ending}"
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(exported(copy, suffix, **more))
    for path in paths[options.originals :][: options.others]:
        target = folder / "other" / f"{path.parent.name}-{path.stem}{path.suffix}"
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(path.read_bytes())
    model = inrstore.load_model("default" if options.profile == "default" else options.profile)
    store = inrstore.init_store(place, model)
    ingest.ingest(store, [folder], labels_from="parent", jobs=options.jobs, thumbnails=False)
    plate.write_bytes(exported(plated(piece), "3mf"))
    ingest.ingest(store, [plate], scenes="parts", jobs=options.jobs, thumbnails=False)
    return store


def measured(store: Store, thresholds: list[float]) -> dict[str, Any]:
    """Recall by kind of copy, and precision over pairs of stored shapes, at the default and at other thresholds."""
    default = DEFAULTS["same"]
    twins = Twins()
    table, wrong = {}, {}
    for threshold in sorted({*thresholds, default}):
        found = index.duplicates(store, level="same", threshold=threshold)
        table[f"{threshold:g}"], wrong[threshold] = scored(found, store, twins)
    plate = [group for group in index.duplicates(store, level="exact") if "plate.3mf" in group.members[0].source]
    sources = sum(len(shape.sources) for shape in store)
    return {
        "shapes": store.count(),
        "files and objects": sources,
        "profile": store.profile,
        "default": f"{default:g}",
        "thresholds": table,
        "of two objects, at the default, with the distance of their source meshes": wrong[default],
        "pieces of the plate in one group, of 6": len(plate[0].members) if len(plate) == 1 else 0,
    }


def scored(found: Duplicates, store: Store, twins: Twins) -> tuple[dict[str, Any], dict[str, float]]:
    groups = [{(Path(m.source).stem, Path(m.source).parent.name) for m in group.members} for group in found]
    place = {file: number for number, group in enumerate(groups) for file in group}
    files = [Path(path) for shape in store for path in shape.sources]
    by_name = {path.stem: path for path in files if path.parent.name in ("original", "other")}
    hits: dict[str, list[bool]] = defaultdict(list)
    spoilt = Counter[str]()
    for path in files:
        kind, name = path.parent.name, path.stem
        if kind not in ("original", "other") and "plate" not in path.name:
            if kind in SPOILT and apart(source(by_name[name]), source(path)) > TWINS:
                spoilt[kind] += 1
                continue
            there = place.get((name, "original"))
            hits[kind].append(there is not None and place.get((name, kind)) == there)
    right, between = 0, Counter[tuple[str, str]]()
    for group in found:
        paths = [path for member in group.shapes() if "plate" not in (path := Path(member.source)).name]
        for one, other in combinations(paths, 2):
            if one.stem == other.stem:
                right += 1
            else:
                between[min(one.stem, other.stem), max(one.stem, other.stem)] += 1
    distances = {f"{a} {b}": round(twins(by_name[a], by_name[b]), 4) for a, b in between}
    twin = sum(count for (a, b), count in between.items() if distances[f"{a} {b}"] <= TWINS)
    pairs = right + sum(between.values())
    every = [hit for some in hits.values() for hit in some]
    figures = {
        "recall": sum(every) / len(every),
        "recall, shapes of their own": mean([hit for kind in OWN for hit in hits.get(kind, [])]),
        "precision": (right + twin) / pairs if pairs else 1.0,
        "precision, twins in the data counted as wrong": right / pairs if pairs else 1.0,
        "pairs": pairs,
        "copies left out, farther than twins from their original": dict(spoilt),
        "recall by kind": {kind: mean(some) for kind, some in sorted(hits.items())},
    }
    return figures, distances


def mean(hits: list[bool]) -> float:
    return sum(hits) / len(hits)


class Twins:
    """The distance of two source meshes after alignment, each pair once."""

    def __init__(self) -> None:
        self.known: dict[tuple[Path, Path], float] = {}

    def __call__(self, one: Path, other: Path) -> float:
        if (one, other) not in self.known:
            self.known[one, other] = compare(source(one), source(other)).chamfer_l1
        return self.known[one, other]


def source(path: Path) -> Surface:
    mesh = trimesh.load(path, force="mesh", process=False)
    vertices = np.asarray(mesh.vertices, float) - mesh.bounds.mean(axis=0)
    return Surface(vertices / np.linalg.norm(vertices, axis=1).max(), np.asarray(mesh.faces, np.int64))


def by_turns(folder: Path) -> list[Path]:
    """Meshes, the first of each class, then the second of each, and so on."""
    classes = [sorted(inner.glob("*.ply"), key=lambda path: path.stem) for inner in sorted(folder.iterdir())]
    return [path for row in zip_longest(*filter(None, classes)) for path in row if path is not None]


def copies(mesh: trimesh.Trimesh, rng: np.random.Generator) -> Iterator[tuple[str, trimesh.Trimesh, str, dict]]:
    """Kind, mesh, format and the writer's options of the original, which is first, and of each copy."""
    vertices, faces = np.asarray(mesh.vertices, float), np.asarray(mesh.faces, np.int64)
    extent = float(np.linalg.norm(np.ptp(vertices, axis=0))) / 2

    def of(moved: np.ndarray, cells: np.ndarray = faces) -> trimesh.Trimesh:
        return trimesh.Trimesh(moved, cells, process=False)

    welded = trimesh.Trimesh(vertices, faces, process=True)  # whoever simplifies does this first, or tears it apart
    joined, cells = np.asarray(welded.vertices, float), np.asarray(welded.faces, np.int64)
    finer = trimesh.remesh.subdivide(joined, cells)
    turn = Rotation.random(random_state=rng.integers(1 << 31)).as_matrix()
    yield "original", mesh, "ply", {}
    yield "re-exported", mesh, "obj", {}
    yield "binary STL", mesh, "stl", {}
    yield "ASCII STL", mesh, "stl_ascii", {}
    yield "moved", of(vertices + rng.normal(size=3) * 10 * extent), "ply", {}
    yield "scaled", of(vertices * 25.4), "ply", {}
    yield "turned", of(vertices @ turn.T), "ply", {}
    yield "mirrored", of(vertices * [-1, 1, 1], faces[:, ::-1]), "ply", {}
    yield "remeshed", of(*simplify(*shaken(*finer, rng), len(cells))), "ply", {}
    yield "decimated to 25 %", of(*simplify(joined, cells, len(cells) // 4)), "ply", {}
    yield "subdivided", of(*finer), "ply", {}
    yield "0.5 % noise", of(vertices + rng.normal(size=vertices.shape) * 0.005 * extent), "ply", {}


def shaken(vertices: np.ndarray, faces: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Moved by a hair, so that a simplification chooses other edges."""
    spread = np.ptp(vertices, axis=0).max()
    return vertices + rng.normal(size=vertices.shape) * 2e-4 * spread, np.asarray(faces, np.int64)


def exported(mesh: trimesh.Trimesh | trimesh.Scene, suffix: str, **more: object) -> bytes:
    content = mesh.export(file_type=suffix, **more)
    return content.encode() if isinstance(content, str) else content


def plated(path: Path) -> trimesh.Scene:
    """Six copies side by side, each a mesh of its own, turned about the upright axis."""
    mesh = trimesh.load(path, force="mesh", process=False)
    scene = trimesh.Scene()
    for number in range(PLATE):
        place = trimesh.transformations.rotation_matrix(number, (0, 0, 1))
        place[:3, 3] = (3 * mesh.scale * number, 0, 0)
        scene.add_geometry(mesh.copy(), geom_name=f"piece {number}", transform=place)
    return scene


if __name__ == "__main__":
    main()
