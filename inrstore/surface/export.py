"""A stored shape back to a file, in the coordinates and units of its source.

``source = (x * scale) @ rotation + center``. Text formats keep seven digits of the shape's own size; PLY, STL
and GLB hold 32-bit floats, so a shape that lies far from its origin for its size loses digits there.
"""

from __future__ import annotations

import io
import os
import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import trimesh
from numpy.typing import NDArray
from trimesh.exchange.binvox import binvox_bytes
from trimesh.voxel.runlength import dense_to_rle

from inrstore.errors import BadInput, NoEncoder
from inrstore.files import write_atomically
from inrstore.network.portable import PortableInr
from inrstore.records import Frame, NewShape, Shape, StoredInr

from .extraction import Field, decoder_field, extract_cloud, extract_mesh, extract_voxels, inr_field
from .meshes import MESH_FORMATS, Written, decimals, write_mesh
from .simplify import simplify

if TYPE_CHECKING:
    from inrstore.store import Ref, Store

CLOUD_FORMATS = ("xyz", "npy")
VOXEL_FORMATS = ("binvox",)
INR_FORMATS = ("inr",)
FORMATS = MESH_FORMATS + CLOUD_FORMATS + VOXEL_FORMATS + INR_FORMATS
ENDINGS = {"inr": "safetensors"}
"""Of formats whose files end otherwise."""
DEFAULT_FORMATS = {"mesh": "obj", "cloud": "xyz", "voxels": "binvox"}
"""By kind of shape, where neither the path nor the caller names a format."""
Points = NDArray[np.float64]


def write_shape(
    store: Store,
    ref: Ref,
    path: str | os.PathLike[str] | None = None,
    *,
    format: str | None = None,
    resolution: int = 128,
    via: str = "inr",
    profile: str | None = None,
    count: int = 100_000,
    seed: int = 0,
    faces: int | None = None,
    frame: Frame | None = None,
) -> Written:
    """Decode a stored shape and write it: the file, and what a mesh in it has.

    Parameters
    ----------
    ref : id, unique prefix of an id, source path or key of a stored shape, or the shape
    path : a file, a directory to put `<name>-<id>.<format>` into, or None for the current directory
    format : obj, ply, stl, glb, off (a mesh), xyz (a cloud), binvox (a voxel grid) or npy, which is the
        cloud (count, 3) or, of a shape that came as voxels, the occupancy grid (n, n, n) of the cube around
        its bounding ball; or inr, the network itself as safetensors, see `inrstore.network.portable`; by default
        the path's ending, or what fits the shape's kind
    resolution : cells a side; the extraction costs little more than the surface's own cells
    via : `inr` for the shape's own network, `decoder` for what the model's decoder makes of its embedding
    profile : which of the shape's networks; by default the one that was fitted for its surface
    count, seed : for clouds
    faces : of a mesh, at most so many, by quadric edge collapse after the extraction; see `surface.simplify`
    frame : where to write it instead of its source's coordinates, such as over another shape, see `index.Overlay`

    Raises
    ------
    BadInput
        For an unknown format, or one that contradicts the path's ending, or a directory that does not exist.
    StorageFull
        If the disk is full; a file that was there before is as it was.
    """
    shape = store.shape(ref)
    target, format = _target(shape, path, format)
    if frame is not None:
        shape = replace(shape, center=frame.center, scale=frame.scale, rotation=frame.rotation)
    written = Written(target)
    if format in INR_FORMATS:
        write_atomically(target, shape_inr(store, shape, via=via, profile=profile).to_bytes())
        return written
    field, name = shape_field(store, shape, via=via, profile=profile)
    if format in VOXEL_FORMATS or (format == "npy" and shape.kind == "voxels"):
        content = _voxel_bytes(shape, field, name, resolution, format)
    elif format in CLOUD_FORMATS:
        points = to_source(shape, extract_cloud(field, name, count, seed, resolution))
        content = _cloud_bytes(points, shape.scale, format)
    else:
        mesh = _mesh(shape, field, name, resolution, faces)
        return write_mesh(mesh.vertices, np.asarray(mesh.faces, np.int64), target, format=format, scale=shape.scale)
    write_atomically(target, content)
    return written


def export_shape(
    store: Store,
    ref: Ref,
    path: str | os.PathLike[str] | None = None,
    *,
    format: str | None = None,
    resolution: int = 128,
    via: str = "inr",
    profile: str | None = None,
    count: int = 100_000,
    seed: int = 0,
    faces: int | None = None,
) -> Path:
    """Decode a stored shape and write it; the path of the file. Parameters and errors: as `write_shape`."""
    sizes: dict[str, Any] = {"resolution": resolution, "count": count, "seed": seed, "faces": faces}
    return write_shape(store, ref, path, format=format, via=via, profile=profile, **sizes).path


def shape_mesh(
    store: Store,
    ref: Ref,
    *,
    resolution: int = 128,
    via: str = "inr",
    profile: str | None = None,
    faces: int | None = None,
) -> trimesh.Trimesh:
    """The decoded mesh of a stored shape, in source coordinates; parameters as for `write_shape`."""
    shape = store.shape(ref)
    field, name = shape_field(store, shape, via=via, profile=profile)
    return _mesh(shape, field, name, resolution, faces)


def shape_cloud(
    store: Store,
    ref: Ref,
    *,
    count: int = 100_000,
    seed: int = 0,
    resolution: int = 128,
    via: str = "inr",
    profile: str | None = None,
) -> Points:
    """(count, 3) surface points of a stored shape in source coordinates; parameters as for `write_shape`."""
    shape = store.shape(ref)
    field, name = shape_field(store, shape, via=via, profile=profile)
    return to_source(shape, extract_cloud(field, name, count, seed, resolution))


def shape_field(store: Store, shape: Shape, *, via: str = "inr", profile: str | None = None) -> tuple[Field, str]:
    """The field that stands for a stored shape, in normalised coordinates, and its name: sdf, udf or occ."""
    if via == "decoder":
        if profile is not None:
            raise BadInput("profile: the decoder works on the embedding; leave it out, or use via='inr'")
        _, embeddings = store.embeddings([shape.key])
        if not len(embeddings):
            raise NoEncoder(f"{shape.name} has no embedding to decode; use 'inr', or run `inrstore encode`")
        return decoder_field(store.model, embeddings[0], shape.field), shape.field
    if via != "inr":
        raise BadInput(f"via: {via!r} is neither 'inr' nor 'decoder'")
    inr = shape_inr(store, shape, profile=profile)
    return inr_field(inr.siren, inr.weights), inr.field


def shape_inr(store: Store, shape: Shape | NewShape, *, via: str = "inr", profile: str | None = None) -> PortableInr:
    """One of a stored shape's networks, with what it takes to run it anywhere; parameters as for `write_shape`.

    Of a shape that is not stored, whose base is, it is the first network.
    """
    if via != "inr":
        raise BadInput("via: only the shape's own network can be written as inr; leave out via")
    about: dict[str, Any] = {"name": shape.name, "label": shape.label, "kind": shape.kind}
    frame = (shape.center, shape.scale, shape.rotation)
    if isinstance(shape, NewShape):
        inr = shape.inrs[0]
        return PortableInr(store.base(inr.base).siren, inr.field, inr.weights, *frame, about)
    row = surface_inr(shape, store.inrs(shape.key), profile)
    weights = store.weights([shape.key], base=row.base, profile=row.profile)[0]
    about |= {"id": shape.id, "base": row.base, "profile": row.profile, "steps": row.steps, "error": row.error}
    return PortableInr(store.base(row.base).siren, row.field, weights, *frame, about)


def to_source(shape: Shape, points: NDArray[np.floating]) -> Points:
    """Normalised points (n, 3) in the coordinates of the shape's source."""
    return np.asarray(points.astype(np.float64) * shape.scale @ _rotation(shape) + np.asarray(shape.center))


def default_name(shape: Shape, format: str) -> str:
    """A file name that is safe in any folder, and tells shapes of one name apart."""
    stem = re.sub(r"[^\w.-]+", "_", shape.name).strip("._-")[:60] or "shape"
    return f"{stem}-{shape.id[:8]}.{format}"


def surface_inr(shape: Shape, rows: list[StoredInr], profile: str | None) -> StoredInr:
    """The network asked for; else the newest beside the encoded one, which was fitted for its surface.

    `rows` are the shape's, oldest first; of several of one profile, which differ in their bases, the newest counts.
    """
    if profile is None:
        named = [row for row in rows if not row.encoded] or rows
    else:
        named = [row for row in rows if row.profile == profile]
    if not named:
        known = ", ".join(sorted({row.profile for row in rows})) or "none at all"
        raise BadInput(f"profile: {shape.name} has no network of profile {profile!r}; it has {known}")
    return named[-1]


def _rotation(shape: Shape) -> Points:
    return np.eye(3) if shape.rotation is None else np.asarray(shape.rotation, dtype=np.float64).reshape(3, 3)


def _target(shape: Shape, path: str | os.PathLike[str] | None, format: str | None) -> tuple[Path, str]:
    """The file to write and its format, or a refusal."""
    place = Path(path) if path is not None else Path()
    ending = "" if place.is_dir() else place.suffix.lstrip(".").lower()
    ending = next((name for name, written in ENDINGS.items() if written == ending), ending)
    chosen = (format or ending).lower().lstrip(".")
    if place.is_dir():
        chosen = chosen or DEFAULT_FORMATS[shape.kind]
        place = place / default_name(shape, ENDINGS.get(chosen, chosen))
    if chosen not in FORMATS:
        raise BadInput(f"format: {chosen or str(place)!r} is not known; choose one of {', '.join(FORMATS)}")
    if ending in FORMATS and ending != chosen:
        raise BadInput(f"format: {chosen} contradicts the ending of {place}; change one of them")
    if not place.parent.is_dir():
        raise BadInput(f"{place}: the directory {place.parent} does not exist; create it first")
    return place, chosen


def _mesh(shape: Shape, field: Field, name: str, resolution: int, count: int | None) -> trimesh.Trimesh:
    """The surface of a field in the coordinates of the shape's source, with at most `count` faces."""
    vertices, faces = extract_mesh(field, name, resolution)
    if count is not None:
        vertices, faces = simplify(vertices, faces, count)
    if np.linalg.det(_rotation(shape)) < 0:  # a mirror turns faces inside out
        faces = faces[:, ::-1]
    return trimesh.Trimesh(to_source(shape, vertices), faces, process=False)


def _cloud_bytes(points: Points, scale: float, format: str) -> bytes:
    if format == "npy":
        return _npy_bytes(points)
    line = "{:." + str(decimals(scale)) + "f}"
    line = f"{line} {line} {line}\n"
    return "".join(line.format(*point) for point in points.tolist()).encode()


def _voxel_bytes(shape: Shape, field: Field, name: str, resolution: int, format: str) -> bytes:
    """The grid's axes are the source's; it fills the cube of side 2·scale around the shape's centre."""
    rotation = _rotation(shape).astype(np.float32)
    grid = extract_voxels(lambda points: field(points @ rotation.T), name, resolution)
    if format == "npy":
        return _npy_bytes(grid)
    # y fastest, then z, then x; translate is the grid's lower corner
    runs = dense_to_rle(grid.transpose(0, 2, 1).ravel(), dtype=np.uint8)
    corner = np.asarray(shape.center) - shape.scale
    content: bytes = binvox_bytes(runs, grid.shape, corner, 2 * shape.scale)
    return content


def _npy_bytes(array: NDArray[np.generic]) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, array, allow_pickle=False)
    return buffer.getvalue()
