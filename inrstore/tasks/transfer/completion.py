"""Scans made whole: their networks' codes transferred and decoded, in the coordinates they came in."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from inrstore.errors import BadInput
from inrstore.records import FloatArray, Frame
from inrstore.surface.extraction import inr_field
from inrstore.surface.pieces import without_small_pieces
from inrstore.surface.points import Faces, Vertices
from inrstore.surface.snapping import snapped

from ..codes import Codes
from .transfer import Transfer

SMALL = 0.01
"""Share of the largest piece's volume, or hole's, below which one is taken for a mistake of the decoder."""


def completed(
    codes: Codes, transfer: Transfer, weights: FloatArray, frame: Frame | None = None, resolution: int = 128
) -> tuple[Vertices, Faces]:
    """Vertices (v, 3) and faces (f, 3) of what a transfer makes of a scan's udf network (W,).

    What is decoded is moved onto what the network saw, where that is near, see `inrstore.surface.snapping`: a code
    keeps less of a surface than the network itself.

    frame : the way to the coordinates they are to be in; by default they stay normalised

    Errors: BadInput if codes and transfer do not belong together, BadArray, EmptySurface.
    """
    if transfer.head.encoder_id != codes.id:
        raise BadInput(f"the transfer {transfer.head.name!r} reads codes of {transfer.head.encoder_id[:12]}, not these")
    code = transfer.codes(codes.encode("udf", weights[None]))[0]
    vertices, faces = solid(codes, code, transfer.field, resolution)
    vertices = snapped(vertices, faces, inr_field(codes.model.siren, weights))
    return (vertices, faces) if frame is None else _moved(vertices, faces, frame)


def solid(codes: Codes, code: FloatArray, field: str, resolution: int) -> tuple[Vertices, Faces]:
    """As `Codes.surface`, without pieces and cavities of less than `SMALL` of the largest: what nothing was seen of."""
    return without_small_pieces(*codes.surface(code, field, resolution), SMALL)


def _moved(vertices: Vertices, faces: Faces, frame: Frame) -> tuple[Vertices, Faces]:
    rotation: NDArray[np.float64] = np.eye(3) if frame.rotation is None else np.reshape(frame.rotation, (3, 3))
    turned = faces[:, ::-1] if np.linalg.det(rotation) < 0 else faces  # a mirror turns faces inside out
    return vertices * frame.scale @ rotation + np.asarray(frame.center), turned
