"""Meshes and scenes, in every format that trimesh reads without asking the network or a program."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import trimesh
from trimesh.resolvers import FilePathResolver

from inrstore.errors import BadInput

from .geometry import Cloud, Limits, Mesh, Points


class _OwnFolder(FilePathResolver):
    """Lets a glTF find its buffers in its own folder, and nothing anywhere else."""

    def __init__(self, source: str, limits: Limits) -> None:
        super().__init__(source)
        self.limits = limits

    def get(self, name: str) -> bytes:
        folder = Path(self.parent).resolve()
        path = (folder / name.strip()).resolve()
        if not path.is_relative_to(folder):
            raise BadInput(f"refers to {name!r}, outside its own folder; put the file beside it")
        if not path.is_file():
            raise BadInput(f"refers to {name!r}, which is not a file in its folder")
        refusal = self.limits.too_large(path.stat().st_size)
        if refusal:
            raise BadInput(f"refers to {name!r}: {refusal}")
        return path.read_bytes()


def read(path: Path, limits: Limits) -> Mesh | Cloud:
    return flatten(load_scene(path, limits), limits)


def load_scene(path: Path, limits: Limits, **how: Any) -> Any:
    """A file as a `trimesh.Scene`; `how` are the reader's own options."""
    with path.open("rb") as file:
        return trimesh.load_scene(
            file,
            file_type=path.suffix[1:].lower(),
            resolver=_OwnFolder(str(path), limits),
            process=False,
            skip_materials=True,
            **how,
        )


def flatten(scene: Any, limits: Limits) -> Mesh | Cloud:
    """One mesh of all instances of all meshes; if there is none, one cloud of all points."""
    placed = []
    for node in scene.graph.nodes_geometry:
        transform, name = scene.graph[node]
        placed.append((np.asarray(transform, np.float64), scene.geometry[name]))
    meshes = [(t, g) for t, g in placed if isinstance(g, trimesh.Trimesh) and len(g.faces)]
    clouds = [(t, g) for t, g in placed if isinstance(g, trimesh.PointCloud) and len(g.vertices)]
    if not meshes and not clouds:
        raise BadInput("no faces and no points in it; it may be cut short, or hold only lines or lights")
    if not meshes:
        return Cloud(np.concatenate([_moved(g.vertices, t) for t, g in clouds]), scene.units)
    total = sum(len(g.faces) for _, g in meshes)
    refusal = limits.too_many(total)  # before instances are multiplied out
    if refusal:
        raise BadInput(refusal)
    wrong = sum(int(np.sum((g.faces < 0) | (g.faces >= len(g.vertices)))) for _, g in meshes)
    if wrong:
        raise BadInput(f"{wrong:,} corners of faces name a vertex that does not exist; is it cut short?")
    starts = np.cumsum([0] + [len(g.vertices) for _, g in meshes])
    vertices = np.concatenate([_moved(g.vertices, t) for t, g in meshes])
    faces = [np.asarray(g.faces, np.int64) + start for start, (_, g) in zip(starts, meshes, strict=False)]
    return Mesh(vertices, np.concatenate(faces), scene.units)


def _moved(vertices: Any, transform: Points) -> Points:
    plain: Points = np.asarray(vertices, np.float64)
    if np.array_equal(transform, np.eye(4)):
        return plain
    return np.asarray(plain @ transform[:3, :3].T + transform[:3, 3])
