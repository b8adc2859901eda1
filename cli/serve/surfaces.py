"""Routes to surfaces: what networks, decoders, sources and segmenters have, for the viewer."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Annotated, Any, Literal

import igl
import matplotlib
import numpy as np
from fastapi import APIRouter, Query, Request, Response

from ingest.originals import Original, original
from ingest.sampling.normalise import into
from inrstore.metrics.surfaces import nearest_distances
from inrstore.records import Frame, Shape
from inrstore.surface.export import shape_field
from inrstore.surface.extraction import extract_mesh
from inrstore.surface.painted import PALETTE, palette
from inrstore.surface.points import surface_points

from .gallery import Gallery, Here
from .kept import Content, answer
from .meshes import MEDIA, glb
from .problems import Problem

router = APIRouter(tags=["surfaces"])
GLB: dict[int | str, dict[str, Any]] = {200: {"content": {MEDIA: {}}, "description": "Binary glTF"}}
WORST = 0.05
"""Radii; a surface that is so far off, or farther, is drawn in the last colour."""
POINTS, NEAR = 20_000, 0.02
Resolution = Annotated[int, Query(ge=16, le=256, description="Cells a side")]
Profile = Annotated[str | None, Query(max_length=80)]


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


def _made(gallery: Gallery, request: Request, of: object, make: Callable[[], bytes]) -> Response:
    def content() -> Content:
        with gallery.gate.entered():
            return Content(make(), MEDIA)

    return answer(request, gallery.surfaces.get(of, content), 300)


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
