"""Routes to surfaces: what networks, decoders, sources and segmenters have, for the viewer, and files to take away."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import quote

import igl
import matplotlib
import numpy as np
from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import StreamingResponse

from ingest.originals import Original, original
from ingest.sampling.normalise import into
from inrstore.errors import InrstoreError
from inrstore.metrics.surfaces import nearest_distances
from inrstore.records import Frame, Shape
from inrstore.surface.export import FORMATS, default_name, shape_field, write_shape
from inrstore.surface.extraction import extract_mesh
from inrstore.surface.painted import PALETTE, palette
from inrstore.surface.points import surface_points

from ..output import CONTROLS
from .gallery import Gallery, Here
from .kept import Content, answer
from .meshes import MEDIA, glb
from .problems import Problem
from .zipped import zipped

router = APIRouter(tags=["surfaces"])
GLB: dict[int | str, dict[str, Any]] = {200: {"content": {MEDIA: {}}, "description": "Binary glTF"}}
WORST = 0.05
"""Radii; a surface that is so far off, or farther, is drawn in the last colour."""
POINTS, NEAR = 20_000, 0.02
ZIPPED = 500
"""Shapes in one archive."""
Resolution = Annotated[int, Query(ge=16, le=256, description="Cells a side")]
Profile = Annotated[str | None, Query(max_length=80)]
Format = Literal["obj", "ply", "stl", "glb", "off", "xyz", "npy", "binvox", "inr"]
assert set(FORMATS) == set(Format.__args__)  # type: ignore[attr-defined]


@router.get("/shapes/{id}/surface", response_class=Response, responses=GLB)
def surface(
    gallery: Here,
    request: Request,
    id: str,
    resolution: Resolution = 64,
    via: Literal["inr", "decoder"] = "inr",
    profile: Profile = None,
) -> Response:
    """The surface that a network of the shape has, in normalised coordinates (the unit ball, y up)."""
    shape = gallery.shape(id)

    def make() -> bytes:
        field, name = shape_field(gallery.store, shape, via=via, profile=profile)
        return glb({"decoded": extract_mesh(field, name, resolution)})

    return _made(gallery, request, ("surface", shape.id, resolution, via, profile), make)


@router.get("/shapes/{id}/source", response_class=Response, responses=GLB)
def source(gallery: Here, request: Request, id: str) -> Response:
    """The surface of the file that the shape was made from, where the decoded one lies."""
    shape = gallery.shape(id)

    def make() -> bytes:
        found = _original(gallery, shape)
        return glb({"source": (found.vertices, found.faces)})

    return _made(gallery, request, ("source", shape.id), make)


@router.get("/shapes/{id}/errors", response_class=Response, responses=GLB)
def errors(gallery: Here, request: Request, id: str, resolution: Resolution = 96) -> Response:
    """The decoded surface, coloured by how far it is from the source; figures are in a header."""
    shape = gallery.shape(id)

    def make() -> Content:
        with gallery.gate.entered():
            found = _original(gallery, shape)
            vertices, faces = extract_mesh(*shape_field(gallery.store, shape), resolution)
            far = _distances(vertices, found.vertices, found.faces)
            figures = _figures(vertices, faces, found) | {"largest": float(far.max()), "scale": WORST}
        share = np.clip(far / WORST, 0, 1)
        colors = np.asarray(matplotlib.colormaps["viridis"](share, bytes=True), np.uint8)
        said = json.dumps({name: round(value, 5) for name, value in figures.items()})
        data = glb({"errors": (vertices, faces)}, colors)
        return Content(data, MEDIA, (("X-Inrstore-Figures", said),))

    return answer(request, gallery.surfaces.get(("errors", shape.id, resolution), make), 300)


@router.get("/shapes/{id}/parts", response_class=Response, responses=GLB)
def parts(
    gallery: Here, request: Request, id: str, head: Annotated[str | None, Query(max_length=200)] = None
) -> Response:
    """The decoded surface, each part in its colour; which is which is in a header."""
    from inrstore.tasks import Segmenter, segment_shape

    shape, store = gallery.shape(id), gallery.store
    segmenter = Segmenter(store.head(head, kind="segmenter"), store.base().siren)

    def make() -> Content:
        with gallery.gate.entered():
            found = segment_shape(store, segmenter, shape.id)
        vertices = into(found.vertices, Frame(shape.center, shape.scale, shape.rotation))
        colors = palette(len(found.names))[found.part]
        count = np.bincount(found.part, minlength=len(found.names)).tolist()
        said = [
            {"name": name, "color": PALETTE[place % len(PALETTE)], "faces": count[place]}
            for place, name in enumerate(found.names)
        ]
        header = (("X-Inrstore-Parts", json.dumps(said)),)  # ASCII, as headers must be
        if found.faces is None:
            return Content(glb({"parts": (vertices, np.empty((0, 3), np.int64))}, colors), MEDIA, header)
        corners = vertices[found.faces].reshape(-1, 3)  # glTF colours vertices, so parts cannot share one
        painted = glb({"parts": (corners, np.arange(len(corners)).reshape(-1, 3))}, np.repeat(colors, 3, axis=0))
        return Content(painted, MEDIA, header)

    return answer(request, gallery.surfaces.get(("parts", shape.id, segmenter.head.id), make), 300)


@router.get("/shapes/{id}/export", response_class=Response)
def export(
    gallery: Here, request: Request, id: str, format: Format | None = None, resolution: Resolution = 128
) -> Response:
    """The shape as a file, in the coordinates and units of its source; by default of a format that fits its kind."""
    shape = gallery.shape(id)
    name, data = _file(gallery, shape, format, resolution)
    content = Content(data, "application/octet-stream")
    disposition = f"attachment; filename=\"{_plain(name)}\"; filename*=UTF-8''{quote(name)}"  # RFC 6266
    return answer(request, content, further={"Content-Disposition": disposition})


@router.get("/export", response_class=StreamingResponse)
def export_many(
    gallery: Here,
    id: Annotated[list[str], Query(min_length=1, max_length=ZIPPED)],
    format: Format = "obj",
    resolution: Resolution = 128,
) -> StreamingResponse:
    """Several shapes in one archive, which is sent while it is made."""
    shapes = gallery.shapes(id)

    def files() -> Iterator[tuple[str, bytes]]:
        failed = []
        for shape in shapes:
            try:
                name, data = _file(gallery, shape, format, resolution, patient=True)
                yield _plain(name), data
            except InrstoreError as error:  # the others are sent all the same
                failed.append(f"{shape.id} {shape.name.translate(CONTROLS)}: {error}\n")
        if failed:
            yield "failed.txt", "".join(failed).encode("utf-8", "replace")

    disposition = {"Content-Disposition": 'attachment; filename="shapes.zip"'}
    return StreamingResponse(zipped(files()), media_type="application/zip", headers=disposition)


def _made(gallery: Gallery, request: Request, of: object, make: Callable[[], bytes]) -> Response:
    def content() -> Content:
        with gallery.gate.entered():
            return Content(make(), MEDIA)

    return answer(request, gallery.surfaces.get(of, content), 300)


def _file(
    gallery: Gallery, shape: Shape, format: str | None, resolution: int, patient: bool = False
) -> tuple[str, bytes]:
    """A name that harms no folder, and the bytes."""
    with gallery.gate.entered(patient), tempfile.TemporaryDirectory(dir=gallery.uploads) as folder:
        written = write_shape(gallery.store, shape, Path(folder), format=format, resolution=resolution)
        return default_name(shape, written.path.suffix.lstrip(".")), written.path.read_bytes()


def _plain(name: str) -> str:
    """In ASCII, as headers must be and old readers of archives want it."""
    return name.encode("ascii", "replace").decode().replace("?", "_")


def _original(gallery: Gallery, shape: Shape) -> Original:
    """Errors: Problem 404."""
    if not shape.sources:
        raise Problem(404, "source-gone", f"{shape.name} was made from no file")
    return original(gallery.store, shape)


def _distances(points: Any, vertices: Any, faces: Any) -> Any:
    """(n,) exact distances of points (n, 3) to a surface, or to points where there are no faces, in radii."""
    if not len(faces):
        return nearest_distances(points, vertices)
    own = np.ascontiguousarray(points, np.float64)
    return np.sqrt(np.asarray(igl.point_mesh_squared_distance(own, np.asarray(vertices, np.float64), faces)[0]))


def _figures(vertices: Any, faces: Any, found: Original) -> dict[str, float]:
    """Chamfer-L1 and F-score of samples of each surface against the other one itself."""
    rng = np.random.default_rng(0)
    own = surface_points(vertices, faces, POINTS, rng)
    there = surface_points(found.vertices, found.faces, POINTS, rng) if len(found.faces) else found.vertices
    away, back = _distances(own, found.vertices, found.faces), _distances(there, vertices, faces)
    precision, recall = float(np.mean(away <= NEAR)), float(np.mean(back <= NEAR))
    f_score = 2 * precision * recall / max(precision + recall, 1e-9)
    return {"chamfer": float(away.mean() + back.mean()) / 2, f"f@{NEAR:g}": f_score}
