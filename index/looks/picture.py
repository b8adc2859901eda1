"""A picture in, ranked shapes out."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from inrstore.errors import BadInput
from inrstore.queries import NEIGHBOURS

from ..results import Evidence, Hit
from .answer import ImageResult
from .heads import as_one, ask_pictures
from .nearest import alike

if TYPE_CHECKING:
    from inrstore.pictures.intake import Taken
    from inrstore.store import Conditions, Store

Picture: TypeAlias = str | os.PathLike[str] | bytes
Box = tuple[int, int, int, int]
MOST = 16
"""Pictures of one thing: each goes through a network."""
SHOWN = 256
"""Pixels a side of what a result shows of a picture."""


def search_image(
    store: Store,
    picture: Picture | Sequence[Picture],
    *,
    k: int = NEIGHBOURS,
    skip: int = 0,
    where: Conditions | None = None,
    threshold: float | None = None,
    mask: Picture | None = None,
    box: Box | None = None,
    index: str = "default",
    name: str | None = None,
) -> ImageResult:
    """The `k` shapes that look most like what is in a picture, best first.

    Parameters
    ----------
    picture : a path or the bytes of a PNG, JPEG, WebP, GIF, BMP or TIFF, of a drawing, a rendering or a photo; several
        are of one thing from several sides, and what counts is the mean of how much a shape is like each.
    skip : so many of the best are left out, for further pages.
    where : only shapes that fulfil these conditions, see `inrstore.store.shapes.Shapes`.
    threshold : hits of a lower score are left out, see `ImageResult`; by default those below the head's floor, which
        one of a thousand wrong shapes passes.
    mask : a picture of the same shape that is bright or opaque where the object is.
    box : x0, y0, x1, y1 in pixels, the only part that is looked at.
    index : which index of the store, see `index.search`.
    name : what the result and its messages call the picture, instead of its path.

    Raises
    ------
    BadInput
        If a picture is none, or there is nothing in it; if the store is empty; a mask or a box for several pictures.
    ModelNotFound, MissingDependency
        If the store's encoder has no head for pictures, or its tower, or FAISS, is not here.
    ModelMismatch, NoEncoder, CorruptShard
        If the index is of another store, the store has no encoder, or the head is damaged.
    """
    check_pages(k, skip)
    taken, names = taken_in(picture, mask, box, name)
    head, asked = ask_pictures(store, taken)
    least = head.floor if threshold is None else threshold
    found = alike(store, index, as_one(asked), skip + k, where, least)[skip:]
    what = "picture" if len(taken) == 1 else "pictures"
    hits = [
        Hit.of(shape, rank, score, (Evidence("shape", rank, f"looks like the {what} ({score:.2f})"),))
        for rank, (shape, score) in enumerate(found, start=skip + 1)
    ]
    file = None if isinstance(one := several(picture)[0], bytes) or len(taken) > 1 else os.path.abspath(one)
    kinds, notes = tuple(one.kind for one in taken), noted(taken, names)
    return ImageResult(", ".join(names), hits, None, file, kinds=kinds, notes=notes, picture=taken[0].square(SHOWN))


def taken_in(
    picture: Picture | Sequence[Picture], mask: Picture | None = None, box: Box | None = None, name: str | None = None
) -> tuple[list[Taken], list[str]]:
    """The objects in pictures, and what these are called. Errors: BadInput."""
    from inrstore.pictures.intake import take

    given = several(picture)
    if not 1 <= len(given) <= MOST:
        raise BadInput(f"{len(given)} pictures: give 1 to {MOST} of one thing")
    if len(given) > 1 and (mask is not None or box is not None):
        raise BadInput("a mask or a box is of one picture: cut the others out before")
    names = [_called(one, place, len(given), name) for place, one in enumerate(given, start=1)]
    over = None if mask is None else _source(mask)
    return [take(_source(one), name=own, mask=over, box=box) for one, own in zip(given, names, strict=True)], names


def several(picture: Picture | Sequence[Picture]) -> list[Picture]:
    return [picture] if isinstance(picture, (str, os.PathLike, bytes)) else list(picture)


def noted(taken: Sequence[Taken], names: Sequence[str]) -> tuple[str, ...]:
    """What is worth saying of pictures, of several by their names."""
    return tuple(
        f"{name}: {note}" if len(taken) > 1 else note
        for one, name in zip(taken, names, strict=True)
        for note in one.notes
    )


def check_pages(k: int, skip: int) -> None:
    """Errors: BadInput."""
    if k < 1 or skip < 0:
        raise BadInput(f"k is {k}, skip {skip}: ask for at least one shape, and skip none or more")


def _called(one: Picture, place: int, count: int, name: str | None) -> str:
    if name is not None:
        return name if count == 1 else f"{name} {place}"
    if isinstance(one, bytes):
        return "the picture" if count == 1 else f"picture {place}"
    return os.fspath(one)


def _source(one: Picture) -> Path | bytes:
    return one if isinstance(one, bytes) else Path(one)
