"""Copies of shapes whose parts are known, stretched and turned in their networks, as few shapes teach little."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from scipy.spatial.transform import Rotation

from inrstore.progress import Meter, OnProgress
from inrstore.records import FloatArray

from .parted import Parted

if TYPE_CHECKING:
    from inrstore.store import Store

STRETCH, TURN = 0.12, 0.12
"""Standard deviations: of the logarithm of each axis' stretch, and of the angle about each axis, in radians; half as
much again about up."""
REACH = 99.9
"""Per cent of a copy's points that must lie in the unit ball."""


def with_copies(
    store: Store, own: Parted, copies: int, generator: np.random.Generator, on_progress: OnProgress | None = None
) -> Parted:
    """The shapes, and after them copies of each until there are so many: their embeddings, networks and points.

    A copy is a linear map of the space, half of them mirrored, in the first layer of the network alone. What a network
    says is no longer quite a distance then, which the encoder is told as it is.
    """
    if copies < 2:
        return own
    encode = _encoder(store, own)
    meter = Meter(on_progress, (copies - 1) * len(own), stage="stretching")
    rows, weights, points = [own.shapes.rows], [own.weights], [own.points]
    hidden = 3 * store.base().siren.hidden
    for _ in range(copies - 1):
        maps = [_map(one, generator) for one in own.points]
        moved = own.weights.copy()
        for network, linear in zip(moved, maps, strict=True):
            network[:hidden] = (network[:hidden].reshape(-1, 3) @ np.linalg.inv(linear)).ravel()
        weights.append(moved)
        points.append(np.stack([one @ linear.T for one, linear in zip(own.points, maps, strict=True)]))
        rows.append(np.empty_like(own.shapes.rows))
        for place in range(len(own)):
            rows[-1][place] = encode(place, moved[place])
            meter.step()
    every = np.tile(np.arange(len(own)), copies)
    shapes = replace(own.shapes.at(every), rows=np.concatenate(rows))
    return Parted(shapes, np.concatenate(weights), np.concatenate(points), own.part[every], own.parts)


def _encoder(store: Store, own: Parted) -> Callable[[int, FloatArray], FloatArray]:
    """What makes an embedding (d,) of a shape's place and a network (W,)."""
    model, shapes = store.model, store.shapes_by_key(own.shapes.keys.tolist())
    fields = [shapes[int(key)].field for key in own.shapes.keys]
    return lambda place, network: np.asarray(model.encode(fields[place], network[None])[0])


def _map(points: FloatArray, generator: np.random.Generator) -> FloatArray:
    """(3, 3) of columns x, after which a shape's points (m, 3) still lie in the unit ball."""
    angles = generator.normal(0, TURN, 3) * [1.5, 1, 1]
    linear = Rotation.from_euler("yxz", angles).as_matrix() * np.exp(generator.normal(0, STRETCH, 3))
    linear[:, 0] *= generator.choice([-1, 1])
    reach = np.percentile(np.linalg.norm(points @ linear.T, axis=1), REACH)
    found: FloatArray = (linear / max(1.0, float(reach))).astype(np.float32)
    return found
