"""From a file to a mesh, a cloud or voxels.

Files are untrusted: sizes are checked before anything is unpacked, nothing is unpickled, and nothing outside
the file's own folder is opened.
"""

from __future__ import annotations

import re
import stat
import zipfile
from pathlib import Path
from pkgutil import resolve_name
from typing import IO, Any

from inrstore.errors import BadInput, MissingDependency

from . import format_of, is_archive, unknown_suffix
from .geometry import Geometry, Limits, Mesh, SceneObject

MAX_RATIO = 200
"""Real models shrink by less; a bomb by a thousand. Asked only of what unpacks to more than `RATIO_FROM`."""
RATIO_FROM = 16 * 2**20
MAX_NESTING = 2
_ADDRESS = re.compile(r" at 0x[0-9a-fA-F]+")
"""Where something lies in this process's memory."""


def load(path: str | Path, limits: Limits | None = None) -> Geometry:
    """The geometry of one file in its own coordinates; scenes are flattened with their transforms.

    A mesh format that holds points but no faces gives a cloud. Colours, materials and
    textures are read if the limits ask for the appearance; one that cannot be read is left out.

    Raises
    ------
    BadInput
        If the file is missing, not regular, too large, of an unknown kind, damaged, or empty of geometry.
    """
    path, limits = Path(path), limits or Limits()
    geometry: Geometry = _reading(path, limits, "read")
    refusal = limits.too_many(len(geometry.faces)) if isinstance(geometry, Mesh) else None
    if refusal:
        raise BadInput(f"{path}: {refusal}")
    return geometry


def load_objects(path: str | Path, limits: Limits | None = None) -> list[SceneObject]:
    """The objects of a file for which `files.is_scene` holds, each in its own coordinates. Errors: as `load`."""
    found: list[SceneObject] = _reading(Path(path), limits or Limits(), "read_objects")
    return found


def _reading(path: Path, limits: Limits, name: str) -> Any:
    """What a format's function makes of a file. Errors: BadInput, which names the file."""
    suffix = path.suffix.lower()
    try:
        _check_file(path, suffix, limits)
        if is_archive(suffix):
            check_archive(path, limits)
        module = format_of(suffix).objects if name == "read_objects" else format_of(suffix).module
        return resolve_name(f"{module}:{name}")(path, limits)
    except (BadInput, MissingDependency) as error:
        raise BadInput(f"{path}: {error}") from error
    except MemoryError as error:
        raise BadInput(f"{path}: reading it needs more memory than there is") from error
    except Exception as error:  # readers raise whatever a damaged file leads them to
        raise BadInput(f"{path}: damaged, cut short or not {_kind(suffix)}: {describe(error)}") from error


def describe(error: BaseException) -> str:
    """One short line about an error that somebody else's code raised."""
    text = _ADDRESS.sub("", " ".join(str(error).split()))
    name = type(error).__name__
    return f"{name}: {text[:200]}" if text else name


def _kind(suffix: str) -> str:
    return f"a NumPy file of numbers ({suffix})" if suffix in (".npy", ".npz") else f"a {suffix} file"


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
            if is_archive(Path(entry.filename).suffix.lower()):
                if depth >= MAX_NESTING:
                    raise BadInput("archives inside archives inside archives; unpack it first")
                with archive.open(entry) as inner:
                    check_archive(inner, limits, depth + 1)
