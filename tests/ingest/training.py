"""Three small meshes of two classes, settings that train on them in a second, and no worker processes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import trimesh

from ingest.train import TrainRecipe
from inrstore.model.decoder import DecoderSettings
from inrstore.model.encoders.lattice import LatticeSettings
from inrstore.model.training.base import BaseRecipe
from inrstore.model.training.codec import CodecRecipe
from inrstore.network.recipe import Recipe, SamplingRecipe

FIT = Recipe(
    "tiny",
    hidden=8,
    layers=2,
    steps=4,
    batch_points=128,
    half=False,
    sampling=SamplingRecipe(((0.02, 200), (0.1, 100)), 100),
)
RECIPE = TrainRecipe(
    name="tiny",
    fit=FIT,
    base=BaseRecipe(outer_steps=2, batch=2, fit_steps=2),
    codec=CodecRecipe(steps=6, batch=4, points=16),
    encoder=LatticeSettings(probes=8, width=16, dim=8, outline=3),
    decoder=DecoderSettings(width=16, frequencies=1, dim=8),
    variants=2,
    kept_samples=64,
    held_out=0.4,
    jobs=1,
)


class InProcess:
    """As much of an executor as is used, without processes."""

    def __enter__(self) -> InProcess:
        return self

    def __exit__(self, *error: object) -> None:
        pass

    def map(self, work: Callable[[Any], Any], tasks: Iterable[Any], chunksize: int = 1) -> Iterator[Any]:
        return map(work, tasks)


def write_meshes(folder: Path) -> Path:
    """round/ball, round/egg and flat/plate, and a file that is no mesh."""
    shapes = {
        "round/ball.obj": trimesh.creation.icosphere(subdivisions=2, radius=3),
        "round/egg.STL": trimesh.creation.icosphere(subdivisions=2).apply_scale((1, 1.4, 1)),
        "flat/plate.ply": trimesh.creation.box((2, 0.5, 1)),
    }
    for name, mesh in shapes.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        mesh.export(path, file_type=path.suffix[1:].lower())
    (folder / "flat" / "notes.txt").write_text("no mesh")
    return folder
