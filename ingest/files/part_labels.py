"""Which faces of a mesh, or points of a cloud, belong to which named part.

It is said in a file beside the shape's own, or in that itself:

    chair.parts.npz        arrays `face_part` or `point_part` (n,) of whole numbers, and `part_names`
    chair.seg              a whole number a line, as of the Princeton Segmentation Benchmark and of ShapeNetPart, where
                           it may also lie in a folder `points_label` beside that of the clouds
    chair.txt              a cloud whose seventh column is the part, as of ShapeNetPart with normals
    chair.obj, .glb, …     groups or else objects, by their names
    chair.ply, .off, …     faces of several colours, called #rrggbb
"""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from inrstore.errors import BadInput

from .geometry import Cloud, Geometry, Limits, Mesh
from .load import describe, load
from .meshes import moved
from .scenes import read_objects
from .text import part_column

PARTS = ("face_part", "point_part")
"""Arrays of which one is in an NPZ of parts."""
MOST = 256
"""Parts of a shape."""
TEXTS = (".txt", ".xyz", ".pts")
NAMED = (".obj", ".glb", ".gltf", ".3mf", ".dae")
"""Formats of meshes that have names in them."""


@dataclass(frozen=True, eq=False)
class Parted:
    """A geometry in its own coordinates, and the part of each of its faces or points."""

    geometry: Mesh | Cloud
    part: NDArray[np.int64]
    """(f,) or (n,) places in `names`."""
    names: tuple[str, ...]


def beside(path: str | Path) -> Path | None:
    """The file that says which part is which: one beside a shape's, or that itself, if it holds arrays of parts."""
    path = Path(path)
    if path.suffix.lower() == ".npz" and _holds_parts(path):
        return path
    own = (path.with_name(f"{path.stem}.parts.npz"), path.with_suffix(".seg"))
    tries = (*own, path.parent.parent / "points_label" / f"{path.stem}.seg")
    return next((one for one in tries if one.is_file()), None)


def _holds_parts(path: Path) -> bool:
    try:
        with zipfile.ZipFile(path) as archive:
            return not {f"{name}.npy" for name in PARTS}.isdisjoint(archive.namelist())
    except (OSError, zipfile.BadZipFile):
        return False


def parted(path: str | Path, geometry: Geometry, limits: Limits) -> Parted | None:
    """What is said of the parts of a shape that was read from a file; None if nothing is.

    Errors: BadInput if what is said does not fit.
    """
    path = Path(path)
    if not isinstance(geometry, Mesh | Cloud):
        return None
    said = beside(path)
    if said is not None:
        try:
            part, names = _from_npz(said) if said.suffix == ".npz" else (np.loadtxt(said, dtype=np.int64, ndmin=1), ())
        except BadInput:
            raise
        except Exception as error:
            raise BadInput(f"its parts in {said.name} cannot be read: {describe(error)}") from error
        return _checked(geometry, part, names, said.name)
    if isinstance(geometry, Cloud):
        column = part_column(path) if path.suffix.lower() in TEXTS else None
        return None if column is None else _checked(geometry, column, (), "its seventh column")
    return _from_itself(path, geometry, limits)


def _from_npz(path: Path) -> tuple[NDArray[np.int64], tuple[str, ...]]:
    with np.load(path, allow_pickle=False) as arrays:
        name = next((one for one in PARTS if one in arrays), None)
        if name is None:
            raise BadInput(
                f"{path.name} has the arrays {', '.join(arrays) or 'none'}; it needs face_part or point_part"
            )
        names = tuple(map(_text, arrays["part_names"].tolist())) if "part_names" in arrays else ()
        part = np.asarray(arrays[name])
    if part.ndim != 1 or part.dtype.kind not in "iu":
        raise BadInput(f"{path.name}: {name} is {part.dtype} {part.shape}; give a whole number for each")
    return part.astype(np.int64), names


def _text(name: Any) -> str:
    """A name of a part. Errors: UnicodeError if it is none."""
    text = name.decode() if isinstance(name, bytes) else str(name)
    text.encode()
    return text


def _checked(geometry: Mesh | Cloud, part: NDArray[np.int64], names: Sequence[str], where: str) -> Parted:
    """Parts without names get numbers; of those only the ones that are there."""
    count, what = (len(geometry.faces), "triangles") if isinstance(geometry, Mesh) else (len(geometry.points), "points")
    if part.shape != (count,):
        raise BadInput(
            f"{where} has parts for {len(part):,}, but there are {count:,} {what}; is it of another version?"
        )
    if not names:
        there, part = np.unique(part, return_inverse=True)
        names = [f"part {number}" for number in there]
    if int(part.min()) < 0 or int(part.max()) >= len(names):
        wrong = int(part.min() if part.min() < 0 else part.max())
        raise BadInput(f"{where} names a part {wrong}, but part_names has {len(names)}")
    if len(names) > MOST:
        raise BadInput(f"{where} has {len(names):,} parts; up to {MOST} are kept")
    if len(set(names)) < len(names) or not all(names):
        raise BadInput(f"{where} has part_names that are empty or the same: {', '.join(names)[:80]}")
    return Parted(geometry, part.astype(np.int64), tuple(names))


def _from_itself(path: Path, mesh: Mesh, limits: Limits) -> Parted | None:
    """By the names of what the file is made of, or else by the colours of its faces."""
    if path.suffix.lower() in NAMED:
        found = _by_name(path, limits)
        if found is not None:
            return found
    colored: Any = load(path, replace(limits, appearance=True))
    look = colored.appearance if isinstance(colored, Mesh) else None
    if look is None or len(look.face_colors) != len(mesh.faces):
        return None
    bytes_of = np.rint(look.face_colors * 255).astype(np.int64)
    colors, part = np.unique(bytes_of, axis=0, return_inverse=True)
    if not 2 <= len(colors) <= MOST:
        return None
    return Parted(mesh, part.ravel().astype(np.int64), tuple(f"#{r:02x}{g:02x}{b:02x}" for r, g, b in colors))


def _by_name(path: Path, limits: Limits) -> Parted | None:
    """The objects of a file in its own coordinates, those of one name together; None if fewer than two have names."""
    try:
        found = read_objects(path, replace(limits, appearance=False), groups=True)
    except Exception as error:
        raise BadInput(f"its objects cannot be told apart: {describe(error)}") from error
    named = [(one, one.geometry) for one in found if isinstance(one.geometry, Mesh)]
    names = list(dict.fromkeys(one.name or "unnamed" for one, _ in named))
    if not 2 <= len(names) <= MOST or all(one.name is None for one, _ in named):
        return None
    starts = np.cumsum([0, *(len(mesh.vertices) for _, mesh in named)])
    placed = [mesh.vertices if one.transform is None else moved(mesh.vertices, one.transform) for one, mesh in named]
    faces = np.concatenate([mesh.faces + start for start, (_, mesh) in zip(starts, named, strict=False)])
    part = np.repeat([names.index(one.name or "unnamed") for one, _ in named], [len(mesh.faces) for _, mesh in named])
    return Parted(Mesh(np.concatenate(placed), faces), part.astype(np.int64), tuple(names))
