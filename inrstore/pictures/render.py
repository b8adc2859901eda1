"""Pictures without a display: rays by Embree for one shape, matplotlib for a sheet of them.

A picture shows the shape from the front, right and above (Y is up), with one key light, sky light, ambient
occlusion and a soft shadow on the ground. Shading is two-sided, so flipped faces do not look black.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import igl
import numpy as np
from embreex.mesh_construction import TriangleMesh
from embreex.rtcore_scene import EmbreeScene
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter, zoom
from trimesh.creation import icosahedron

from inrstore.arrays import as_integers, as_numbers
from inrstore.errors import BadArray, BadInput, EmptySurface
from inrstore.files import atomic_path
from inrstore.surface.export import shape_field
from inrstore.surface.extraction import extract_cloud, extract_mesh

from .sheet import Image, Tile, sheet

if TYPE_CHECKING:
    from inrstore.store import Ref, Store

Array = NDArray[np.float32]

VIEW = (35.0, 22.0)
"""Azimuth from the front (+Z) to the right, and elevation, in degrees."""
COLOR = (0.39, 0.57, 0.77)
BACKGROUND = (0.965, 0.965, 0.96)
KEY_LIGHT = (-0.45, 0.75, 0.65)
"""Direction to the key light, in the camera's frame: from the upper left, behind the camera."""
SUPERSAMPLING = 2
AO_RAYS, AO_REACH = 6, 0.5
"""Rays a sub-pixel."""
SHADOW_RAYS, SHADOW_REACH, SHADOW_STRENGTH = 48, 0.9, 0.42
THUMBNAIL_RESOLUTION, THUMBNAIL_POINTS = 96, 4096
MAX_POINTS = 8192
EDGE = 75.0
"""Degrees between two faces from which their border is drawn sharp."""


class HitLike(Protocol):
    """What a picture needs to know of a neighbour; `index.Hit` is one."""

    @property
    def id(self) -> str: ...
    @property
    def label(self) -> str | None: ...
    @property
    def score(self) -> float: ...


class ResultLike(Protocol):
    """What a picture needs to know of a search; `index.Result` is one."""

    @property
    def query(self) -> str: ...
    @property
    def id(self) -> str | None: ...
    @property
    def hits(self) -> Sequence[HitLike]: ...


def render_mesh(
    vertices: NDArray[np.floating],
    faces: NDArray[np.integer],
    size: int = 256,
    view: tuple[float, float] = VIEW,
    color: tuple[float, float, float] = COLOR,
) -> Image:
    """(size, size, 3) picture of a mesh, vertices (v, 3) and faces (f, 3), scaled to fill it. Errors: BadInput."""
    if not 16 <= size <= 4096:
        raise BadInput(f"size: {size} pixels is not between 16 and 4096")
    vertices = as_numbers(vertices, (None, 3), "vertices").astype(np.float64, copy=False)
    faces = as_integers(faces, (None, 3), "faces")
    if not len(faces):
        raise BadInput("a mesh without faces has no picture")
    if faces.min() < 0 or faces.max() >= len(vertices) or not np.isfinite(vertices).all():
        raise BadArray(f"faces: {faces.min()} to {faces.max()}, expected are rows of {len(vertices)} finite vertices")
    camera = _camera(view)
    corners = _framed(vertices @ camera.T)
    scene = EmbreeScene()
    TriangleMesh(scene=scene, vertices=corners, indices=faces.astype(np.int32))
    fine = size * SUPERSAMPLING
    origins = _screen(fine)
    hits = scene.run(origins, np.tile(np.array([0, 0, -1], np.float32), (len(origins), 1)), output=1)
    hit = np.flatnonzero(hits["primID"] >= 0)
    normals = _normals(corners, faces, hits["primID"][hit], hits["u"][hit], hits["v"][hit])
    places = origins[hit] - hits["tfar"][hit, None] * np.array([0, 0, 1], np.float32)
    light = _light(normals, camera[:, 1].astype(np.float32))
    light *= _openness(scene, places, normals, _subpixel(hit, fine))[:, None]
    picture = np.repeat(_ground(scene, corners, camera, size), SUPERSAMPLING, axis=0)
    picture = np.repeat(picture, SUPERSAMPLING, axis=1).reshape(-1, 3)
    picture[hit] = np.array(color, np.float32) * light
    picture = picture.reshape(size, SUPERSAMPLING, size, SUPERSAMPLING, 3).mean(axis=(1, 3))
    return np.asarray(np.clip(picture, 0, 1) * 255 + 0.5, dtype=np.uint8)


def render_points(
    points: NDArray[np.floating],
    size: int = 256,
    view: tuple[float, float] = VIEW,
    color: tuple[float, float, float] = COLOR,
) -> Image:
    """(size, size, 3) picture of a cloud (n, 3) as small balls; a random choice of them if there are many."""
    points = as_numbers(points, (None, 3), "points").astype(np.float64, copy=False)
    if not len(points):
        raise BadInput("a cloud without points has no picture")
    if len(points) > MAX_POINTS:
        points = points[np.random.default_rng(0).permutation(len(points))[:MAX_POINTS]]
    extent = np.linalg.norm(np.ptp(points, axis=0)) / 2 or 1.0
    solid = icosahedron()
    ball, triangles = np.asarray(solid.vertices), np.asarray(solid.faces)
    radius = extent * np.clip(0.7 / np.sqrt(len(points)), 0.006, 0.05)
    vertices = (points[:, None] + radius * ball).reshape(-1, 3)
    faces = (np.arange(len(points))[:, None, None] * len(ball) + triangles).reshape(-1, 3)
    return render_mesh(vertices, faces, size, view, color)


def thumbnail(store: Store, ref: Ref, size: int = 256, *, via: str = "inr") -> Image:
    """(size, size, 3) picture of a stored shape as its network (or the decoder) has it; clouds as points."""
    shape = store.shape(ref)
    field, name = shape_field(store, shape, via=via)
    if shape.kind == "cloud":
        return render_points(extract_cloud(field, name, THUMBNAIL_POINTS), size)
    resolution = int(np.clip(size * 3 // 8, THUMBNAIL_RESOLUTION, 256))
    return render_mesh(*extract_mesh(field, name, resolution), size)


def render_shape(store: Store, ref: Ref, path: str | os.PathLike[str], size: int = 512, *, via: str = "inr") -> Path:
    """Write a picture of a stored shape; PNG, or whatever the path's ending names that Pillow writes."""
    from PIL import Image as pillow

    target = Path(path)
    if target.suffix.lower() not in pillow.registered_extensions():
        raise BadInput(f"{target}: no picture format has the ending {target.suffix!r}; use .png")
    picture = pillow.fromarray(thumbnail(store, ref, size, via=via))
    with atomic_path(target) as temporary:
        picture.save(temporary)
    return target


def search_sheet(
    store: Store,
    results: Sequence[ResultLike],
    path: str | os.PathLike[str],
    images: Mapping[str, Image] | None = None,
) -> Path:
    """Write one picture of searches: a row a query, the query first and framed, then its neighbours.

    `images` gives pictures, by `result.query`, of queries that are not stored shapes (a file, for example) and so
    have no `result.id`; where there is neither, the row begins with the query's name.
    """
    seen: dict[str, Image | None] = {}

    def picture(shape_id: str) -> Image | None:
        if shape_id not in seen:
            try:
                seen[shape_id] = thumbnail(store, shape_id)
            except EmptySurface:  # one empty field must not cost the whole sheet
                seen[shape_id] = None
        return seen[shape_id]

    rows = []
    for result in results:
        image, label = (images or {}).get(result.query), None
        if image is None and result.id is not None:
            image, label = picture(result.id), store.shape(result.id).label
        row = [Tile(image, label or Path(result.query).stem, "query")]
        for hit in result.hits:
            match = None if label is None or hit.label is None else hit.label == label
            row.append(Tile(picture(hit.id), hit.label or hit.id[:8], f"{hit.score:.3f}", match))
        rows.append(row)
    return sheet(rows, path)


def _camera(view: tuple[float, float]) -> NDArray[np.float64]:
    """Rows are the camera's right, up and backward directions."""
    azimuth, elevation = np.radians(view)
    back = np.array([np.sin(azimuth) * np.cos(elevation), np.sin(elevation), np.cos(azimuth) * np.cos(elevation)])
    right = np.array([np.cos(azimuth), 0.0, -np.sin(azimuth)])
    return np.stack([right, np.cross(back, right), back])


def _framed(corners: NDArray[np.float64]) -> Array:
    """Camera coordinates moved and scaled so that the shape fills most of the screen [-1, 1]²."""
    low, high = corners.min(axis=0), corners.max(axis=0)
    middle = (low + high) / 2
    half = max(float((high - low)[:2].max()) / 2, 1e-12)
    return np.asarray((corners - middle) * (0.84 / half) + [0, 0.02, 0], dtype=np.float32)


def _screen(fine: int) -> Array:
    """(fine², 3) origins of the rays through the sub-pixels, in rows from the top."""
    axis = ((np.arange(fine) + 0.5) * 2 / fine - 1).astype(np.float32)
    x, y = np.meshgrid(axis, -axis)
    return np.stack([x, y, np.full_like(x, 16.0)], axis=-1).reshape(-1, 3)


def _subpixel(rays: NDArray[np.integer], fine: int) -> NDArray[np.integer]:
    """(n,) which of its pixel's sub-pixels each ray goes through."""
    row, column = np.divmod(rays, fine)
    return np.asarray(row % SUPERSAMPLING * SUPERSAMPLING + column % SUPERSAMPLING)


def _normals(corners: Array, faces: NDArray[np.integer], which: NDArray[np.integer], u: Array, v: Array) -> Array:
    """Unit normals towards the camera: smooth, except where the surface has an edge."""
    smooth = igl.per_corner_normals(corners.astype(np.float64), faces.astype(np.int64), EDGE).reshape(-1, 3, 3)
    shares = np.stack([1 - u - v, u, v], axis=1)
    normals = _unit(np.einsum("ni,nid->nd", shares, smooth[which]))
    a, b, c = corners[faces[which]].swapaxes(0, 1)
    away = np.cross(b - a, c - a)[:, 2:] < 0
    return np.where(away, -normals, normals)


def _unit(rows: Array) -> Array:
    return np.asarray(rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-20), dtype=np.float32)


def _light(normals: Array, up: Array) -> Array:
    """(n, 3) light: a warm key that wraps around, a cool sky, and a faint rim towards the outline."""
    key = np.clip((normals @ _unit(np.array([KEY_LIGHT], np.float32))[0] + 0.25) / 1.25, 0, 1)[:, None]
    sky = (0.5 + 0.5 * normals @ up)[:, None]
    rim = (1 - np.clip(normals[:, 2:], 0, 1)) ** 3
    warm, cool = np.array([1.0, 0.97, 0.92], np.float32), np.array([0.92, 0.97, 1.0], np.float32)
    return np.asarray(0.72 * key * warm + (0.30 + 0.34 * sky) * cool + 0.12 * rim, dtype=np.float32)


def _openness(scene: EmbreeScene, places: Array, normals: Array, subpixel: NDArray[np.integer]) -> Array:
    """(n,) 0.4 where everything around is near surface, 1 in the open.

    Every pixel takes the same directions, dealt out to its sub-pixels: an even set has no noise to blur away.
    """
    ball = _sphere(AO_RAYS * SUPERSAMPLING**2).reshape(AO_RAYS, SUPERSAMPLING**2, 3)
    blocked = np.zeros(len(places), np.float32)
    for directions in ball:
        blocked += _occluded(scene, places + 4e-3 * normals, _unit(normals + 0.999 * directions[subpixel]), AO_REACH)
    return np.asarray(1 - 0.6 * blocked / AO_RAYS, dtype=np.float32)


def _sphere(count: int) -> Array:
    """(count, 3) unit vectors spread evenly (golden angle), shuffled so that any few are spread as well."""
    height = 1 - (2 * np.arange(count) + 1) / count
    angle = np.arange(count) * np.pi * (3 - 5**0.5)
    ring = np.sqrt(1 - height**2)
    spread = np.stack([ring * np.cos(angle), height, ring * np.sin(angle)], axis=1)
    return np.asarray(np.random.default_rng(0).permutation(spread), dtype=np.float32)


def _occluded(scene: EmbreeScene, origins: Array, directions: Array, reach: float) -> NDArray[np.bool_]:
    limits = np.full(len(origins), reach, np.float32)
    return np.asarray(scene.run(origins, directions, limits, query="OCCLUDED") == 0)


def _ground(scene: EmbreeScene, corners: Array, camera: NDArray[np.float64], size: int) -> Array:
    """(size, size, 3) background with the soft shadow on the plane under the shape; coarse, then blurred."""
    coarse = max(size // 4, 16)
    up = camera[:, 1].astype(np.float32)  # the world's up in the camera's frame
    level = float((corners @ up).min())
    origins = _screen(coarse)
    down = np.array([0, 0, -1], np.float32)
    places = origins + ((level - origins @ up) / (down @ up))[:, None] * down + 2e-3 * up
    shadow = np.zeros(len(places), np.float32)
    for direction in _unit(up + 0.999 * _sphere(SHADOW_RAYS)):
        shadow += _occluded(scene, places, np.tile(direction, (len(places), 1)), SHADOW_REACH)
    soft = gaussian_filter(shadow.reshape(coarse, coarse) / SHADOW_RAYS, coarse / 64)
    soft = np.clip(zoom(soft, size / coarse, order=1, grid_mode=True, mode="nearest"), 0, 1)[:size, :size]
    return np.asarray((1 - SHADOW_STRENGTH * soft[..., None]) * np.array(BACKGROUND), dtype=np.float32)
