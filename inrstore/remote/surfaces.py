"""The part of a remote store that decodes: surfaces to work with, and files to keep."""

from __future__ import annotations

import io
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from inrstore.errors import BadInput
from inrstore.files import atomic_path

from .catalogue import Catalogue
from .references import Ref, id_of

if TYPE_CHECKING:
    import trimesh

FORMATS = ("obj", "ply", "stl", "glb", "off", "xyz", "npy", "binvox", "inr")
ENDINGS = {"safetensors": "inr"}
"""Formats by how their files end, where these are called otherwise."""
NAMED = re.compile(r"filename\*=UTF-8''([^;\s]+)")


class Surfaces(Catalogue):
    """See `Catalogue` for references, and for the errors that every method may raise."""

    def surface(
        self, shape: Ref, *, resolution: int = 64, via: str = "inr", profile: str | None = None
    ) -> trimesh.Trimesh:
        """The surface of a shape, in normalised coordinates: the unit ball, y up.

        ``mesh.vertices * shape.scale @ rotation + shape.center`` are those of its source, in which `export` writes.

        Parameters
        ----------
        resolution : cells a side, 16 to 256
        via : `inr` for the shape's own network, `decoder` for what the model's decoder makes of its embedding
        profile : which of the shape's networks; by default the one that was fitted for its surface

        Raises
        ------
        ShapeNotFound, AmbiguousShape, BadInput
            If the reference names not one shape, or what is asked for is not there.
        EmptySurface, NoEncoder
            If there is no surface, or nothing that decodes.
        """
        asked = {"resolution": resolution, "via": via, "profile": profile}
        return _mesh(self.transport.content("GET", f"/shapes/{id_of(shape)}/surface", params=asked))

    def between(self, a: Ref, b: Ref, t: float, *, resolution: int = 40) -> trimesh.Trimesh:
        """The surface at a share `t` of the way from one shape (0) to another (1), in normalised coordinates.

        `t` counts in thousandths, and is a share of the angle between both codes, see `inrstore.tasks.interpolate`;
        `resolution` are cells a side, 16 to 256. Errors: as `surface`.
        """
        path = f"/interpolations/{id_of(a)}/{id_of(b)}/{float(t):.6f}"
        return _mesh(self.transport.content("GET", path, params={"resolution": resolution}))

    def export(
        self,
        shape: Ref,
        path: str | os.PathLike[str] | None = None,
        *,
        format: str | None = None,
        resolution: int = 128,
    ) -> Path:
        """Write a shape to a file here, in the coordinates and units of its source; the path of the file.

        Parameters
        ----------
        path : a file, a directory to put `<name>-<id>.<format>` into, or None for the current directory; a file that
            was there is replaced once all has come
        format : obj, ply, stl, glb, off (a mesh), xyz or npy (a cloud), binvox (a voxel grid) or inr (the network
            itself, as safetensors); by default the path's ending, or what fits the shape's kind
        resolution : cells a side, 16 to 256

        Raises
        ------
        ShapeNotFound, AmbiguousShape, EmptySurface
            If the reference names not one shape, or this has no surface.
        BadInput
            For an unknown format, or one that contradicts the path's ending, or a directory that does not exist.
        StorageFull
            If the disk is full; a file that was there before is as it was.
        """
        place = Path(path) if path is not None else Path()
        asked = {"format": _format(place, format), "resolution": resolution}
        with self.transport.stream("GET", f"/shapes/{id_of(shape)}/export", params=asked) as response:
            if place.is_dir():
                place = place / _named(response.headers.get("content-disposition", ""), id_of(shape))
            with atomic_path(place) as temporary, temporary.open("wb") as file:
                for piece in self.transport.pieces(response):
                    file.write(piece)
        return place


def _format(place: Path, format: str | None) -> str | None:
    """The format to ask for; None leaves it to the server. Errors: BadInput."""
    ending = "" if place.is_dir() else place.suffix.lstrip(".").lower()
    ending = ENDINGS.get(ending, ending)
    chosen = (format or ending).lower().lstrip(".")
    if place.is_dir() and not chosen:
        return None
    if chosen not in FORMATS:
        raise BadInput(f"format: {chosen or str(place)!r} is not known; choose one of {', '.join(FORMATS)}")
    if ending in FORMATS and ending != chosen:
        raise BadInput(f"format: {chosen} contradicts the ending of {place}; change one of them")
    if not place.is_dir() and not place.parent.is_dir():
        raise BadInput(f"{place}: the directory {place.parent} does not exist; create it first")
    return chosen


def _named(disposition: str, id: str) -> str:
    """The file name that the server proposes, if it is one of this folder and not hidden."""
    found = NAMED.search(disposition)
    name = unquote(found[1]) if found else ""
    return name if re.fullmatch(r"\w[\w.-]*", name) else f"shape-{id[:8]}"


def _mesh(content: bytes) -> trimesh.Trimesh:
    import trimesh

    scene: Any = trimesh.load(io.BytesIO(content), file_type="glb", force="scene", process=False)
    mesh: trimesh.Trimesh = next(iter(scene.geometry.values()))
    return mesh
