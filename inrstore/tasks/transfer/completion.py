"""Scans made whole: their networks' codes transferred and decoded, in the coordinates they came in."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from inrstore.errors import BadInput
from inrstore.network.fields import distance
from inrstore.records import FloatArray, Frame
from inrstore.surface.extraction import Field, extract_mesh, inr_field
from inrstore.surface.pieces import Pieces, without_small_pieces
from inrstore.surface.points import Faces, Vertices, without_strays
from inrstore.surface.snapping import THICK, covering, snapped

from ..codes import Codes
from .transfer import Transfer

SMALL = 0.01
"""Share of the largest piece's volume, or hole's, below which one is taken for a mistake of the decoder."""
SHEET = 0.008
"""Of the radius: half of how thick what was seen is where nothing is decoded."""
ALONE = -0.97
"""Raw output below which nothing is decoded there: of an sdf .045 of the radius away, of an occ as improbable. What is
decoded grows together with what lies within twice `THICK` of it."""


def completed(
    codes: Codes, transfer: Transfer, weights: FloatArray, frame: Frame | None = None, resolution: int = 128
) -> tuple[Vertices, Faces]:
    """Vertices (v, 3) and faces (f, 3) of what a transfer makes of a scan's udf network (W,).

    frame : the way to the coordinates they are to be in; by default they stay normalised

    Errors: BadInput if codes and transfer do not belong together, BadArray, EmptySurface.
    """
    if transfer.head.encoder_id != codes.id:
        raise BadInput(f"the transfer {transfer.head.name!r} reads codes of {transfer.head.encoder_id[:12]}, not these")
    code = transfer.codes(codes.encode("udf", weights[None]))[0]
    vertices, faces = with_seen(codes, code, transfer.field, inr_field(codes.model.siren, weights), resolution)
    return (vertices, faces) if frame is None else _moved(vertices, faces, frame)


def solid(codes: Codes, code: FloatArray, field: str, resolution: int) -> tuple[Vertices, Faces]:
    """As `Codes.surface`, without pieces and cavities of less than `SMALL` of the largest: what nothing was seen of."""
    return without_small_pieces(*codes.surface(code, field, resolution), SMALL)


def with_seen(codes: Codes, code: FloatArray, name: str, seen: Field, resolution: int) -> tuple[Vertices, Faces]:
    """As `solid`, joined with what a scan's network saw, and moved onto it: a code keeps less than the network itself.

    Where something was seen of which nothing is decoded there is a sheet, twice `SHEET` thick; so all stays closed.
    """
    guessed = codes.field(code, name)
    vertices, faces = extract_mesh(covering(guessed, seen), name, resolution)
    vertices, faces = _without_unseen_crumbs(vertices, faces, seen)
    alone = guessed(vertices.astype(np.float32)) < ALONE
    return snapped(vertices, faces, seen, np.where(alone, SHEET, 0.0)), faces


def _without_unseen_crumbs(vertices: Vertices, faces: Faces, seen: Field) -> tuple[Vertices, Faces]:
    """Without pieces and cavities of less than `SMALL` of the largest near which nothing was seen."""
    pieces = Pieces.of(vertices, faces)
    far = distance("udf", seen(vertices.astype(np.float32)))[faces].min(axis=1)
    nearest = np.full(len(pieces.volumes), np.inf)
    np.minimum.at(nearest, pieces.part, far)
    size = np.abs(pieces.volumes)
    keep = (size >= SMALL * size.max()) | (nearest < 1.5 * THICK)
    return (vertices, faces) if keep.all() else without_strays(vertices, faces[keep[pieces.part]])


def _moved(vertices: Vertices, faces: Faces, frame: Frame) -> tuple[Vertices, Faces]:
    rotation: NDArray[np.float64] = np.eye(3) if frame.rotation is None else np.reshape(frame.rotation, (3, 3))
    turned = faces[:, ::-1] if np.linalg.det(rotation) < 0 else faces  # a mirror turns faces inside out
    return vertices * frame.scale @ rotation + np.asarray(frame.center), turned
