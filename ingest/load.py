"""From a file to a mesh, a cloud or voxels.

Files are untrusted: sizes are checked before anything is unpacked, nothing is unpickled, and nothing outside
the file's own folder is opened.
"""

from __future__ import annotations

import stat
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

import numpy as np
import trimesh
from trimesh.resolvers import FilePathResolver

from inrstore.errors import BadInput

from . import arrays
from .geometry import ARRAY_SUFFIXES, Cloud, Geometry, Limits, Mesh, Points, unknown_suffix

ARCHIVES = frozenset((".zip", ".3mf", ".zae", ".3dxml", ".npz"))
MAX_RATIO = 200
"""Real models shrink by less; a bomb by a thousand. Asked only of what unpacks to more than `RATIO_FROM`."""
RATIO_FROM = 16 * 2**20
MAX_NESTING = 2

_READERS: dict[str, Callable[[Path], Geometry]] = {
    ".xyz": arrays.read_text_cloud,
    ".pts": arrays.read_text_cloud,
    ".pcd": arrays.read_pcd,
    ".npy": arrays.read_array,
    ".npz": arrays.read_arrays,
    ".binvox": arrays.read_binvox,
}


def load(path: str | Path, limits: Limits | None = None) -> Geometry:
    """The geometry of one file in its own coordinates; scenes are flattened with their transforms.

    A mesh format that holds points but no faces gives a cloud. Materials and textures are not read.

    Raises
    ------
    BadInput
        If the file is missing, not regular, too large, of an unknown kind, damaged, or empty of geometry.
    """
    path, limits = Path(path), limits or Limits()
    suffix = path.suffix.lower()
    try:
        _check_file(path, suffix, limits)
        if suffix in ARCHIVES:
            check_archive(path, limits)
        geometry = _READERS[suffix](path) if suffix in _READERS else _read_scene(path, suffix, limits)
    except BadInput as error:
        raise BadInput(f"{path}: {error}") from error
    except MemoryError as error:
        raise BadInput(f"{path}: reading it needs more memory than there is") from error
    except Exception as error:  # readers raise whatever a damaged file leads them to
        raise BadInput(f"{path}: damaged, cut short or not {_kind(suffix)}: {describe(error)}") from error
    refusal = limits.too_many(len(geometry.faces)) if isinstance(geometry, Mesh) else None
    if refusal:
        raise BadInput(f"{path}: {refusal}")
    return geometry


def describe(error: BaseException) -> str:
    """One short line about an error that somebody else's code raised."""
    text = " ".join(str(error).split())
    name = type(error).__name__
    return f"{name}: {text[:200]}" if text else name


def _kind(suffix: str) -> str:
    return f"a NumPy file of numbers ({suffix})" if suffix in ARRAY_SUFFIXES else f"a {suffix} file"


def _check_file(path: Path, suffix: str, limits: Limits) -> None:
    status = path.stat()
    if not stat.S_ISREG(status.st_mode):
        raise BadInput("not a regular file; give a file or a folder")
    if status.st_size == 0:
        raise BadInput("the file is empty")
    refusal = unknown_suffix(suffix) or limits.too_large(status.st_size)
    if refusal:
        raise BadInput(refusal)


def check_archive(file: Path | IO[bytes], limits: Limits, depth: int = 0) -> None:
    """Refuse a zip that unpacks to too much, judged by its directory, before anything is unpacked.

    The directory cannot lie: unpacking stops at the size that it states.
    """
    with zipfile.ZipFile(file) as archive:
        entries = archive.infolist()
        size = sum(entry.file_size for entry in entries)
        packed = sum(entry.compress_size for entry in entries)
        refusal = limits.too_large(size, " when unpacked")
        if refusal:
            raise BadInput(refusal)
        if size > RATIO_FROM and size > MAX_RATIO * max(packed, 1):
            raise BadInput(f"looks like a zip bomb: {packed:,} bytes unpack to {size:,}; it was not unpacked")
        for entry in entries:
            if Path(entry.filename).suffix.lower() in ARCHIVES:
                if depth >= MAX_NESTING:
                    raise BadInput("archives inside archives inside archives; unpack it first")
                with archive.open(entry) as inner:
                    check_archive(inner, limits, depth + 1)


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


def _read_scene(path: Path, suffix: str, limits: Limits) -> Mesh | Cloud:
    with path.open("rb") as file:
        scene = trimesh.load_scene(
            file,
            file_type=suffix[1:],
            resolver=_OwnFolder(str(path), limits),
            process=False,
            skip_materials=True,
        )
    return _flatten(scene, limits)


def _flatten(scene: Any, limits: Limits) -> Mesh | Cloud:
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
