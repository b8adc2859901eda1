"""Stored shapes whose parts are known: their embeddings, networks, points, and the part of each point."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from inrstore.errors import BadInput
from inrstore.network.packing import unpack_points
from inrstore.records import FloatArray

from ..classification.labelled import Labelled

if TYPE_CHECKING:
    from inrstore.store import Conditions, Store

NO_CLASS = "shape"
"""What all shapes are where none has a label."""
Part = tuple[str, str]
"""A class, and what it calls one of its parts."""


@dataclass(frozen=True, eq=False)
class Parted:
    """n shapes with part labels."""

    shapes: Labelled
    """Of which `names` are the classes."""
    weights: FloatArray
    """(n, W)."""
    points: FloatArray
    """(n, m, 3)."""
    part: NDArray[np.int64]
    """(n, m) places in `parts`."""
    parts: tuple[Part, ...]

    @classmethod
    def of(cls, store: Store, label: str = "label", where: Conditions | None = None) -> Parted:
        """Those of a store; where any has a class, those that have none are left out.

        label : "label", or the tag that names the class, of which each has parts of its own

        Errors: NoEncoder; BadInput if there are none.
        """
        keys = np.intersect1d(store.part_label_keys(), store.keys(where))
        if not len(keys):
            raise BadInput("no such shape has part labels: ingest with --parts, see 'inrstore ingest --help'")
        known = store.values(label)
        if any(int(key) in known for key in keys):
            keys = np.array([key for key in keys.tolist() if key in known], np.int64)
        keys, rows = store.embeddings(keys)
        if not len(keys):
            raise BadInput("no shape with part labels has an embedding: run 'inrstore encode'")
        names, places = np.unique([known.get(int(key), NO_CLASS) for key in keys], return_inverse=True)
        shapes = Labelled(keys, rows, places.astype(np.int64), tuple(map(str, names)))
        said = store.part_labels(keys)
        own = [(shapes.names[place], said[int(key)]) for key, place in zip(keys, places, strict=True)]
        parts = sorted({(kind, name) for kind, one in own for name in one.names})
        number = {part: place for place, part in enumerate(parts)}
        part = np.stack([np.array([number[kind, name] for name in one.names])[one.part] for kind, one in own])
        points = np.stack([unpack_points(one.points) for _, one in own])
        return cls(shapes, store.weights(keys), points, part, tuple(parts))

    def __len__(self) -> int:
        return len(self.shapes)

    def at(self, places: NDArray[np.generic] | Sequence[int]) -> Parted:
        """Some of the shapes, with all of the classes and parts."""
        some = np.asarray(places)
        return Parted(self.shapes.at(some), self.weights[some], self.points[some], self.part[some], self.parts)

    def trimmed(self) -> Parted:
        """Itself, without classes that no shape has and parts that no point has."""
        there, places = np.unique(self.part, return_inverse=True)
        parts = tuple(self.parts[place] for place in there)
        part = places.reshape(self.part.shape).astype(np.int64)
        return Parted(self.shapes.trimmed(), self.weights, self.points, part, parts)

    def of_class(self, kind: str) -> list[int]:
        """Places of a class's parts."""
        return [place for place, (own, _) in enumerate(self.parts) if own == kind]
