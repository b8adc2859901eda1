"""Codes of what somebody names: stored shapes, and files, which are fitted as a query is, with nothing stored."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Unpack

from inrstore.errors import BadInput
from inrstore.queries import Reading, file_encoder
from inrstore.records import Failure, FloatArray, NewShape, Shape
from inrstore.surface.extraction import Field, inr_field

from .codes import Codes


@dataclass(frozen=True, eq=False)
class Coded:
    """A shape with its code."""

    shape: Shape | NewShape
    code: FloatArray
    """(d,) of length one."""
    weights: FloatArray
    """(W,) of the network that the code was made of."""


def coded(codes: Codes, asked: Sequence[str], **reading: Unpack[Reading]) -> list[Coded]:
    """Of each path of a file, or else reference to a stored shape, the shape and its code.

    reading : how files are read and fitted

    Errors: BadInput for a file that cannot be read, NoEncoder; as `Store.shape`.
    """
    store, paths = codes.store, [one for one in dict.fromkeys(asked) if os.path.isfile(one)]
    stored = {ref: store.shape(ref) for ref in asked if ref not in paths}  # what is not there costs no fit
    fitted = file_encoder(store).shapes(store, paths, **reading) if paths else []
    found = {ref: _coded(codes, shape, store.weights([shape.key])[0]) for ref, shape in stored.items()}
    for path, shape in zip(paths, fitted, strict=True):
        if isinstance(shape, Failure):
            raise BadInput(f"{path}: {shape.reason}")
        found[path] = _coded(codes, shape, shape.inrs[0].weights)
    return [found[one] for one in asked]


def _coded(codes: Codes, shape: Shape | NewShape, weights: FloatArray) -> Coded:
    return Coded(shape, codes.encode(shape.field, weights[None])[0], weights)


def own_fields(codes: Codes, ends: Sequence[Coded], field: str) -> list[Field | None]:
    """Of each shape the field of its own network; None where it is another than the one that is decoded."""
    siren = codes.model.siren
    return [inr_field(siren, end.weights) if end.shape.field == field else None for end in ends]


def common_field(shapes: Sequence[Coded]) -> str:
    """The field that codes of several shapes are decoded in: occ where any of them is, else sdf, also of clouds."""
    return "occ" if any(one.shape.field == "occ" for one in shapes) else "sdf"
