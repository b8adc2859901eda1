"""The way between two codes, and the surface anywhere on it. `steps` says how."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol

import numpy as np

from inrstore.errors import BadInput, EmptySurface
from inrstore.records import FloatArray
from inrstore.surface.extraction import Field, extract_mesh
from inrstore.surface.pieces import Pieces, without_small_pieces
from inrstore.surface.points import Faces, Vertices
from inrstore.surface.simplify import watertight
from inrstore.surface.volumes import filled, filling

from .detail import Detail, with_detail

SMALL = 0.05
"""Share of the largest piece's volume below which a separate piece between two shapes is left out."""


class Decodes(Protocol):
    """What makes fields of codes; `Codes` is one."""

    @property
    def dim(self) -> int: ...
    def field(self, code: FloatArray, name: str) -> Field: ...


@dataclass(frozen=True, eq=False)
class Step:
    """One surface on the way, in normalised coordinates."""

    t: float
    """Where: 0 is the first shape, 1 the last; as a share of the angle between their codes."""
    code: FloatArray
    """(d,), of length one."""
    vertices: Vertices
    faces: Faces
    pieces: int
    """Separate solids."""
    left_out: int
    """Small ones that were decoded, too."""
    closed: bool
    """Whether the surface is watertight."""
    volume: float | None
    """In cubed radii of the normalised shape; None of a surface that is open."""
    chamfer: float | None = None
    """How far it is from the step before, in such radii: the mean of both mean distances. None of the first."""

    def to_dict(self) -> dict[str, Any]:
        names = ("t", "volume", "chamfer", "pieces", "left_out", "closed")
        return {name: getattr(self, name) for name in names}


@dataclass(frozen=True, eq=False)
class Way:
    """Surfaces anywhere between two codes (d,)."""

    codes: Decodes
    a: FloatArray
    b: FloatArray
    name: str
    """Field that codes are decoded in."""
    own: tuple[Field | None, Field | None] = (None, None)
    """See `interpolate`, as what follows."""
    keep_volume: bool = True
    small: float = SMALL

    def step(self, t: float, resolution: int) -> Step:
        """Errors: BadInput, EmptySurface."""
        code = slerp(self.a, self.b, t)
        try:
            vertices, faces = extract_mesh(self._field(code, t), self.name, resolution)
        except EmptySurface as error:
            where = f"at {t:.2f} of the way the code has no surface"
            raise EmptySurface(f"{where}; choose two shapes that are more alike") from error
        decoded = Pieces.of(vertices, faces)
        if self.name == "udf":
            return Step(t, code, vertices, faces, len(decoded.volumes), 0, watertight(faces), None)
        if 0 < t < 1:
            vertices, faces = without_small_pieces(vertices, faces, self.small)
        kept = Pieces.of(vertices, faces)
        left_out = decoded.count - kept.count
        return Step(t, code, vertices, faces, kept.count, left_out, watertight(faces), kept.volume)

    def _field(self, code: FloatArray, t: float) -> Field:
        if t in (0, 1) and (network := self.own[int(t)]) is not None:
            return network
        decoded = self.codes.field(code, self.name)
        weights = zip((1 - t, t), self._details, strict=True)
        details = [(min(1.0, 2 * weight), detail) for weight, detail in weights if detail is not None]
        if details:
            decoded = with_detail(decoded, details)
        if self.name == "udf" or not self.keep_volume or not 0 < t < 1:
            return decoded
        first, last = self._ends
        return filling(decoded, self.name, (1 - t) * first + t * last)

    @cached_property
    def _details(self) -> tuple[Detail | None, Detail | None]:
        """What the codes of both ends lose."""
        if self.name == "udf":
            return None, None
        first, last = (
            None if network is None else Detail.of(network, self.codes.field(code, self.name))
            for network, code in zip(self.own, (self.a, self.b), strict=True)
        )
        return first, last

    @cached_property
    def _ends(self) -> tuple[float, float]:
        """How much of the unit ball both shapes fill."""
        first, last = (filled(self._field(code, t), self.name) for code, t in ((self.a, 0), (self.b, 1)))
        return first, last


def slerp(a: FloatArray, b: FloatArray, t: float) -> FloatArray:
    """(d,) on the great circle through two vectors (d,), t of the way. Errors: BadInput if they are opposite."""
    one, other = (np.asarray(v, np.float64) / np.linalg.norm(v) for v in (a, b))
    aside = other - (one @ other) * one
    sine = float(np.linalg.norm(aside))
    angle = np.arctan2(sine, one @ other)
    if angle > np.pi - 1e-3:
        raise BadInput("the two codes are opposite, so no way between them is the shortest; choose other shapes")
    turned = np.cos(t * angle) * one + np.sin(t * angle) * aside / max(sine, 1e-12)
    return np.asarray(turned, np.float32)
