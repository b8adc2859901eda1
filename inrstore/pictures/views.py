"""Views of a surface: random ones, of which a picture head learns that light, colour and viewpoint tell nothing, and
always the same ones, for what is to be compared with pictures.

Perspective is a projective map of the corners, after which parallel rays see what diverging ones would (lines stay
lines), so the ray caster of pictures serves here, too.
"""

from __future__ import annotations

from dataclasses import dataclass

import igl
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from inrstore.pictures.rays import Hits, Scene
from inrstore.pictures.render import camera
from inrstore.pictures.shading import screen
from inrstore.records import FloatArray

Image = NDArray[np.uint8]

AZIMUTH, ELEVATION = (-180.0, 180.0), (-10.0, 50.0)
"""Degrees. Half of the views are within `FRONT` of the front, as people show things."""
FRONT = 60.0
DISTANCE = (2.5, 8.0)
"""Of the camera from the middle, in radii of the shape."""
LINES, PLAIN = 0.15, 0.35
"""Shares of line drawings, and of shapes of one colour; the others have patterns."""
FILLED = (0.7, 0.98)
"""Of the picture's side."""
EDGE = 60.0
ROUND = (
    *((azimuth, elevation) for azimuth in (-70.0, -35.0, 0.0, 35.0, 70.0) for elevation in (8.0, 30.0)),
    *((azimuth, 20.0) for azimuth in (-140.0, 140.0)),
)
"""Azimuth and elevation of each of the views from all round: most from where things are shown, few from behind."""
AWAY = 4.0
"""Of the camera of these, in radii."""


@dataclass(frozen=True, eq=False)
class Seen:
    """One view: what is at each pixel of (side, side)."""

    cover: NDArray[np.bool_]
    """Whether the shape is seen there."""
    depth: FloatArray
    """Less is further; NaN beside the shape."""
    normals: FloatArray
    """(side, side, 3) towards the camera; 0 beside the shape."""
    places: FloatArray
    """(side, side, 3) of the shape; 0 beside it."""


def random_view(vertices: FloatArray, faces: NDArray[np.integer], side: int, rng: Generator) -> Image:
    """(side, side, 3) picture on white of a mesh, vertices (v, 3) within the unit ball and faces (f, 3)."""
    azimuth = rng.uniform(-FRONT, FRONT) if rng.random() < 0.5 else rng.uniform(*AZIMUTH)
    seen = look(vertices, faces, side, azimuth, rng.uniform(*ELEVATION), rng.uniform(*DISTANCE), rng.uniform(*FILLED))
    if rng.random() < LINES:
        return drawn(seen, rng)
    return painted(seen, rng)


def all_round(vertices: FloatArray, faces: NDArray[np.integer], side: int) -> list[Image]:
    """Pictures (side, side, 3) of a mesh as in `random_view`, from each side of `ROUND`, of every mesh in one light and
    of the same colours from one side, which differ between sides, as they do between pictures."""
    found = []
    for number, (azimuth, elevation) in enumerate(ROUND):
        seen = look(vertices, faces, side, azimuth, elevation, AWAY)
        found.append(painted(seen, np.random.default_rng(number)))
    return found


def look(
    vertices: FloatArray,
    faces: NDArray[np.integer],
    side: int,
    azimuth: float,
    elevation: float,
    distance: float,
    filled: float = 0.9,
) -> Seen:
    """What a camera at a distance from the origin sees of a mesh; the shape fills that share of the picture's side."""
    turned = np.asarray(vertices, np.float64) @ camera((azimuth, elevation)).T
    nearer = 1 - turned[:, 2:] / distance  # 1 at the origin, less towards the camera
    corners = np.concatenate([turned[:, :2], turned[:, 2:]], axis=1) / np.maximum(nearer, 0.05)
    low, high = corners[:, :2].min(axis=0), corners[:, :2].max(axis=0)
    scale = 2 * filled / max(float((high - low).max()), 1e-9)
    middle = np.append((low + high) / 2, 0)
    framed = ((corners - middle) * scale).astype(np.float32)
    framed[:, 2] *= min(1.0, 8 / max(float(np.abs(framed[:, 2]).max()), 1e-9))  # below where rays begin
    hits = Scene(framed, faces).cast(screen(side))
    return _seen(hits, turned, faces, side)


def _seen(hits: Hits, turned: NDArray[np.float64], faces: NDArray[np.integer], side: int) -> Seen:
    cover = np.zeros(side * side, bool)
    depth = np.full(side * side, np.nan, np.float32)
    normals, places = np.zeros((2, side * side, 3), np.float32)
    corners = igl.per_corner_normals(turned, np.asarray(faces, np.int64), EDGE).reshape(-1, 3, 3)
    found = np.einsum("nk,nkd->nd", hits.shares, corners[hits.face])
    found /= np.maximum(np.linalg.norm(found, axis=1, keepdims=True), 1e-9)
    found *= np.where(found[:, 2:] < 0, -1, 1)
    at = np.einsum("nk,nkd->nd", hits.shares, turned[faces[hits.face]])
    cover[hits.ray], depth[hits.ray], normals[hits.ray], places[hits.ray] = True, at[:, 2], found, at
    square = side, side
    return Seen(cover.reshape(square), depth.reshape(square), normals.reshape(*square, 3), places.reshape(*square, 3))


def painted(seen: Seen, rng: Generator) -> Image:
    """A picture under a random light, of one colour or with a pattern."""
    light = rng.normal(size=3) * (1, 0.6, 0.4) + (0, 0.8, 1)
    light /= np.linalg.norm(light)
    ambient = rng.uniform(0.3, 0.7)
    shade = ambient + (1.15 - ambient) * np.clip(seen.normals @ light, 0, 1)
    gloss = np.clip(seen.normals @ _half(light), 0, 1) ** rng.uniform(10, 60) * rng.choice([0, 0, rng.uniform(0, 0.6)])
    colors = _colors(seen, rng) * shade[..., None] + gloss[..., None]
    return _on_white(colors, seen.cover)


def drawn(seen: Seen, rng: Generator) -> Image:
    """A line drawing: dark where depth or direction jump, on white, sometimes lightly shaded."""
    depth = np.where(seen.cover, np.nan_to_num(seen.depth), -4.0)
    lines = np.zeros(seen.cover.shape)
    for axis in (0, 1):
        jump = np.abs(np.diff(depth, axis=axis)) > 0.08
        bend = (np.diff(seen.normals, axis=axis) ** 2).sum(axis=-1) > 0.25
        edge = jump | bend
        for place in (slice(None, -1), slice(1, None)):
            lines[(place, slice(None)) if axis == 0 else (slice(None), place)] += edge
    dark = 1 - np.clip(lines, 0, 1) * rng.uniform(0.6, 1)
    shade = 1 - rng.choice([0, rng.uniform(0, 0.3)]) * (1 - seen.normals[..., 2])
    colors = np.repeat((dark * shade)[..., None], 3, axis=2)
    beside = np.repeat(dark[..., None], 3, axis=2)
    return np.asarray(np.clip(np.where(seen.cover[..., None], colors, beside), 0, 1) * 255 + 0.5, np.uint8)


def _half(light: NDArray[np.float64]) -> NDArray[np.float64]:
    half = light + (0, 0, 1)
    return np.asarray(half / np.linalg.norm(half))


def _colors(seen: Seen, rng: Generator) -> NDArray[np.float64]:
    """(side, side, 3) from 0 to 1: one colour, or two in a pattern of waves through space, or one above another."""
    one, other = _color(rng), _color(rng)
    kind = rng.random()
    if kind < PLAIN:
        return np.broadcast_to(one, (*seen.cover.shape, 3))
    if kind < PLAIN + 0.35:  # parts of different colour: above and below, near and far
        way = rng.normal(size=3) * (0.5, 1, 0.5)
        share = (seen.places @ way > rng.normal() * 0.4).astype(float)
    else:
        waves = sum(
            np.sin(seen.places @ (rng.normal(size=3) * rng.uniform(3, 25)) + rng.uniform(0, 6)) for _ in range(3)
        )
        share = np.clip(0.5 + waves * rng.uniform(0.2, 1.5), 0, 1)
    return np.asarray(one + (other - one) * share[..., None])


def _color(rng: Generator) -> NDArray[np.float64]:
    """Greys, woods and anything else, as things have them."""
    grey = rng.uniform(0.05, 1)
    return np.asarray(np.clip(grey + rng.normal(size=3) * rng.choice([0.02, 0.1, 0.3]), 0.02, 1))


def _on_white(colors: NDArray[np.float64], cover: NDArray[np.bool_]) -> Image:
    return np.asarray(np.clip(np.where(cover[..., None], colors, 1), 0, 1) * 255 + 0.5, np.uint8)
