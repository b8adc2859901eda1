"""Pictures of stored shapes: of their sources, where the store keeps those, and of what their networks have."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np
from PIL import Image as pillow

from inrstore.errors import BadInput, EmptySurface, ShapeNotFound
from inrstore.files import atomic_path
from inrstore.surface.export import shape_field
from inrstore.surface.extraction import extract_cloud, extract_mesh
from inrstore.surface.points import Faces, Vertices

from .drawing import Image
from .render import render_mesh, render_points
from .sheet import Tile, sheet
from .webp import SIZE, from_webp

if TYPE_CHECKING:
    from inrstore.records import Shape
    from inrstore.store import Ref, Store

THUMBNAIL_RESOLUTION, THUMBNAIL_POINTS = 96, 4096
ACROSS = 6
"""Proposals without neighbours in a row."""
PAIRS = 4
"""Generated shapes in a row of a sheet."""


class HitLike(Protocol):
    """What a picture needs to know of a neighbour; `index.Hit` is one."""

    @property
    def id(self) -> str: ...
    @property
    def label(self) -> str | None: ...
    @property
    def score(self) -> float: ...
    @property
    def distance(self) -> float | None: ...


class ResultLike(Protocol):
    """What a picture needs to know of a search; `index.Result` is one."""

    @property
    def query(self) -> str: ...
    @property
    def id(self) -> str | None: ...
    @property
    def hits(self) -> Sequence[HitLike]: ...


def thumbnail(store: Store, ref: Ref, size: int = SIZE, *, decoded: bool = False, via: str = "inr") -> Image:
    """(size, size, 3) picture of a stored shape.

    That of its source, which is kept at 256 pixels, where the store has it; else, or with `decoded`, what its network
    has, or with `via="decoder"` what the decoder makes of its embedding.

    Raises
    ------
    ShapeNotFound, AmbiguousShape, CorruptShard
        As everywhere.
    EmptySurface
        If there is no picture of the source, and the network has no surface.
    """
    kept = None if decoded or via != "inr" else store.thumbnail(ref)
    return decoded_picture(store, ref, size, via=via) if kept is None else _resized(from_webp(kept), size)


def decoded_picture(store: Store, ref: Ref, size: int = SIZE, *, via: str = "inr") -> Image:
    """(size, size, 3) picture of a stored shape as its network (or the decoder) has it; clouds as points."""
    shape = store.shape(ref)
    field, name = shape_field(store, shape, via=via)
    if shape.kind == "cloud":
        return render_points(extract_cloud(field, name, THUMBNAIL_POINTS), size)
    resolution = int(np.clip(size * 3 // 8, THUMBNAIL_RESOLUTION, 256))
    return render_mesh(*extract_mesh(field, name, resolution), size)


def render_shape(store: Store, ref: Ref, path: str | os.PathLike[str], size: int = 512, *, via: str = "inr") -> Path:
    """Write a picture of what a stored shape's network has; PNG, or what else the path's ending names."""
    target = _checked(path)
    picture = pillow.fromarray(decoded_picture(store, ref, size, via=via))
    with atomic_path(target) as temporary:
        picture.save(temporary)
    return target


def write_thumbnail(store: Store, ref: Ref, path: str | os.PathLike[str]) -> Path:
    """Write the picture of a stored shape's source: to WebP byte for byte, or in what else the path's ending names.

    Raises
    ------
    ShapeNotFound
        Also if the store has no such picture.
    BadInput
        If no picture format has that ending.
    """
    target = _checked(path)
    kept = store.thumbnail(ref)
    if kept is None:
        raise ShapeNotFound(f"{store.shape(ref).id[:12]} has no picture of its source; ingest that with --thumbnails")
    with atomic_path(target) as temporary:
        if target.suffix.lower() == ".webp":
            temporary.write_bytes(kept)
        else:
            pillow.fromarray(from_webp(kept)).save(temporary)
    return target


def _checked(path: str | os.PathLike[str]) -> Path:
    target = Path(path)
    if target.suffix.lower() not in pillow.registered_extensions():
        raise BadInput(f"{target}: no picture format has the ending {target.suffix!r}; use .png")
    return target


def _resized(image: Image, size: int) -> Image:
    if image.shape[:2] == (size, size):
        return image
    return np.asarray(pillow.fromarray(image).resize((size, size), pillow.Resampling.LANCZOS))


def search_sheet(
    store: Store,
    results: Sequence[ResultLike],
    path: str | os.PathLike[str],
    images: Mapping[str, Image] | None = None,
    *,
    decoded: bool = False,
) -> Path:
    """Write one picture of searches: a row a query, the query first and framed, then its neighbours.

    `images` gives pictures, by `result.query`, of queries that are not stored shapes (a file, for example) and so
    have no `result.id`; where there is neither, the row begins with the query's name. Stored shapes are shown as
    `thumbnail` shows them, with what orders them: how far off a piece is in them, else their score; and with `decoded`
    once more below, as their networks have them.
    """
    pictures = _Pictures(store)
    rows = []
    for result in results:
        image, label = (images or {}).get(result.query), None
        if image is None and result.id is not None:
            image, label = pictures(result.id), store.shape(result.id).label
        row = [Tile(image, label or _title(result.query), "query")]
        for hit in result.hits:
            match = None if label is None or hit.label is None else hit.label == label
            ordered_by = f"{hit.score:.3f}" if hit.distance is None else f"{hit.distance:.4f} off"
            row.append(Tile(pictures(hit.id), hit.label or hit.id[:8], ordered_by, match))
        rows.append(row)
        if decoded:
            own = None if result.id is None else pictures(result.id, decoded=True)
            below = [Tile(own, "its network" if result.id else "not stored")]
            rows.append(below + [Tile(pictures(hit.id, decoded=True), "its network") for hit in result.hits])
    return sheet(rows, path)


def _title(query: str) -> str:
    """A file's name without its format; words as they are, also with a point in them."""
    suffix = Path(query).suffix[1:]
    return Path(query).stem if suffix.isalnum() and not suffix.isdigit() else query


class NeighbourLike(Protocol):
    """What a picture needs to know of a labelled shape; `inrstore.tasks.Neighbour` is one."""

    @property
    def shape(self) -> Shape: ...
    @property
    def label(self) -> str: ...
    @property
    def score(self) -> float: ...


class ProposalLike(Protocol):
    """What a picture needs to know of a proposed label; `inrstore.tasks.Proposal` is one."""

    @property
    def shape(self) -> Shape: ...
    @property
    def label(self) -> str: ...
    @property
    def probability(self) -> float: ...
    @property
    def sure(self) -> bool: ...
    @property
    def neighbours(self) -> Sequence[NeighbourLike]: ...


def proposal_sheet(store: Store, proposals: Sequence[ProposalLike], path: str | os.PathLike[str]) -> Path:
    """Write one picture of proposed labels: a row a shape, which is framed, then the labelled shapes most like it.

    Its dot is green where the label is sure; those of its neighbours where they have that label. If none has
    neighbours, shapes fill the rows.
    """
    pictures, rows = _Pictures(store), list[list[Tile]]()
    for one in proposals:
        row = [Tile(pictures(one.shape.id), f"{one.label}?", f"{one.probability:.2f}", one.sure, framed=True)]
        for near in one.neighbours:
            row.append(Tile(pictures(near.shape.id), near.label, f"{near.score:.3f}", near.label == one.label))
        rows.append(row)
    if all(len(row) == 1 for row in rows):
        rows = [[tile for row in rows[start : start + ACROSS] for tile in row] for start in range(0, len(rows), ACROSS)]
    return sheet(rows, path)


class SampleLike(Protocol):
    """What a picture needs to know of a generated shape; `inrstore.tasks.Sample` is one."""

    @property
    def vertices(self) -> Vertices: ...
    @property
    def faces(self) -> Faces: ...
    @property
    def label(self) -> str | None: ...
    @property
    def nearest(self) -> Shape | None: ...
    @property
    def distance(self) -> float | None: ...


def generated_sheet(store: Store, samples: Sequence[SampleLike], path: str | os.PathLike[str]) -> Path:
    """Write one picture of generated shapes, framed, each with that which was learned from and is nearest to its right.

    What orders it is the distance of their codes: near 0 a sample is a copy.
    """
    pictures, tiles = _Pictures(store), []
    for one in samples:
        pair = [Tile(render_mesh(one.vertices, one.faces), one.label or "new", "new", framed=True)]
        if one.nearest is None or one.distance is None:
            pair.append(Tile(None, "not stored any more"))
        else:
            near = one.nearest
            pair.append(Tile(pictures(near.id), near.label or near.id[:8], f"{one.distance:.3f} off"))
        tiles.append(pair)
    rows = [tiles[start : start + PAIRS] for start in range(0, len(tiles), PAIRS)]
    return sheet([[tile for pair in row for tile in pair] for row in rows], path)


class _Pictures:
    """Each picture of stored shapes once."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.seen: dict[tuple[str, bool], Image | None] = {}

    def __call__(self, shape_id: str, decoded: bool = False) -> Image | None:
        if (shape_id, decoded) not in self.seen:
            try:
                self.seen[shape_id, decoded] = thumbnail(self.store, shape_id, decoded=decoded)
            except EmptySurface:  # one empty field must not cost the whole sheet
                self.seen[shape_id, decoded] = None
        return self.seen[shape_id, decoded]
