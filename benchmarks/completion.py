"""Completion and reconstruction from scans, against answers that need no training, and screened Poisson.

    python benchmarks/completion.py STORE [STORE ...] [--seeds 0 1 2] [--count 50]

Of each STORE codes are made where there are none, and for each seed a completer and, of its solids, a reconstructor are
trained; both are asked with scans of shapes that they did not learn from (tag split where there is one, else a tenth).
Rows: `transfer`; `code`, what it says decoded, without what was seen; `decoder`, the scan's own code decoded;
`nearest`, the surface of the shape that was learned from whose code is nearest; `input`, the scan itself; and
`poisson`: screened Poisson reconstruction (Kazhdan and Hoppe 2013) of the same points, by pymeshlab, which must be
installed. Heads are kept in the stores; one that was trained alike is there already, and asked as it is.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pymeshlab
from record import provenance, save

from ingest import encode
from ingest.transferred import TAUS, measure, not_learned, scans
from inrstore.errors import BadInput
from inrstore.metrics.surfaces import surface_metrics
from inrstore.model import Head
from inrstore.store import Store, open_store
from inrstore.surface.points import surface_points
from inrstore.surface.simplify import watertight
from inrstore.tasks import Codes, Transfer, TransferRecipe, train_transfer
from inrstore.tasks.transfer.pairs import TASKS
from inrstore.tasks.transfer.transfer import KIND as TRANSFER

DEPTH, NEIGHBOURS = 7, 16
"""Of the octree of screened Poisson, and of the points that a normal is estimated from."""


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("stores", nargs="+", type=Path)
    parser.add_argument("--seeds", nargs="+", type=int, default=[0, 1, 2])
    parser.add_argument("--count", type=int, default=50, help="scans of a seed")
    parser.add_argument("--work", type=Path, help="where views are kept, so that it goes on when it was stopped")
    options = parser.parse_args()
    result = provenance()
    result["figures"] = {
        path.stem: of_store(open_store(path), options.seeds, options.count, options.work) for path in options.stores
    }
    save("completion", result)


def of_store(store: Store, seeds: list[int], count: int, work: Path | None) -> dict[str, object]:
    codes = Codes.of(store)
    encode(store, missing=True, beside=codes.model)
    split = "split" if "test" in store.values("split").values() else None
    found: dict[str, object] = {"codes": codes.model.name, "split": split or "a tenth"}
    for task in TASKS:
        rows = []
        for seed in seeds:
            try:
                head = trained_alike(codes, task, seed, split, work)
            except BadInput as error:  # a store of clouds has no solids
                print(task, error, flush=True)
                break
            rows.append(of_seed(codes, Transfer(head), split, count, seed))
            rows[-1]["training"] = head.card["figures"]
            print(store.url, task, seed, rows[-1], flush=True)
        if rows:
            found[task] = {who: mean([row[who] for row in rows]) for who in rows[0]}
    return found


def trained_alike(codes: Codes, task: str, seed: int, split: str | None, work: Path | None) -> Head:
    """The head of a task, seed and split that the store has, by the recipe as it is now, else a new one."""
    recipe = TransferRecipe(seed=seed)
    for entry in codes.store.heads(TRANSFER):
        alike = entry.card["settings"] == asdict(recipe) and entry.card["split"].endswith(f"by tag {split}") is bool(
            split
        )
        if entry.encoder == codes.id and entry.card["task"] == task and alike and "stopped" not in entry.card:
            return codes.store.head(entry.id, encoder=codes.id)
    return train_transfer(codes, task, recipe, split=split, work=work).head


def of_seed(codes: Codes, transfer: Transfer, split: str | None, count: int, seed: int) -> dict[str, Any]:
    measured = measure(codes, transfer, split=split, count=count, seed=seed)
    rows: dict[str, Any] = {who: dict(row) for who, row in measured.rows.items()}
    rows["transfer"] |= {"closed": measured.closed, "scans": measured.scans}
    asked = not_learned(codes, transfer, split)
    rows["poisson"] = mean([poisson(scan, whole) for scan, whole in scans(codes, transfer, asked, count, seed)])
    return rows


def poisson(scan: np.ndarray, whole: np.ndarray) -> dict[str, float]:
    """Figures of screened Poisson on a scan (m, 3); where it makes nothing, of the scan itself."""
    meshes = pymeshlab.MeshSet()
    meshes.add_mesh(pymeshlab.Mesh(vertex_matrix=scan.astype(np.float64)))
    meshes.compute_normal_for_point_clouds(k=NEIGHBOURS)
    meshes.generate_surface_reconstruction_screened_poisson(depth=DEPTH)
    mesh = meshes.current_mesh()
    vertices, faces = mesh.vertex_matrix(), mesh.face_matrix().astype(np.int64)
    if not len(faces):
        return {**surface_metrics(scan, whole, TAUS), "closed": 0.0}
    made = surface_points(vertices, faces, len(whole), np.random.default_rng(0))
    return {**surface_metrics(made, whole, TAUS), "closed": float(watertight(faces))}


def mean(rows: list[Mapping[str, float]]) -> dict[str, float]:
    return {name: round(float(np.mean([row[name] for row in rows])), 4) for name in rows[0]}


if __name__ == "__main__":
    main()
