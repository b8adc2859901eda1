"""The objects of a scene, each in its own coordinates, so that copies of one object are one shape."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import trimesh

from inrstore.errors import BadInput

from .geometry import Cloud, Limits, Mesh, Points, SceneObject
from .meshes import flatten, is_linear, load_scene

SIMILAR = 1e-5
"""Share by which the stretch along two axes may differ and still be the same: matrices in files are rounded."""
DIGITS = 5
"""Of a stretch that is made part of the geometry, so that equal ones are equal."""
LONGEST = 200
"""Characters of a name that are kept."""
_HOW: dict[str, dict[str, Any]] = {
    ".obj": {"split_objects": True, "group_material": False},
    ".glb": {"merge_primitives": True},
    ".gltf": {"merge_primitives": True},
}
MADE_UP = re.compile(r"\d+|(GLTF|geometry)(_\d+)?")
"""Names that the reader gives to what has none."""


def read_objects(path: Path, limits: Limits) -> list[SceneObject]:
    """The objects of a file: nodes with a mesh, or, of OBJ, what `o` begins; pieces of one mesh stay together."""
    suffix = path.suffix.lower()
    scene = load_scene(path, limits, **_HOW.get(suffix, {}))
    nodes = list(scene.graph.nodes_geometry)
    if suffix in (".glb", ".gltf", ".obj"):  # which trimesh reads from behind
        nodes = nodes[::-1]
    elif suffix == ".3mf":  # the first, and then the others from behind
        nodes = nodes[:1] + nodes[:0:-1]
    names = {node: (node, scene.graph[node][1]) for node in nodes}
    if suffix in (".3mf", ".obj"):  # whose meshes have the names, and nodes those that trimesh makes of them
        names = {node: (mesh, node) for node, (_, mesh) in names.items()}
    return objects_of(scene, limits, {node: clean_name(*both) for node, both in names.items()}, is_linear(path))


def objects_of(scene: Any, limits: Limits, nodes: Mapping[Any, str | None], linear: bool = False) -> list[SceneObject]:
    """The instances of meshes and clouds at these nodes of a `trimesh.Scene`, which are given with their names.

    A rigid or similar transform is the instance's own affair. One that stretches or mirrors makes another shape of the
    object, so that part of it goes into the geometry, and the rest is what the transform says. A scene of one object is
    taken as it lies, like any other file.

    Raises
    ------
    BadInput
        If there are no objects, too many, or too many faces in them.
    """
    placed = [(node, *scene.graph[node]) for node in nodes]
    placed = [(node, np.asarray(t, np.float64), key) for node, t, key in placed if _solid(scene.geometry[key])]
    refusal = limits.too_many_objects(len(placed))
    refusal = refusal or limits.too_many(sum(_faces(scene.geometry[key]) for key in {key for _, _, key in placed}))
    if refusal:
        raise BadInput(refusal)
    if len(placed) <= 1:
        return [SceneObject(flatten(scene, limits, linear), nodes[placed[0][0]] if placed else None)]
    made: dict[tuple[str, bytes], Mesh | Cloud | BadInput] = {}
    found = []
    for node, transform, key in placed:
        stretch, rest = _parted(transform)
        which = (key, stretch.tobytes())
        if which not in made:
            made[which] = _alone(scene, key, stretch, limits, linear)
        found.append(SceneObject(made[which], nodes[node], None if np.array_equal(rest, np.eye(4)) else rest))
    return found


def _solid(geometry: Any) -> bool:
    """Whether it is a mesh with faces or a cloud with points, and not a path, or nothing."""
    if isinstance(geometry, trimesh.Trimesh):
        return len(geometry.faces) > 0
    return isinstance(geometry, trimesh.PointCloud) and len(geometry.vertices) > 0


def _faces(geometry: Any) -> int:
    return len(geometry.faces) if isinstance(geometry, trimesh.Trimesh) else 0


def clean_name(*names: object) -> str | None:
    """The first that somebody gave, on one line."""
    lines = (" ".join(str(name).split())[:LONGEST] for name in names)
    return next((line for line in lines if line and not MADE_UP.fullmatch(line)), None)


def _parted(transform: Points) -> tuple[Points, Points]:
    """A transform (4, 4) as a stretch (3, 3), the identity if it is alike everywhere, and a similarity after it."""
    linear = transform[:3, :3]
    left, sizes, right = np.linalg.svd(linear)
    size = float(sizes[0])
    turn = np.sign(np.linalg.det(left @ right)) or 1.0
    if size == 0 or not np.isfinite(size):
        return linear, np.eye(4)  # nothing is left of the object, which whoever normalises it says
    if turn > 0 and sizes[0] - sizes[2] <= SIMILAR * size:
        return np.eye(3), transform
    rest = np.array(transform)
    rest[:3, :3] = left @ right * turn * size
    stretch = np.round(right.T @ np.diag(sizes / size) @ right * turn, DIGITS) + 0.0  # no minus zero
    return stretch, rest


def _alone(scene: Any, key: str, stretch: Points, limits: Limits, linear: bool) -> Mesh | Cloud | BadInput:
    """One geometry of a scene by itself, stretched."""
    transform = np.eye(4)
    transform[:3, :3] = stretch
    single = trimesh.Scene()
    single.add_geometry(scene.geometry[key], geom_name="it", transform=transform)
    try:
        found = replace(flatten(single, limits, linear), units=scene.units)
    except BadInput as error:
        return error
    mirrored = isinstance(found, Mesh) and np.linalg.det(stretch) < 0
    return replace(found, faces=found.faces[:, ::-1]) if isinstance(found, Mesh) and mirrored else found
