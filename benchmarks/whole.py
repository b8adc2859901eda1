"""Does what went in come back whole? All example meshes, by profile: surfaces, fragments, and what is missing.

    python benchmarks/whole.py [PROFILE]...

Every mesh is sampled, fitted and decoded as `ingest` and `export` do, at 256 cells a side. Distances are exact, from
points of one surface to the other: F@0.01 is over all of the source, and over what can be seen of it from outside (from
where one of `RAYS` rays gets away), as the inside of a cushion's foam is no part of a signed distance. `far` is the
share of the visible source farther than .02 from the decoded surface. Fragments are connected parts of more than a
thousandth of the area; a decoded mesh may have two more than its source. `sheets` are the meshes of whose area
`ingest` gave thickness to more than a third.
"""

from __future__ import annotations

import argparse
import json
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import igl
import numpy as np
import torch
from embreex.mesh_construction import TriangleMesh
from embreex.rtcore_scene import EmbreeScene
from fit import CORES, one_thread
from record import EXAMPLES, provenance, save
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components
from surfaces import RESOLUTION, meshes, read

from ingest.sampling.sample import sample_mesh
from inrstore.model import load_model
from inrstore.network.fitting import fit
from inrstore.surface.extraction import extract_mesh, inr_field
from inrstore.surface.points import Faces, Vertices, points_and_faces, surface_points

POINTS = 20_000
RAYS = 32
SHARE = 1e-3
TWENTY = 20
"""The meshes of fit.py."""


def fragments(vertices: Vertices, faces: Faces) -> int:
    """Connected parts of more than `SHARE` of the area."""
    edges = np.concatenate([faces[:, :2], faces[:, 1:]])
    graph = coo_matrix((np.ones(len(edges)), tuple(edges.T)), (len(vertices), len(vertices)))
    _, part = connected_components(graph, directed=False)
    area = np.asarray(igl.doublearea(vertices, faces))
    return int((np.bincount(part[faces[:, 0]], area) > SHARE * area.sum()).sum())


def visible(vertices: Vertices, faces: Faces, points: Vertices, face: np.ndarray) -> np.ndarray:
    """(n,) whether a point on a face is seen from outside."""
    rng, scene = np.random.default_rng(3), EmbreeScene()
    TriangleMesh(scene=scene, vertices=vertices.astype(np.float32), indices=faces.astype(np.int32))
    normals = np.asarray(igl.per_face_normals(vertices, np.ascontiguousarray(faces[face]), np.zeros(3)))
    seen = np.zeros(len(points), bool)
    for _ in range(RAYS):
        directions = rng.normal(size=points.shape)
        directions /= np.linalg.norm(directions, axis=1, keepdims=True)
        side = np.sign(np.einsum("ij,ij->i", directions, normals))[:, None]
        seen |= scene.run((points + side * 1e-3 * normals).astype(np.float32), directions.astype(np.float32)) < 0
    return seen


def distances(points: Vertices, vertices: Vertices, faces: Faces) -> np.ndarray:
    tree = igl.AABB()
    tree.init(vertices, faces)
    squared, _, _ = tree.squared_distance(vertices, faces, np.ascontiguousarray(points))
    return np.sqrt(np.maximum(squared, 0))


def f_score(precision: np.ndarray, recall: np.ndarray, tau: float = 0.01) -> float:
    p, r = float((precision < tau).mean()), float((recall < tau).mean())
    return 2 * p * r / max(p + r, 1e-12)


def one(path: Path, profile: str) -> dict[str, Any]:
    """The figures of one mesh."""
    mesh, model = read(path), load_model(profile)
    samples, quality = sample_mesh(mesh.vertices, mesh.faces, "auto", model.recipe.sampling, np.random.default_rng(0))
    start = model.base.start(samples.field)
    fitted = fit([samples], torch.from_numpy(start), model.recipe)
    weights = start + (fitted.weights[0] - start).astype(np.float16).astype(np.float32)
    vertices, faces = extract_mesh(inr_field(model.siren, weights), samples.field, RESOLUTION)
    points, face = points_and_faces(mesh.vertices, mesh.faces, POINTS, np.random.default_rng(2))
    seen = visible(mesh.vertices, mesh.faces, points, face)
    there = distances(points, vertices, faces)
    back = distances(surface_points(vertices, faces, POINTS, np.random.default_rng(1)), mesh.vertices, mesh.faces)
    return {
        "mesh": str(path.relative_to(EXAMPLES)),
        "f@0.01": round(f_score(back, there), 4),
        "f@0.01, visible": round(f_score(back, there[seen]), 4),
        "far": round(float((there[seen] > 0.02).mean()), 4),
        "fragments": fragments(vertices, faces),
        "source fragments": fragments(mesh.vertices, mesh.faces),
        "steps": int(fitted.steps[0]),
    } | quality


def summary(rows: list[dict[str, Any]]) -> dict[str, float]:
    def mean(name: str, some: list[dict[str, Any]] = rows) -> float:
        return round(float(np.mean([row[name] for row in some])), 4)

    twenty = {str(path.relative_to(EXAMPLES)) for path in meshes(TWENTY)}
    sheets = [row for row in rows if row.get("sheets", 0) > 1 / 3]
    of_fit = [row for row in rows if row["mesh"] in twenty]
    return {
        "meshes": len(rows),
        "f@0.01": mean("f@0.01"),
        "f@0.01, visible": mean("f@0.01, visible"),
        "f@0.01, visible, worst": min(row["f@0.01, visible"] for row in rows),
        "f@0.01, the 20 of fit.py": mean("f@0.01", of_fit),
        "f@0.01, visible, the 20 of fit.py": mean("f@0.01, visible", of_fit),
        "far": mean("far"),
        "whole": round(float(np.mean([row["fragments"] <= row["source fragments"] + 2 for row in rows])), 4),
        "sheets": len(sheets),
        "f@0.01, visible, sheets": mean("f@0.01, visible", sheets),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description="Surfaces, fragments, and what is missing, by profile.")
    parser.add_argument("profiles", nargs="*", default=["default", "fast", "fidelity"])
    options = parser.parse_args()
    result: dict[str, Any] = provenance()
    paths = sorted(EXAMPLES.rglob("*.obj"))
    with ProcessPoolExecutor(CORES, mp_context=get_context("forkserver"), initializer=one_thread) as pool:
        for profile in options.profiles:
            rows = list(pool.map(partial(one, profile=profile), paths))
            result[profile] = summary(rows) | {"each": rows}
            print(profile, json.dumps(summary(rows), indent=2), flush=True)
            save("whole", result)


if __name__ == "__main__":
    main()
