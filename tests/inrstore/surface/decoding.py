"""A stand-in store for tests of export and render: real fitted networks, nothing on disk."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from datetime import UTC, datetime
from functools import lru_cache
from types import SimpleNamespace
from typing import Any

import numpy as np

from inrstore.errors import ShapeNotFound
from inrstore.network.fields import CLIP, FieldSamples
from inrstore.network.fitting import fit
from inrstore.network.recipe import Recipe
from inrstore.network.siren import Siren, initialise
from inrstore.records import Shape, StoredInr

SIREN = Siren(32, 3)
HALF = np.array([0.9, 0.5, 0.3])
"""Half the sides of the box that the fitted networks stand for, in the normalised frame."""
RADIUS, UP = 0.5, 0.3
"""Of the sphere that the decoder makes: its radius, and how far above the origin its centre is."""


def box(points: np.ndarray) -> np.ndarray:
    """(m,) signed distance to the box, negative inside."""
    q = np.abs(points) - HALF
    return np.asarray(np.linalg.norm(np.maximum(q, 0), axis=1) + np.minimum(q.max(axis=1), 0))


@lru_cache
def box_weights(kind: str) -> np.ndarray:
    """(W,) a small network, fitted for about a second."""
    rng = np.random.default_rng(0)
    side = rng.uniform(-1, 1, (12_000, 3)) * HALF
    axis = rng.choice(3, p=(HALF.prod() / HALF) / (HALF.prod() / HALF).sum(), size=len(side))
    side[np.arange(len(side)), axis] = np.sign(side[np.arange(len(side)), axis]) * HALF[axis]
    near = side + rng.normal(size=side.shape) * 0.04
    points = np.concatenate([near, rng.uniform(-1, 1, (8_000, 3))]).astype(np.float32)
    d = box(points).astype(np.float32)
    values = {"sdf": d, "udf": np.abs(d), "occ": (d < 0).astype(np.float32)}[kind]
    recipe = Recipe("test", hidden=32, base="random", steps=250, learning_rate=3e-3)
    return fit([FieldSamples(kind, points, values)], initialise(SIREN, 0), recipe).weights[0]


def field_of(embedding: np.ndarray, field: str = "sdf") -> Callable[[np.ndarray], np.ndarray]:
    """A decoder whose embedding is a sphere's radius."""
    return lambda points: _sphere(embedding, points)


def _sphere(embedding: np.ndarray, points: np.ndarray) -> np.ndarray:
    d = np.linalg.norm(points - np.array([0, UP, 0]), axis=1) - embedding[0]
    p = np.clip(0.5 - d / (2 * CLIP), 1e-6, 1 - 1e-6)
    return np.asarray(np.log(p / (1 - p)), dtype=np.float32)


@dataclasses.dataclass
class OneShape:
    """The part of a store that export and render use, with one shape in it."""

    kind: str = "mesh"
    field: str = "sdf"
    name: str = "box"
    center: tuple[float, float, float] = (10.0, 20.0, 30.0)
    scale: float = 4.0
    rotation: tuple[float, ...] | None = None
    profiles: dict[str, np.ndarray] = dataclasses.field(default_factory=dict)
    embedded: bool = True
    picture: bytes | None = None

    @property
    def model(self) -> Any:
        return SimpleNamespace(siren=SIREN, field_of=field_of)

    def base(self, base_id: str) -> Any:
        return self.model

    def shape(self, ref: str) -> Shape:
        if ref not in ("abcdef0123", "box.obj"):
            raise ShapeNotFound(f"no shape {ref}")
        frame = (self.center, self.scale, self.rotation)
        rest: Any = ("box", {}, {}, ("box.obj",), datetime.now(UTC))
        return Shape(7, "abcdef0123" * 6, self.name, self.field, self.kind, *frame, *rest)

    def thumbnail(self, ref: str) -> bytes | None:
        return self.picture

    def inrs(self, key: int) -> list[StoredInr]:
        names = list(self.profiles or ["default"])
        return [StoredInr("b", name, not number, self.field, 0.0, 1) for number, name in enumerate(names)]

    def weights(self, keys: list[int], *, base: str, profile: str) -> np.ndarray:
        return (self.profiles or {"default": box_weights(self.field)})[profile][None]

    def embeddings(self, keys: list[int]) -> tuple[np.ndarray, np.ndarray]:
        n = int(self.embedded)
        return np.array(keys[:n]), np.full((n, 4), RADIUS, np.float32)
