"""How many copies `inrstore duplicates` finds, and how many of what it finds are copies.

python benchmarks/duplicates.py FOLDER [--originals 19] [--others 171] [--profile fast]
python benchmarks/duplicates.py FOLDER --work DIR    # keeps the store, and measures again from it

FOLDER holds a folder of meshes a class, such as the development part of the Princeton segmentation benchmark. Of the
originals every kind of copy is made, all is ingested with the others, and pairs of one original are what is to be found.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable, Iterator
from itertools import combinations, zip_longest
from pathlib import Path

import numpy as np
import trimesh
from record import provenance, save
from scipy.spatial.transform import Rotation

import index
import ingest
import inrstore
from inrstore.store import Store
from inrstore.surface.simplify import simplify

PLATE = 6
THRESHOLDS = (0.006, 0.008, 0.01, 0.012, 0.015, 0.02, 0.025, 0.03)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--originals", type=int, default=19)
    parser.add_argument("--others", type=int, default=171)
    parser.add_argument("--profile", default="fast")
    parser.add_argument("--work", type=Path)
    parser.add_argument("--jobs", type=int)
    options = parser.parse_args()
    about = provenance()
    with tempfile.TemporaryDirectory() as temporary:
        work = options.work or Path(temporary)
        store = prepared(work, options)
        save("duplicates", {**about, **measured(store)})


def prepared(work: Path, options: argparse.Namespace) -> Store:
    """A store of originals, copies and others, as it was left if it is there."""
    place = work / "shapes.store"
    if place.exists():
        return inrstore.open_store(place)
    paths = by_turns(options.folder)
    folder = work / "meshes"
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
    plate = folder.with_name("plate.3mf")
    plate.write_bytes(exported(plated(paths[options.originals + options.others]), "3mf"))
    ingest.ingest(store, [plate], scenes="parts", jobs=options.jobs, thumbnails=False, tags={"kind": "plate"})
    return store


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

    finer = trimesh.remesh.subdivide(vertices, faces)
    turn = Rotation.random(random_state=rng.integers(1 << 31)).as_matrix()
    yield "original", mesh, "ply", {}
    yield "re-exported", mesh, "obj", {}
    yield "binary STL", mesh, "stl", {}
    yield "ASCII STL", mesh, "stl_ascii", {}
    yield "moved", of(vertices + rng.normal(size=3) * 10 * extent), "ply", {}
    yield "scaled", of(vertices * 25.4), "ply", {}
    yield "turned", of(vertices @ turn.T), "ply", {}
    yield "mirrored", of(vertices * [-1, 1, 1], faces[:, ::-1]), "ply", {}
    yield "remeshed", of(*simplify(*shaken(*finer, rng), len(faces))), "ply", {}
    yield "decimated to 25 %", of(*simplify(vertices, faces, len(faces) // 4)), "ply", {}
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
