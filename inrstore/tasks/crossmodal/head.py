"""A head of kind `text` or `image`: from what a tower makes of words or pictures to queries among embeddings."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from inrstore.errors import BadArray, BadInput, CorruptShard
from inrstore.model import Head
from inrstore.records import FloatArray
from inrstore.towers.squeeze import Squeeze

from .kernel import kernel
from .packing import unpacked
from .space import Space

TEXT, IMAGE = "text", "image"


@dataclass(frozen=True, eq=False)
class Asked:
    """Queries among embeddings, and how to read what they find."""

    vectors: FloatArray
    """(n, d) of length one: what an index is searched with."""
    scale: FloatArray
    """(n,)."""
    offset: FloatArray
    """(n,)."""

    def likeness(self, place: int, cosines: FloatArray) -> FloatArray:
        """(m,) how much shapes are like query `place`, from its cosines (m,) with their embeddings: about 1 for the
        most, 0 for any shape; comparable between queries, and with the head's `floor`."""
        return np.asarray(self.scale[place] * cosines - self.offset[place], np.float32)


@dataclass(frozen=True, eq=False)
class QueryHead:
    """A head of kind `text` or `image`, ready to be asked."""

    head: Head

    @property
    def kind(self) -> str:
        return self.head.kind

    @property
    def tower(self) -> str:
        """Name of the tower that it reads, see `inrstore.towers`."""
        return str(self._settings["tower"])

    @property
    def tower_id(self) -> str:
        return str(self._settings["tower_id"])

    @property
    def floor(self) -> float:
        """The likeness that of a hundred wrong shapes five have: what is less like a query is no answer."""
        return float(self._settings["floor"])

    @property
    def slope(self) -> tuple[float, float]:
        """Of the logistic curve from a likeness to the probability that a shape is what was asked for, against one
        that is not: 1 / (1 + exp(−(a·likeness + b)))."""
        a, b = self._settings["slope"]
        return float(a), float(b)

    @property
    def squeeze(self) -> Squeeze | None:
        """Of a head of kind `image`, what it keeps of features; None if that was not made to tell views apart."""
        return self._parts[1][0] if "views_floor" in self._settings else None

    @property
    def views_floor(self) -> float:
        """The cosine of squeezed features that of a hundred wrong shapes five have."""
        return float(self._settings["views_floor"])

    @property
    def space(self) -> Space:
        return self._parts[0]

    @property
    def landmarks(self) -> FloatArray:
        """(m, f) of a head of kind `text`: what the tower made of captions that it has learned."""
        landmarks: FloatArray = self._parts[1][0]
        return landmarks

    def ask(self, features: FloatArray) -> Asked:
        """Queries of what the tower made (n, f). Errors: BadArray for another width, CorruptShard."""
        inside = self.inside(features)
        outside = self.space.outside(inside)
        scale = np.maximum(np.linalg.norm(outside, axis=1), 1e-9)
        return Asked(outside / scale[:, None], self._length * scale, self._length * (outside @ self.space.middle))

    def inside(self, features: FloatArray) -> FloatArray:
        """(n, k) places in the head's space; the shorter, the less the head knows of it. Errors: as `ask`."""
        wide = int(self._settings["features"])
        if features.ndim != 2 or features.shape[1] != wide:
            raise BadArray(f"features have the shape {features.shape}; this head reads (n, {wide})")
        return self._network(np.asarray(features, np.float32))

    @property
    def _settings(self) -> Any:
        return self.head.settings["settings"]

    @property
    def _length(self) -> float:
        """One over the usual length of an embedding in the head's space."""
        return float(self._settings["length"])

    def _network(self, features: FloatArray) -> FloatArray:
        if self.kind == TEXT:
            landmarks, adds = self._parts[1]
            return np.asarray(kernel(features, landmarks) @ adds, np.float32)
        from .network import placed

        squeeze, network = self._parts[1]
        return placed(network, squeeze(features))

    @cached_property
    def _parts(self) -> tuple[Space, Any]:
        """The space, and what maps features into it. Errors: BadInput for another kind, CorruptShard."""
        if self.kind not in (TEXT, IMAGE):
            raise BadInput(f"head {self.head.name!r} is of kind {self.kind!r}; it reads neither words nor pictures")
        try:
            given = unpacked(self.head.tensors)
            space = Space(given.pop("space.middle"), given.pop("space.directions"))
            if self.kind == TEXT:
                return space, (given["landmarks"], given["adds"])
            from .network import restored

            squeeze = Squeeze(given.pop("squeeze.middle"), given.pop("squeeze.directions"))
            return space, (squeeze, restored(given))
        except (ValueError, KeyError, TypeError, RuntimeError) as error:
            raise CorruptShard(f"head {self.head.name!r} is damaged: {error}; restore it from a copy") from error
