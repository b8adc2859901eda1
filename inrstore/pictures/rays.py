"""The ray caster: triangles in camera coordinates, what parallel rays into the picture hit, and what hides a place."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from embreex.mesh_construction import TriangleMesh
from embreex.rtcore_scene import EmbreeScene
from numpy.typing import NDArray

Array = NDArray[np.float32]
Integers = NDArray[np.integer]

FAR = 16.0
"""Where rays begin: any distance before the picture's plane that no shape reaches."""


@dataclass(frozen=True, eq=False)
class Hits:
    """Those of some rays that hit a triangle, n of them."""

    ray: Integers
    """(n,) which ray it is."""
    face: Integers
    """(n,)."""
    shares: Array
    """(n, 3) weights of the triangle's corners."""
    places: Array
    """(n, 3)."""

    def of(self, some: Integers | NDArray[np.bool_]) -> Hits:
        return Hits(self.ray[some], self.face[some], self.shares[some], self.places[some])

    def after(self, other: Hits) -> Hits:
        """Those of the other, then these."""
        pairs = ((getattr(other, name), getattr(self, name)) for name in ("ray", "face", "shares", "places"))
        return Hits(*(np.concatenate(pair) for pair in pairs))


class Scene:
    """Triangles `corners[faces]`; the camera looks along -z, x is to the right and y up."""

    def __init__(self, corners: Array, faces: Integers) -> None:
        self._scene = EmbreeScene()
        TriangleMesh(scene=self._scene, vertices=corners, indices=faces.astype(np.int32))

    def cast(self, screen: Array, depth: float | Array = FAR) -> Hits:
        """What rays through places (n, 2) of the screen hit first, below a depth if one, or (n,), are given."""
        origins = np.empty((len(screen), 3), np.float32)
        origins[:, :2] = screen
        origins[:, 2] = depth
        found = self._scene.run(origins, _tiled((0, 0, -1), len(origins)), output=1)
        ray = np.flatnonzero(found["primID"] >= 0)
        u, v = found["u"][ray], found["v"][ray]
        places = origins[ray]
        places[:, 2] -= found["tfar"][ray]
        return Hits(ray, found["primID"][ray], np.stack([1 - u - v, u, v], axis=1), places)

    def hidden(self, origins: Array, directions: Array, reach: float) -> NDArray[np.bool_]:
        """(n,) whether a triangle is nearer than `reach` in that direction, for (n, 3) and (n, 3), or (3,), of them."""
        if directions.ndim == 1:
            directions = _tiled(directions, len(origins))
        limits = np.full(len(origins), reach, np.float32)
        return np.asarray(self._scene.run(origins, directions, limits, query="OCCLUDED") == 0)


def _tiled(direction: object, count: int) -> Array:
    return np.tile(np.asarray(direction, np.float32), (count, 1))
