"""USD: meshes and point clouds of a stage as it is composed, through usd-core."""

from __future__ import annotations

import os
import re
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import trimesh

from inrstore.errors import BadInput, MissingDependency

from .geometry import Cloud, Limits, Mesh, Points, SceneObject, Triangles
from .meshes import flatten
from .quiet import quiet
from .scenes import clean_name, objects_of

UNITS = {1.0: "m", 0.01: "cm", 0.001: "mm", 1e-6: "um", 0.0254: "inch", 0.3048: "foot"}
"""Names of common metersPerUnit."""
_SAID = re.compile(r"in file \S+ : '(.*)'?", re.DOTALL)


def read(path: Path, limits: Limits) -> Mesh | Cloud:
    scene, up = _scene(path, limits)
    return replace(flatten(scene, limits), up=up)


def read_objects(path: Path, limits: Limits) -> list[SceneObject]:
    """Every mesh of the stage, and every one that an instancer draws, called like its prim."""
    scene, up = _scene(path, limits)
    found = objects_of(scene, limits, [([node], clean_name(node[0])) for node in scene.graph.nodes_geometry])
    return [
        replace(one, geometry=replace(one.geometry, up=up)) if isinstance(one.geometry, Mesh | Cloud) else one
        for one in found
    ]


def _scene(path: Path, limits: Limits) -> tuple[Any, str]:
    """A stage as a `trimesh.Scene`, and its upward axis."""
    try:
        from pxr import Tf, UsdGeom
    except ImportError as error:
        raise MissingDependency("to read USD install usd-core: pip install 'inrstore[usd]'") from error
    with quiet():
        try:
            with _stage(path, limits) as stage:
                return _Reading(stage, limits).scene(), str(UsdGeom.GetStageUpAxis(stage)).lower()
        except Tf.ErrorException as error:
            raise BadInput(f"damaged, cut short or not USD: {_what(str(error), path)}") from error


def _what(said: str, path: Path) -> str:
    """What is wrong, of a report that also says where in USD's own code that was found."""
    found = _SAID.search(said)
    text = " ".join(found[1].split()) if found else "it says no more"
    return text.replace(f"{path.resolve()}:", "line ").split(" matching ")[0].rstrip("' ")[:200]


@contextmanager
def _stage(path: Path, limits: Limits) -> Iterator[Any]:
    """The composed stage of a file that refers to nothing outside its own folder."""
    from pxr import Usd

    with tempfile.TemporaryDirectory() as folder:
        _check_layers(_unpacked(path, Path(folder)) if path.suffix.lower() == ".usdz" else path, limits)
        yield Usd.Stage.Open(str(path))


def _unpacked(path: Path, folder: Path) -> Path:
    """The first layer of a USDZ, unpacked to look at what it refers to; its size has been checked."""
    with zipfile.ZipFile(path) as archive:
        archive.extractall(folder)  # which leaves nothing outside
        return folder / archive.namelist()[0]


def _check_layers(path: Path, limits: Limits) -> None:
    """Refuse a layer that composes anything from outside the folder, before that is opened. Errors: BadInput."""
    from pxr import Sdf

    folder = path.parent.resolve()
    pending, seen = [path.resolve()], set()
    while pending:
        place = pending.pop()
        if place in seen:
            continue
        seen.add(place)
        layer = Sdf.Layer.OpenAsAnonymous(str(place))
        for name in filter(None, layer.GetCompositionAssetDependencies()):  # "" is the layer itself
            other = (place.parent / name.split("[")[0]).resolve()
            if "://" in name or not other.is_relative_to(folder):
                raise BadInput(f"refers to {name!r}, outside its own folder; put the file beside it")
            if not other.is_file():
                raise BadInput(f"refers to {name!r}, which is not a file in its folder")
            if refusal := limits.too_large(os.path.getsize(other)):
                raise BadInput(f"refers to {name!r}: {refusal}")
            if other.suffix.lower() != ".usdz":
                pending.append(other)


def unit_of(metres: float) -> str:
    """The word for a unit of so many metres."""
    near = next((name for size, name in UNITS.items() if abs(size - metres) < 1e-9 + 1e-4 * size), None)
    return near or f"{metres:g} m"


class _Reading:
    """What a stage draws; what only guides, or is invisible, is left out."""

    def __init__(self, stage: Any, limits: Limits) -> None:
        from pxr import Usd, UsdGeom

        self.stage, self.limits, self.time = stage, limits, Usd.TimeCode.EarliestTime()
        self.places = UsdGeom.XformCache(self.time)
        self.found = trimesh.Scene()
        self.count = 0

    def scene(self) -> Any:
        """All of it as a `trimesh.Scene` whose nodes are (name, number)."""
        from pxr import Usd, UsdGeom

        walk = iter(Usd.PrimRange.Stage(self.stage, Usd.TraverseInstanceProxies()))
        for prim in walk:
            imageable = UsdGeom.Imageable(prim)
            if imageable and not self._drawn(imageable):
                walk.PruneChildren()
            elif prim.IsA(UsdGeom.PointInstancer):
                walk.PruneChildren()  # its prototypes are drawn where it says, and nowhere else
                self._add_instances(prim)
            else:
                self._add(prim, self._place(prim))
        self.found.units = unit_of(UsdGeom.GetStageMetersPerUnit(self.stage))
        return self.found

    def _drawn(self, imageable: Any) -> bool:
        from pxr import UsdGeom

        tokens = UsdGeom.Tokens
        visible = imageable.GetVisibilityAttr().Get(self.time) != tokens.invisible
        return visible and imageable.GetPurposeAttr().Get() in (None, tokens.default_, tokens.render)

    def _place(self, prim: Any) -> Points:
        """(4, 4) from a prim's own coordinates to the stage's; USD's matrices act on rows."""
        return np.array(self.places.GetLocalToWorldTransform(prim), np.float64).T

    def _add_instances(self, prim: Any) -> None:
        from pxr import Usd, UsdGeom

        instancer = UsdGeom.PointInstancer(prim)
        chosen = list(instancer.GetProtoIndicesAttr().Get(self.time) or [])
        if refusal := self.limits.too_many_objects(len(chosen)):
            raise BadInput(refusal)
        here = UsdGeom.PointInstancer.ExcludeProtoXform
        matrices = instancer.ComputeInstanceTransformsAtTime(self.time, self.time, here)
        targets = instancer.GetPrototypesRel().GetForwardedTargets()
        for number, matrix in zip(chosen, matrices, strict=True):
            root = self.stage.GetPrimAtPath(targets[number])
            moved = self._place(prim) @ np.array(matrix, np.float64).T @ np.linalg.inv(self._place(root.GetParent()))
            for one in Usd.PrimRange(root, Usd.TraverseInstanceProxies()):
                self._add(one, moved @ self._place(one))

    def _add(self, prim: Any, place: Points) -> None:
        """A mesh or cloud; anything else is none."""
        from pxr import UsdGeom

        if not (prim.IsA(UsdGeom.Mesh) or prim.IsA(UsdGeom.Points)):
            return
        source = prim.GetPrimInPrototype() if prim.IsInstanceProxy() else prim
        key = str(source.GetPath())
        if key not in self.found.geometry:
            given = UsdGeom.PointBased(prim).GetPointsAttr().Get(self.time)
            points = np.array(given if given is not None else [], np.float64).reshape(-1, 3)
            if prim.IsA(UsdGeom.Points):
                self.found.geometry[key] = trimesh.PointCloud(points)
            else:
                self.found.geometry[key] = trimesh.Trimesh(points, self._triangles(prim), process=False)
        self.count += 1
        self.found.graph.update((prim.GetName(), self.count), matrix=place, geometry=key)

    def _triangles(self, prim: Any) -> Triangles:
        """(f, 3) fans of the polygons, counter-clockwise seen from outside."""
        from pxr import UsdGeom

        mesh = UsdGeom.Mesh(prim)
        counts, corners = (
            np.array(given if given is not None else [], np.int64)
            for given in (
                mesh.GetFaceVertexCountsAttr().Get(self.time),
                mesh.GetFaceVertexIndicesAttr().Get(self.time),
            )
        )
        if (counts < 0).any() or counts.sum() != len(corners):
            raise BadInput(f"{prim.GetPath()} has {len(corners):,} corners where its faces have {counts.sum():,}")
        size = np.maximum(counts - 2, 0)
        first = np.repeat(np.cumsum(counts) - counts, size)
        step = np.arange(len(first)) - np.repeat(np.cumsum(size) - size, size)
        faces: Triangles = corners[np.stack([first, first + step + 1, first + step + 2], axis=1)]
        return faces[:, ::-1] if mesh.GetOrientationAttr().Get() == UsdGeom.Tokens.leftHanded else faces
