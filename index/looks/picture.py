"""A picture in, ranked shapes out."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from inrstore.errors import BadInput
from inrstore.queries import NEIGHBOURS

from ..results import Evidence, Hit
from .answer import ImageResult
from .heads import as_one, ask_pictures
from .nearest import alike
from .views import VIEWS, Views, views_of

if TYPE_CHECKING:
    from inrstore.pictures.intake import Taken
    from inrstore.records import Shape
    from inrstore.store import Conditions, Store

Picture: TypeAlias = str | os.PathLike[str] | bytes
Box = tuple[int, int, int, int]
SHAPE = "shape"
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
    by: str | None = None,
) -> ImageResult:
    """The `k` shapes that look most like what is in a picture, best first.

    By views, if the store has some (`ingest.encode_views`): drawn pictures of every shape from all round are compared
    with it. Else by the shape: an image head leads from the picture to shape embeddings, which tells less.

    Parameters
    ----------
    picture : a path or the bytes of a PNG, JPEG, WebP, GIF, BMP or TIFF, of a drawing, a rendering or a photo; several
        are of one thing from several sides, and what counts is the mean of how much a shape is like each.
    skip : so many of the best are left out, for further pages.
    where : only shapes that fulfil these conditions, see `inrstore.store.shapes.Shapes`.
    threshold : hits of a lower score are left out, see `ImageResult`; by default those below a floor that five of a
        hundred wrong shapes pass.
    mask : a picture of the same shape that is bright or opaque where the object is.
    box : x0, y0, x1, y1 in pixels, the only part that is looked at.
    index : which index of the store, see `index.search`.
    name : what the result and its messages call the picture, instead of its path.
    by : `views` or `shape`, where the choice is not to depend on the store.

    Raises
    ------
    BadInput
        If a picture is none, or there is nothing in it; by shape, if the store is empty; by views, if it has none; a
        mask or a box for several pictures.
    ModelNotFound, MissingDependency
        If the store's encoder has no head for pictures, or its tower, or FAISS, is not here.
    ModelMismatch, NoEncoder, CorruptShard
        If the index is of another store, the store has no encoder, or the head is damaged.
    """
    check_pages(k, skip)
    taken, names = taken_in(picture, mask, box, name)
    views = _views(store, by)
    ask: dict[str, Any] = {"count": skip + k, "where": where, "threshold": threshold}
    found = _by_shape(store, taken, index, **ask) if views is None else _by_views(views, taken, **ask)
    what = "picture" if len(taken) == 1 else "pictures"
    evidence, says = ("shape", "looks like") if views is None else (VIEWS, "its views look like")
    hits = [
        Hit.of(shape, rank, score, (Evidence(evidence, rank, f"{says} the {what} ({score:.2f})"),))
        for rank, (shape, score) in enumerate(found[skip:], start=skip + 1)
    ]
    file = None if isinstance(one := several(picture)[0], bytes) or len(taken) > 1 else os.path.abspath(one)
    kinds, notes = tuple(one.kind for one in taken), (*noted(taken, names), *_of_views(store, views, by))
    shown = taken[0].square(SHOWN)
    return ImageResult(", ".join(names), hits, None, file, by=evidence, kinds=kinds, notes=notes, picture=shown)


def _views(store: Store, by: str | None) -> Views | None:
    """What a picture is compared with; None: with shape embeddings."""
    if by not in (None, VIEWS, SHAPE):
        raise BadInput(f"by: {by!r} is neither {VIEWS!r} nor {SHAPE!r}")
    found = None if by == SHAPE else views_of(store)
    if by == VIEWS and found is None:
        raise BadInput("the store has no views of its shapes; make them: 'inrstore encode --views'")
    return found


def _by_views(
    views: Views, taken: Sequence[Taken], count: int, where: Conditions | None, threshold: float | None
) -> list[tuple[Shape, float]]:
    return views.alike(taken, count, where, views.floor if threshold is None else threshold)


def _by_shape(
    store: Store, taken: Sequence[Taken], index: str, count: int, where: Conditions | None, threshold: float | None
) -> list[tuple[Shape, float]]:
    head, asked = ask_pictures(store, taken)
    return alike(store, index, as_one(asked), count, where, head.floor if threshold is None else threshold)


def _of_views(store: Store, views: Views | None, by: str | None) -> tuple[str, ...]:
    """What would find more."""
    if views is None:
        return (
            () if by == SHAPE else ("compared by shape alone; 'inrstore encode --views' lets pictures find far more",)
        )
    left = views.left()
    return (f"shapes without views: {left:,}; run 'inrstore encode --views'",) if left else ()


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
