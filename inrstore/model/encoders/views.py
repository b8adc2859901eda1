"""Views: what a tower for pictures sees of a network's surface from all round, comparable with any other picture.

As search over rendered views has it (light fields, Chen et al. 2003; clip-retrieval), but no source file is read: the
surface is decoded from the weights.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np

from inrstore.errors import BadArray, BadInput, EmptySurface, MissingDependency
from inrstore.network.siren import Siren
from inrstore.pictures.views import ROUND, all_round
from inrstore.records import FloatArray
from inrstore.surface.extraction import extract_mesh, inr_field
from inrstore.towers import ImageTower, image_tower
from inrstore.towers.squeeze import Squeeze

from ..part import Tensors
from .single import one_thread

if TYPE_CHECKING:
    from ..base import Base

CELLS, SIDE = 64, 160
"""Of a side of the lattice that a surface is decoded on; pixels of a view. As pictures are that heads learn from."""
READING = f"{CELLS} cells, {SIDE} pixels, {len(ROUND)} views"
"""Vectors that were made otherwise are not comparable."""


@dataclass(frozen=True, eq=False)
class ViewsEncoder:
    """The mean of what a tower makes of views, each of length one, so that its cosine with a picture's vector is the
    mean of the views' cosines with it, but for a factor."""

    kind: ClassVar[str] = "views"
    any_base: ClassVar[bool] = True
    siren: Siren
    tower: str
    """By which `image_tower` has it again."""
    tower_id: str
    features: int
    """Numbers that the tower makes of a picture."""
    squeeze: Squeeze | None = None
    """What is kept of them; without one it is all."""
    floor: float = -1.0
    """The cosine below which nothing is like a picture."""
    reading: str = READING

    @property
    def dim(self) -> int:
        return self.features if self.squeeze is None else self.squeeze.directions.shape[1]

    def encode(self, field: str, weights: FloatArray) -> FloatArray:
        """See `Encoder.encode`. Errors: MissingDependency without the tower."""
        out = np.empty((len(weights), self.dim), np.float32)
        reads = self.loaded()
        for row, one in enumerate(weights):
            with one_thread():  # each by itself: others may wait for their turn
                out[row] = mean_of(self.vectors(reads.encode(self._pictures(field, one))))
        return out

    def vectors(self, features: FloatArray) -> FloatArray:
        """(n, dim) of length one, of what the tower made of pictures (n, features). Errors: BadArray."""
        if features.ndim != 2 or features.shape[1] != self.features:
            raise BadArray(f"features have the shape {features.shape}; these views read (n, {self.features})")
        rows = features if self.squeeze is None else self.squeeze(features)
        return np.asarray(rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9), np.float32)

    def loaded(self) -> ImageTower:
        """The tower. Errors: MissingDependency without its extra, or if views are read otherwise than they were."""
        try:
            found = image_tower(self.tower)
        except BadInput as error:
            raise MissingDependency(
                f"the store's views are read by {self.tower}, which is not here: {error}"
            ) from error
        if (found.id, self.reading) != (self.tower_id, READING):
            raise MissingDependency(
                f"the store's views are read otherwise than is done here; make them anew: "
                f"'inrstore encode --views --tower {self.tower}'"
            )
        return found

    def settings(self) -> Mapping[str, Any]:
        about = {"tower": self.tower, "tower_id": self.tower_id, "features": self.features, "floor": self.floor}
        return {**about, "reading": self.reading}

    def arrays(self) -> Tensors:
        if self.squeeze is None:
            return {}
        return {
            "squeeze.middle": self.squeeze.middle.astype(np.float16),
            "squeeze.directions": self.squeeze.directions.astype(np.float16),
        }

    @classmethod
    def restore(cls, base: Base, settings: Mapping[str, Any], arrays: Tensors) -> Self:
        squeeze = None
        if arrays:
            squeeze = Squeeze(*(arrays[f"squeeze.{name}"].astype(np.float32) for name in ("middle", "directions")))
        tower = str(settings["tower"]), str(settings["tower_id"]), int(settings["features"])
        return cls(base.siren, *tower, squeeze, float(settings["floor"]), str(settings["reading"]))

    def _pictures(self, field: str, weights: FloatArray) -> list[Any]:
        try:
            vertices, faces = extract_mesh(inr_field(self.siren, weights), field, CELLS)
        except EmptySurface:  # there is nothing to see
            return [np.full((SIDE, SIDE, 3), 255, np.uint8)]
        return list(all_round(vertices.astype(np.float32), faces, SIDE))


def mean_of(views: FloatArray) -> FloatArray:
    """(d,) of length one, of views (n, d) of one thing."""
    summed = views.mean(axis=0)
    return np.asarray(summed / max(float(np.linalg.norm(summed)), 1e-9), np.float32)
