"""Queries composed of shapes, words and pictures, some of them taken away.

Embeddings have much in common, so that a sum of them would say mostly that. What is summed are directions from the
middle of the embeddings, which is where a head's queries begin as well.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from inrstore.errors import BadInput
from inrstore.limits import Limit, limited
from inrstore.progress import OnProgress
from inrstore.queries import NEIGHBOURS
from inrstore.records import FloatArray, Shape

from ..results import ID_DIGITS, Evidence, Hit
from .answer import ComposedResult
from .nearest import nearest, rows_of
from .parts import Part, Parts, weights_of
from .picture import Picture, check_pages

if TYPE_CHECKING:
    from inrstore.store import Conditions, Store

    from ..queries import Queries

LOOK = 500
"""Shapes nearest to the sum as they are, of which the nearest from the middle are taken."""
NOTHING = 1e-6
"""Length of a sum that says nothing any more."""


def search_composed(
    store: Store,
    *,
    like: Queries = (),
    text: Sequence[str] = (),
    image: Sequence[Picture] = (),
    minus_text: Sequence[str] = (),
    minus_like: Queries = (),
    weights: Mapping[str, float] | None = None,
    k: int = NEIGHBOURS,
    skip: int = 0,
    where: Conditions | None = None,
    threshold: float | None = None,
    unit: str = "mm",
    plain: bool = False,
    exclude_self: bool = True,
    index: str = "default",
    up: str = "y",
    on_progress: OnProgress | None = None,
) -> ComposedResult:
    """The `k` shapes nearest to a sum of parts, best first: like this shape, with wheels, not round.

    Each part is a direction of length one from the middle of the embeddings: of a shape that of its embedding, of words
    and pictures what the store's head makes of them. The middle is that of the head for words, if there are words, else
    for pictures, if there are pictures, else of whichever there is, else the mean of the store's embeddings.

    Parameters
    ----------
    like, minus_like : queries as of `index.search`, in their own pose; what is like the latter comes later.
    text : words, and plain limits such as "under 50 mm", see `inrstore.limits`, which every hit fulfils.
    minus_text : words; limits in them are not understood.
    image : pictures as of `search_image`, each a part of its own.
    weights : how much each part of a kind counts, 1 unless it is said here: `like`, `text`, `image`, and `not` for all
        that is taken away.
    skip : so many of the best are left out, for further pages.
    where : only shapes that fulfil these conditions, see `inrstore.store.shapes.Shapes`.
    threshold : hits of a lower score are left out, see `ComposedResult`.
    unit, plain : see `index.search_text`.
    exclude_self : leave stored shapes that are parts out of the answer.
    index, up, on_progress : see `index.search`.

    Raises
    ------
    BadInput
        If nothing is asked for, a text says limits alone, or the parts cancel each other out; a weight is none; as
        `index.search`.
    ShapeNotFound, AmbiguousShape, ModelNotFound, MissingDependency, ModelMismatch, NoEncoder, CorruptShard
        As `index.search` and `search_image`.
    """
    check_pages(k, skip)
    made = Parts(store, weights_of(weights), up, on_progress)
    words, limits = _limited([text] if isinstance(text, str) else text, unit, plain)
    made.words(words, "text")
    made.words(minus_text, "not")
    made.pictures(image)
    made.shapes(like, "like")
    made.shapes(minus_like, "not")
    parts = made.finished()
    middle = made.middle()
    summed = np.sum([part.about.weight * part.direction for part in parts], axis=0)
    length = float(np.linalg.norm(summed))
    if length < NOTHING:
        raise BadInput("the parts cancel each other out: change them or their weights")
    own = {part.key for part in parts if part.key is not None} if exclude_self else set()
    look = max(LOOK, 4 * (k + skip)) + len(own)
    near = nearest(store, index, summed / length, look, _conditions(where, limits))
    found = [shape for shape, _ in near if shape.key not in own]
    owed = _owed(store, index, parts, found, middle, length)
    hits = _hits(found, parts, owed, threshold)[skip : skip + k]
    about = tuple(part.about for part in parts)
    return ComposedResult(_said(parts), hits, parts=about, notes=tuple(made.notes), limits=limits)


def _limited(texts: Sequence[str], unit: str, plain: bool) -> tuple[list[str], tuple[Limit, ...]]:
    """The words of texts, and the limits that were among them. Errors: BadInput."""
    if plain:
        return list(texts), ()
    words: list[str] = []
    limits: list[Limit] = []
    for text in texts:
        found = limited(text, unit)
        if found.limits and not found.text:
            given = " and ".join(limit.condition for limit in found.limits)
            raise BadInput(f"{text!r} says limits alone, which no sum is made of: add words, or give {given} as where")
        words.append(found.text)
        limits += found.limits
    return words, tuple(limits)


def _conditions(where: Conditions | None, limits: Sequence[Limit]) -> Conditions | None:
    from inrstore.store.where import Where

    if not limits:
        return where
    return [*map(str, Where.of(where).conditions), *(limit.condition for limit in limits)]


def _owed(
    store: Store, index: str, parts: Sequence[Part], found: Sequence[Shape], middle: FloatArray, length: float
) -> FloatArray:
    """(p, n) what each part adds to the cosine of each shape with the sum; NaN of one that was removed meanwhile."""
    rows = rows_of(store, index, [shape.key for shape in found])
    away = np.array([rows.get(shape.key, np.full(len(middle), np.nan)) for shape in found]).reshape(-1, len(middle))
    away = away - middle
    away /= np.maximum(np.linalg.norm(away, axis=1, keepdims=True), 1e-9)
    weighted = np.stack([part.about.weight * part.direction for part in parts])
    return np.asarray(weighted @ away.T / length)


def _hits(found: Sequence[Shape], parts: Sequence[Part], owed: FloatArray, threshold: float | None) -> list[Hit]:
    scores = owed.sum(axis=0)
    floor = -np.inf if threshold is None else threshold
    order = [place for place in np.argsort(-scores, kind="stable").tolist() if scores[place] >= floor]
    hits = []
    for rank, place in enumerate(order, start=1):
        why = tuple(
            Evidence(part.about.by, rank, f"{_short(part)} {share:.2f}")
            for part, share in zip(parts, owed[:, place].tolist(), strict=True)
        )
        hits.append(Hit.of(found[place], rank, float(scores[place]), why))
    return hits


def _short(part: Part) -> str:
    text = str(part.about)
    return text.replace(part.about.name, part.about.name[:ID_DIGITS]) if len(part.about.name) == 64 else text


def _said(parts: Sequence[Part]) -> str:
    return ", ".join(map(_short, parts))
