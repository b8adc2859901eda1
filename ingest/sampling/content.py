"""What makes two files one shape: a hash of the normalised content, and the hashes that noise could have made of it."""

from __future__ import annotations

import hashlib
from itertools import combinations

import numpy as np

from ..files.geometry import Cloud, Geometry, Mesh, Network, Points, Voxels, kind_of

WAVES = 8
WAVE_NUMBER = 16.0
GRID = 1e-3
NOISE = 2e-7
"""Of a coordinate in units of the radius, that other formats and places may add: three roundings to float32."""
MOST_DOUBTS = 6
"""Sums that may be rounded either way; each doubles the number of hashes."""


def content_hash(geometry: Geometry) -> str:
    """SHA-256 hex of a normalised geometry: the same in another order of faces, format, place or size.

    Numbers that came through other formats differ in their last digits, and rounding each would still split
    one of thousands the wrong way. So what is rounded is a few sums over all vertices and all triangles, of
    waves with seeded random directions: a vertex that moves by a thousandth of the radius shows in them, the
    noise of float32 does not, unless a sum lies at the border between two numbers: see `content_hashes`. Voxels
    have no noise and are taken as they are.
    """
    return content_hashes(geometry)[0]


def content_hashes(geometry: Geometry) -> list[str]:
    """The geometry's own hash, and after it those that it might have had with other noise; most have none.

    No rounding is free of borders, and on one side of a border nobody knows of the other. But a geometry knows how
    near to one its sums lie, and how far noise can move them. So of two that differ by noise alone, each has the
    other's own hash among its hashes. Where more than `MOST_DOUBTS` sums are in doubt, which takes some hundred
    thousand vertices, only the nearest to a border are varied.
    """
    if isinstance(geometry, Network):
        said = f"network {geometry.inr.siren}".encode() + geometry.inr.weights.astype("<f4").tobytes()
        return [_digest(geometry, said)]
    if isinstance(geometry, Voxels):
        said = np.array(geometry.grid.shape, "<i8").tobytes() + np.packbits(geometry.grid).tobytes()
        return [_digest(geometry, said)]
    clouds = [geometry.points] if isinstance(geometry, Cloud) else [geometry.vertices]
    if isinstance(geometry, Mesh):
        clouds.append(geometry.vertices[geometry.faces].mean(axis=1))
    sums, reach = (np.concatenate(some) / GRID for some in zip(*map(_waves, clouds), strict=True))
    sizes = [len(points) for points in clouds]
    rounded = np.round(sums).astype(np.int64)
    other = np.where(sums > rounded, 1, -1)
    border = 0.5 - np.abs(sums - rounded)  # how far off it is
    doubtful = np.flatnonzero(border < reach)
    doubtful = doubtful[np.argsort(border[doubtful] / reach[doubtful])][:MOST_DOUBTS]
    found = []
    for count in range(len(doubtful) + 1):
        for turned in combinations(doubtful.tolist(), count):
            numbers = rounded.copy()
            numbers[list(turned)] += other[list(turned)]
            found.append(_digest(geometry, _said(sizes, numbers)))
    return found


def _digest(geometry: Geometry, said: bytes) -> str:
    return hashlib.sha256(kind_of(geometry).encode() + said).hexdigest()


def _said(sizes: list[int], numbers: np.ndarray) -> bytes:
    parts = zip(sizes, np.split(numbers, len(sizes)), strict=True)
    return b"".join(np.array([size], "<i8").tobytes() + part.astype("<i8").tobytes() for size, part in parts)


def _waves(points: Points) -> tuple[Points, Points]:
    """(WAVES,) sums of random waves over points (n, 3), divided by √n so that a single point keeps weight.

    And how far noise may move each: the frame's own moves all points alike, by as much along each axis as the
    outermost vertices, and in size; that of the points is independent, so its sum grows like √n and four times its
    deviation is not met.
    """
    rng = np.random.RandomState(20230211)  # the one generator whose numbers NumPy promises never to change
    directions = rng.normal(size=(3, WAVES)) * WAVE_NUMBER
    phases = rng.uniform(0, 2 * np.pi, WAVES)
    total, shift, growth = np.zeros(WAVES), np.zeros((3, WAVES)), np.zeros(WAVES)
    for start in range(0, len(points), 65_536):
        block = np.ascontiguousarray(points[start : start + 65_536])
        angles = block @ directions
        slopes = np.sin(angles + phases)
        total += np.cos(angles + phases).sum(axis=0)
        shift += directions * slopes.sum(axis=0)
        growth += (angles * slopes).sum(axis=0)
    root = np.sqrt(len(points))
    alone = 4 * np.linalg.norm(directions, axis=0)
    reach = (np.abs(shift).sum(axis=0) + np.abs(growth)) / root + alone
    return np.asarray(total / root), np.asarray(reach * NOISE)
