"""Ways to mesh an unsigned distance, on exact fields and on fitted networks of the open example meshes.

    python benchmarks/udf_meshing.py

Fields: the exact distance to the mesh (of every third one, for it is slow), and networks of the default and the
fidelity profile as `--field udf` fits them. Methods: `two_sides`, what inrstore did before; `mesh_udf` and `dual` (see
udf_methods.py); and `one_layer`, what `extract_mesh` does. Figures: F@0.01 and Chamfer-L1 to the source; area over the
source's; connected components; edges of one face, loops of them, and edges of more than two faces; processor seconds.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import igl
import numpy as np
import torch
from record import EXAMPLES, provenance, save
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components
from surfaces import read
from udf_methods import dual, mesh_udf, two_sides

from ingest.files.geometry import Mesh
from ingest.sampling.sample import sample_mesh
from inrstore.metrics import surface_metrics
from inrstore.model import load_model
from inrstore.network.fields import CLIP
from inrstore.network.fitting import fit
from inrstore.pictures.render import render_mesh
from inrstore.surface.extraction import Field, extract_mesh, inr_field
from inrstore.surface.points import surface_points

SAMPLES = 100_000
PROFILES = ("fast", "default", "fidelity")
METHODS: dict[str, Callable[[Field, int], Any]] = {
    "two_sides": two_sides,
    "mesh_udf": mesh_udf,
    "dual": dual,
    "one_layer": lambda field, resolution: extract_mesh(field, "udf", resolution),
}
OPEN = [
    "bed/bed1",
    "bed/bed2",
    "bed/bedWithTexture",
    "cabinet/wardrobeWithSlidingDoors",
    "lamp/JapaneseLantern",
    "plant/flowerBox",
    "plant/littlePlant",
    "plant/plantie",
    "shelf/bookcase",
    "stool/stool",
    "toilet/potty",
]
"""The example meshes where, sheets included, more than 15 % of the samples have a doubtful winding number."""


def exact(mesh: Mesh) -> Field:
    """What a network without error would say."""
    tree = igl.AABB()
    tree.init(mesh.vertices, mesh.faces)

    def evaluate(points: np.ndarray) -> np.ndarray:
        squared = tree.squared_distance(mesh.vertices, mesh.faces, points.astype(np.float64))[0]
        p = np.clip(1 - np.sqrt(np.maximum(squared, 0)) / CLIP, 1e-7, 1 - 1e-6)
        return np.log(p / (1 - p)).astype(np.float32)

    return evaluate


def fitted(mesh: Mesh, profile: str) -> Field:
    model = load_model(profile)
    samples, _ = sample_mesh(mesh.vertices, mesh.faces, "udf", model.recipe.sampling, np.random.default_rng(0))
    start = torch.from_numpy(model.base.start("udf"))
    return inr_field(model.siren, fit([samples], start, model.recipe).weights[0])


def figures(vertices: np.ndarray, faces: np.ndarray, mesh: Mesh) -> dict[str, float]:
    decoded = surface_points(vertices, faces, SAMPLES, np.random.default_rng(1))
    source = surface_points(mesh.vertices, mesh.faces, SAMPLES, np.random.default_rng(2))
    near = surface_metrics(decoded, source, taus=(0.01,), workers=1)
    sides = np.sort(np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]]), axis=1)
    edges, count = np.unique(sides, axis=0, return_counts=True)
    return {
        "f@0.01": near["f@0.01"],
        "chamfer_l1": near["chamfer_l1"],
        "area": float(igl.doublearea(vertices, faces).sum() / igl.doublearea(mesh.vertices, mesh.faces).sum()),
        "components": parts(edges),
        "open_edges": int((count == 1).sum()),
        "loops": parts(edges[count == 1]),
        "edges_of_many": int((count > 2).sum()),
        "faces": len(faces),
    }


def parts(edges: np.ndarray) -> int:
    """Connected components of a graph of edges (e, 2)."""
    used, ends = np.unique(edges, return_inverse=True)
    a, b = ends.reshape(-1, 2).T
    return int(connected_components(coo_matrix((np.ones(len(a)), (a, b)), shape=(len(used),) * 2), directed=False)[0])


def main() -> None:
    parser = argparse.ArgumentParser(description="Ways to mesh an unsigned distance.")
    parser.add_argument("--resolution", type=int, default=128)
    parser.add_argument("--limit", type=int, help="only so many meshes; nothing is saved")
    parser.add_argument("--pictures", type=Path, help="a folder for a picture of every surface")
    options = parser.parse_args()
    torch.set_num_threads(1)
    result: dict[str, Any] = {**provenance(), "resolution": options.resolution}
    rows = []
    for name in OPEN[: options.limit]:
        mesh = read(EXAMPLES / f"{name}.obj")
        fields = {profile: fitted(mesh, profile) for profile in PROFILES}
        if name in OPEN[::3]:
            fields["exact"] = exact(mesh)
        for kind, field in fields.items():
            for method, extract in METHODS.items():
                began = time.process_time()
                vertices, faces = extract(field, options.resolution)
                seconds = round(time.process_time() - began, 2)
                row = {"mesh": name, "field": kind, "method": method, "seconds": seconds}
                rows.append(row | {k: round(v, 5) for k, v in figures(vertices, faces, mesh).items()})
                print(rows[-1], flush=True)
                if options.pictures:
                    draw_to(options.pictures / f"{name.replace('/', '-')}-{kind}-{method}.png", vertices, faces)
        if options.limit is None:  # after each mesh: it takes long, and what is there is a result
            save(
                "udf_meshing", {**result, "meshes": len({r["mesh"] for r in rows}), "means": means(rows), "rows": rows}
            )
    for key, value in means(rows).items():
        print(key, value)


def means(rows: list[dict[str, Any]]) -> dict[str, dict[str, float]]:
    """Of every figure, by field and method."""
    groups: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        groups.setdefault(f"{row['field']}, {row['method']}", []).append(row)
    figures = [key for key in rows[0] if key not in ("mesh", "field", "method", "faces")]
    return {
        name: {key: round(float(np.mean([row[key] for row in group])), 4) for key in figures}
        for name, group in sorted(groups.items())
    }


def draw_to(path: Path, vertices: np.ndarray, faces: np.ndarray) -> None:
    from PIL import Image

    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(render_mesh(vertices, faces, 400)).save(path)


if __name__ == "__main__":
    main()
