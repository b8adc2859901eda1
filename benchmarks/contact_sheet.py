"""A dozen shapes side by side: the source, and the surfaces of fast, default, fidelity and the official recipe.

    python benchmarks/contact_sheet.py [--work DIR]

Every network is sampled, fitted and decoded as `ingest` and `export` do, at 256 cells a side, and drawn by the
renderer of `search --plot`. The official recipe (the `paper` profile: 3-512×4-1, 500 steps) gets samples of the same
skin, and costs minutes a shape: its networks are kept in the work folder, and one that is there is not fitted again.
Under each picture is F@0.01 over all of the source (see whole.py); the figures go to results/contact_sheet.json and the
picture to results/contact_sheet.webp.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import numpy as np
import torch
from record import EXAMPLES, RESULTS, provenance, save
from safetensors.numpy import load_file, save_file
from surfaces import RESOLUTION, draw, read
from whole import POINTS, distances, f_score

from ingest.files.geometry import Mesh
from inrstore.files import atomic_path
from inrstore.model import load_model
from inrstore.network.fitting import fit
from inrstore.pictures.drawing import Image
from inrstore.pictures.render import render_mesh
from inrstore.pictures.sheet import Tile, sheet
from inrstore.surface.extraction import extract_mesh, inr_field
from inrstore.surface.points import surface_points

SHAPES = (
    *("chair/thonet", "chair/antiqueChair", "chair/sillaBlanca", "table/technicalTable1", "bed/babyRockingBed"),
    *("shelf/bookcase", "plant/cactus", "plant/orchids", "radiator/radiator", "lamp/desklamp", "box/pallet"),
    "toilet/bidet",
)
PROFILES = {"fast": "fast", "default": "default", "fidelity": "fidelity", "paper": "official recipe"}
SIZE = 256


def network(mesh: Mesh, profile: str, kept: Path | None) -> np.ndarray:
    """(W,) the weights of a profile's sdf, from the file if it is there."""
    if kept is not None and kept.exists():
        return load_file(kept)["weights"]
    model = load_model(profile)
    samples = draw(mesh, model.recipe)
    weights = fit([samples], torch.from_numpy(model.base.start("sdf")), model.recipe).weights[0]
    if kept is not None:
        with atomic_path(kept) as path:
            save_file({"weights": weights}, path)
    return weights


def picture(mesh: Mesh, profile: str, kept: Path | None) -> tuple[Image, float]:
    """What comes back of a mesh, and F@0.01."""
    weights = network(mesh, profile, kept)
    vertices, faces = extract_mesh(inr_field(load_model(profile).siren, weights), "sdf", RESOLUTION)
    source = surface_points(mesh.vertices, mesh.faces, POINTS, np.random.default_rng(2))
    there = distances(source, vertices, faces)
    back = distances(surface_points(vertices, faces, POINTS, np.random.default_rng(1)), mesh.vertices, mesh.faces)
    return render_mesh(vertices, faces, SIZE), f_score(back, there)


def main() -> None:
    parser = argparse.ArgumentParser(description="A dozen shapes by profile, side by side.")
    parser.add_argument("--work", type=Path, default=Path("contact_sheet.work"), help="of the official networks")
    work: Path = parser.parse_args().work
    work.mkdir(parents=True, exist_ok=True)
    result: dict[str, Any] = provenance()
    rows = []
    for shape in SHAPES:
        mesh = read(EXAMPLES / f"{shape}.obj")
        rows.append([Tile(render_mesh(mesh.vertices, mesh.faces, SIZE), shape.split("/")[1])])
        result[shape] = {}
        for profile, title in PROFILES.items():
            kept = work / f"{shape.replace('/', '-')}.safetensors" if profile == "paper" else None
            image, f = picture(mesh, profile, kept)
            rows[-1].append(Tile(image, title, f"{f:.2f}"))
            result[shape][title] = round(f, 3)
        print(shape, result[shape], flush=True)
        sheet(rows, RESULTS / "contact_sheet.webp")
        save("contact_sheet", result)


if __name__ == "__main__":
    main()
