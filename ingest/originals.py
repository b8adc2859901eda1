"""What a stored shape was made from, read again from its file, in the frame of the shape."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
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
from .sources.reading import at_hand
from .sources.retry import Unreachable
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
    limits = limits or Limits()
    for source in store.sources(shape):
        with _copy(source, limits) as place:
            if place is not None:
                geometry = _geometry(source, place, limits)
                return _surface(geometry, Frame(shape.center, shape.scale, shape.rotation))
    raise ShapeNotFound(
        f"no file of {shape.name} ({shape.id[:12]}) is there as it was ingested; its network is what there is"
    )


@contextmanager
def _copy(source: Source, limits: Limits) -> Iterator[str | None]:
    """Where a source's file can be read; None if it is not there, or not the same bytes, any more."""
    with ExitStack() as stack:
        try:
            place = stack.enter_context(at_hand(source.part.file if source.part else source.path, limits))
            same = os.path.getsize(place) == source.bytes and sha256(place) == source.sha256
        except (BadInput, Unreachable, OSError):
            same = False
        yield place if same else None


def _geometry(source: Source, place: str, limits: Limits) -> Geometry:
    if source.part is None or source.path == source.part.file:
        return load(place, limits)
    number = int(source.path.removeprefix(source.part.file).removeprefix("#").split(" ")[0])
    found = load_objects(place, limits)[number - 1].geometry
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
