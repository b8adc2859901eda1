"""What a stored shape was made from, read again from its file, in the frame of the shape."""

from __future__ import annotations

import os
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from inrstore.errors import BadInput, ShapeNotFound
from inrstore.files import sha256
from inrstore.records import Frame, Shape, Source
from inrstore.store import Store

from .files.geometry import Cloud, Geometry, Limits, Mesh, Voxels
from .files.load import load, load_objects
from .sampling.normalise import into
from .thumbnails import boxes

NO_FACES = np.empty((0, 3), np.int64)


@dataclass(frozen=True, eq=False)
class Original:
    """The surface of a source, in the normalised coordinates of its shape."""

    vertices: NDArray[np.float64]
    """(v, 3)."""
    faces: NDArray[np.int64]
    """(f, 3); of a cloud none, and of a grid the sides of its cells."""


def original(store: Store, shape: Shape, limits: Limits | None = None) -> Original:
    """The first source of a shape that is still there, and still the same bytes.

    Errors: ShapeNotFound if none is; BadInput if the file cannot be read, or is too large for the limits.
    """
    for source in store.sources(shape):
        if _is_there(source):
            geometry = _geometry(source, limits or Limits())
            return _surface(geometry, Frame(shape.center, shape.scale, shape.rotation))
    raise ShapeNotFound(
        f"no file of {shape.name} ({shape.id[:12]}) is there as it was ingested; its network is what there is"
    )


def _file(source: Source) -> str:
    return source.part.file if source.part else source.path


def _is_there(source: Source) -> bool:
    path = _file(source)
    try:
        return os.path.getsize(path) == source.bytes and sha256(path) == source.sha256
    except OSError:
        return False


def _geometry(source: Source, limits: Limits) -> Geometry:
    path = _file(source)
    if source.part is None or source.path == path:
        return load(path, limits)
    number = int(source.path.removeprefix(path).removeprefix("#").split(" ")[0])
    found = load_objects(path, limits)[number - 1].geometry
    if isinstance(found, BadInput):
        raise found
    return found


def _surface(geometry: Geometry, frame: Frame) -> Original:
    """Errors: BadInput for a network, which has no surface of its own."""
    if isinstance(geometry, Mesh):
        return Original(into(geometry.vertices, frame), geometry.faces)
    if isinstance(geometry, Cloud):
        return Original(into(geometry.points, frame), NO_FACES)
    if isinstance(geometry, Voxels):
        vertices, faces = boxes(geometry)
        return Original(into(vertices, frame), faces)
    raise BadInput("the source is a network already; what it says is the shape")
