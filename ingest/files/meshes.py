"""Meshes and scenes, in every format that trimesh reads without asking the network or a program."""

from __future__ import annotations

import warnings
from io import BytesIO
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
import trimesh
from numpy.typing import NDArray
from PIL import Image
from trimesh.resolvers import FilePathResolver
from trimesh.visual import ColorVisuals

from inrstore.errors import BadInput

from .appearance import Textures, appearance_of
from .claims import check_promised
from .geometry import Cloud, Limits, Mesh, Points
from .gltf import check_packing
from .threemf import face_colors

IMAGES = frozenset((".png", ".jpg", ".jpeg", ".bmp", ".tga", ".tif", ".tiff", ".webp", ".gif", ".dds"))
MAX_IMAGES = 256 * 2**20
"""Bytes of all images that one file refers to."""


class _OwnFolder(FilePathResolver):
    """Lets a file find buffers, materials and images in its own folder, and nothing anywhere else."""

    def __init__(self, source: str, limits: Limits) -> None:
        super().__init__(source)
        self.limits, self.left = limits, MAX_IMAGES

    def get(self, name: str) -> bytes:
        folder = Path(self.parent).resolve()
        path = (folder / name.strip()).resolve()
        if PurePosixPath(name).suffix.lower() in IMAGES:
            path = self._image(folder, name.strip())
        if not path.is_relative_to(folder):
            raise BadInput(f"refers to {name!r}, outside its own folder; put the file beside it")
        if not path.is_file():
            raise BadInput(f"refers to {name!r}, which is not a file in its folder")
        refusal = self.limits.too_large(path.stat().st_size)
        if refusal:
            raise BadInput(f"refers to {name!r}: {refusal}")
        return path.read_bytes()

    def _image(self, folder: Path, name: str) -> Path:
        """Where an image is: its path may be written for Windows, of another machine, or have options before it."""
        plain = PurePosixPath(name.replace("\\", "/"))
        tries = [(folder / one).resolve() for one in (name, plain, plain.name, plain.name.split()[-1])]
        path = next((one for one in tries if one.is_relative_to(folder) and one.is_file()), tries[0])
        if path.is_file():
            self.left -= path.stat().st_size
        if self.left < 0:
            raise BadInput(f"refers to more than {MAX_IMAGES:,} bytes of images; they are not read")
        return path


def read(path: Path, limits: Limits) -> Mesh | Cloud:
    return flatten(load_scene(path, limits), limits, is_linear(path))


def is_linear(path: Path) -> bool:
    """Whether a file's colours are those of light, not of a screen."""
    return path.suffix.lower() in (".glb", ".gltf")


def load_scene(path: Path, limits: Limits, data: bytes | None = None, **how: Any) -> Any:
    """A file, or `data` in its place, as a `trimesh.Scene`; `how` are the reader's own options.

    With materials if they are asked for and can be read; the geometry is the same either way.
    """
    if is_linear(path):
        check_packing(path)
    if data is None:
        check_promised(path)
    if limits.appearance:
        try:
            scene = _load(path, limits, data, skip_materials=False, **how)
            if path.suffix.lower() == ".3mf":
                _color(scene, face_colors(path))
            return scene
        except Exception:  # if it was not for the materials, the next line says why
            pass
    return _load(path, limits, data, skip_materials=True, **how)


def _color(scene: Any, colors: list[NDArray[np.uint8]]) -> None:
    """Colours of triangles, object by object, for a scene of the same objects."""
    meshes = list(scene.geometry.values())
    if [len(mesh.faces) for mesh in meshes] == [len(mine) for mine in colors]:
        for mesh, mine in zip(meshes, colors, strict=True):
            mesh.visual = ColorVisuals(mesh, face_colors=mine)


def _load(path: Path, limits: Limits, data: bytes | None, **how: Any) -> Any:
    with path.open("rb") if data is None else BytesIO(data) as file, warnings.catch_warnings():
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # large ones are never unpacked
        return trimesh.load_scene(
            file,
            file_type=path.suffix[1:].lower(),
            resolver=_OwnFolder(str(path), limits),
            process=False,
            **how,
        )


def flatten(scene: Any, limits: Limits, linear: bool = False, textures: Textures | None = None) -> Mesh | Cloud:
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
        return Cloud(np.concatenate([moved(g.vertices, t) for t, g in clouds]), scene.units)
    total = sum(len(g.faces) for _, g in meshes)
    refusal = limits.too_many(total)  # before instances are multiplied out
    if refusal:
        raise BadInput(refusal)
    wrong = sum(int(np.sum((g.faces < 0) | (g.faces >= len(g.vertices)))) for _, g in meshes)
    if wrong:
        raise BadInput(f"{wrong:,} corners of faces name a vertex that does not exist; is it cut short?")
    starts = np.cumsum([0] + [len(g.vertices) for _, g in meshes])
    vertices = np.concatenate([moved(g.vertices, t) for t, g in meshes])
    faces = [np.asarray(g.faces, np.int64) + start for start, (_, g) in zip(starts, meshes, strict=False)]
    appearance = appearance_of([g for _, g in meshes], linear, textures) if limits.appearance else None
    return Mesh(vertices, np.concatenate(faces), scene.units, appearance=appearance)


def moved(vertices: Any, transform: Points) -> Points:
    """Points (n, 3) through a transform (4, 4)."""
    plain: Points = np.asarray(vertices, np.float64)
    if np.array_equal(transform, np.eye(4)):
        return plain
    return np.asarray(plain @ transform[:3, :3].T + transform[:3, 3])
