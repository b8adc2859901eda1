"""Three small meshes of two classes, and no worker processes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import trimesh


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
