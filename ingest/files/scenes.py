"""The objects of a scene, each in its own coordinates, so that copies of one object are one shape."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import trimesh

from inrstore.errors import BadInput

from .appearance import Textures
from .geometry import Cloud, Limits, Mesh, Points, SceneObject
from .meshes import flatten, is_linear, load_scene

SIMILAR = 1e-5
"""Share by which the stretch along two axes may differ and still be the same: matrices in files are rounded."""
DIGITS = 5
"""Of a stretch that is made part of the geometry, so that equal ones are equal."""
LONGEST = 200
"""Characters of a name that are kept."""
_MARK = "\x02"
"""Ends the names of an OBJ's objects, to which trimesh appends those of materials."""
MADE_UP = re.compile(r"\d+|(GLTF|geometry)(_\d+)?")
"""Names that the reader gives to what has none."""


Objects = Sequence[tuple[Sequence[Any], str | None]]
"""Nodes of a `trimesh.Scene` that are pieces of one mesh, such as those of one material, and its name."""


def read_objects(path: Path, limits: Limits, groups: bool = False) -> list[SceneObject]:
    """The objects of a file: nodes with a mesh, or, of OBJ, what `o` begins; pieces of one mesh stay together.

    groups : of OBJ what `g` begins instead, where there is any.
    """
    suffix = path.suffix.lower()
    if suffix == ".obj":
        text = path.read_bytes()
        if groups and re.search(rb"(?m)^g[ \t]+\S", text):
            text = re.sub(rb"(?m)^g(?=[ \t])", b"o", re.sub(rb"(?m)^o[ \t].*$", b"", text))
        marked = re.sub(rb"(?m)^o[ \t]+(\S.*?)[ \t\r]*$", rb"o \1" + _MARK.encode(), text)
        scene = load_scene(path, limits, marked, split_objects=True)
        objects = _obj_objects(scene)
    elif suffix in (".glb", ".gltf"):
        scene = load_scene(path, limits)
        objects = gltf_objects(scene)
    else:
        scene = load_scene(path, limits)
        nodes = list(scene.graph.nodes_geometry)
        names = {node: (node, scene.graph[node][1]) for node in nodes}
        if suffix == ".3mf":  # whose meshes have the names; the first node, and then the others from behind
            nodes = nodes[:1] + nodes[:0:-1]
            names = {node: names[node][::-1] for node in nodes}
        objects = [([node], clean_name(*names[node])) for node in nodes]
    return objects_of(scene, limits, objects, is_linear(path))


def _obj_objects(scene: Any) -> Objects:
    """By what `o` says; trimesh reads from behind."""
    found: dict[str, list[Any]] = {}
    for node in list(scene.graph.nodes_geometry)[::-1]:
        name, mark, _ = str(node).partition(_MARK)
        found.setdefault(name if mark else "", []).append(node)
    return [(nodes, clean_name(name)) for name, nodes in found.items()]


def gltf_objects(scene: Any) -> Objects:
    """Nodes with a mesh, of which trimesh makes as many as the mesh has primitives; it reads from behind."""
    found: dict[Any, list[Any]] = {}
    for node in list(scene.graph.nodes_geometry)[::-1]:
        parent = scene.graph.transforms.parents.get(node)
        pieces = scene.geometry[scene.graph[node][1]].metadata.get("from_gltf_primitive")
        piece = pieces and re.fullmatch(re.escape(str(parent)) + r"_.{6}", str(node))
        found.setdefault(parent if piece else node, []).append(node)
    return [(nodes[::-1], clean_name(name, scene.graph[nodes[-1]][1])) for name, nodes in found.items()]


def objects_of(scene: Any, limits: Limits, objects: Objects, linear: bool = False) -> list[SceneObject]:
    """The instances of meshes and clouds in a `trimesh.Scene`; `linear` as in `appearance.appearance_of`.

    A rigid or similar transform is the instance's own affair. One that stretches or mirrors makes another shape of the
    object, so that part of it goes into the geometry, and the rest is what the transform says. A scene of one object is
    taken as it lies, like any other file.

    Raises
    ------
    BadInput
        If there are no objects, too many, or too many faces in them.
    """
    placed = []
    for nodes, name in objects:
        keys = tuple(key for _, key in map(scene.graph.__getitem__, nodes) if _solid(scene.geometry[key]))
        if keys:
            placed.append((np.asarray(scene.graph[nodes[0]][0], np.float64), keys, name))
    refusal = limits.too_many_objects(len(placed))
    distinct = {key for _, keys, _ in placed for key in keys}
    refusal = refusal or limits.too_many(sum(_faces(scene.geometry[key]) for key in distinct))
    if refusal:
        raise BadInput(refusal)
    if len(placed) <= 1:
        return [SceneObject(flatten(scene, limits, linear), placed[0][2] if placed else None)]
    made: dict[tuple[tuple[str, ...], bytes], Mesh | Cloud | BadInput] = {}
    found, textures = [], Textures()
    for transform, keys, name in placed:
        stretch, rest = _parted(transform)
        which = (keys, stretch.tobytes())
        if which not in made:
            made[which] = _alone(scene, keys, stretch, lambda single: flatten(single, limits, linear, textures))
        found.append(SceneObject(made[which], name, None if np.array_equal(rest, np.eye(4)) else rest))
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


def _alone(
    scene: Any, keys: Sequence[str], stretch: Points, flat: Callable[[Any], Mesh | Cloud]
) -> Mesh | Cloud | BadInput:
    """The pieces of one object of a scene by themselves, stretched."""
    transform = np.eye(4)
    transform[:3, :3] = stretch
    single = trimesh.Scene()
    for key in keys:
        single.add_geometry(scene.geometry[key], geom_name=key, transform=transform)
    try:
        found = replace(flat(single), units=scene.units)
    except BadInput as error:
        return error
    mirrored = isinstance(found, Mesh) and np.linalg.det(stretch) < 0
    return replace(found, faces=found.faces[:, ::-1]) if isinstance(found, Mesh) and mirrored else found
