"""A text in, ranked shapes out, each with the reasons why it is there."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from inrstore.errors import BadInput, MissingDependency
from inrstore.limits import Limited, limited
from inrstore.queries import NEIGHBOURS

from ..looks.views import views_in_words
from ..looks.words import like_words, perhaps_like_words
from ..results import Hit
from .answer import TextResult, Understood
from .fusion import fused
from .meaning import meanings
from .reasons import reason

if TYPE_CHECKING:
    from inrstore.store import Conditions, Store

LONGEST = 10_000
"""Characters of a text that are read."""
EVIDENCE, VIEWS = ("words", "meaning", "shape"), "views"
COUNTS = {"shape": 0.5}
"""How much an evidence counts beside the others, 1 unless this says less: what a shape is called somebody has said, and
what it looks like is guessed, so that of what one of both finds first the words' is first."""
SOME = 0.5
"""What it counts that a shape is called by some words of several: less than that it means the whole."""
DEPTH = 100
"""Shapes of each evidence that are fused: one that both have lower down can be the best."""


def search_text(
    store: Store,
    text: str,
    *,
    k: int = NEIGHBOURS,
    skip: int = 0,
    where: Conditions | None = None,
    threshold: float | None = None,
    unit: str = "mm",
    plain: bool = False,
    by: Collection[str] = EVIDENCE,
    fill: bool = True,
    index: str = "default",
) -> TextResult:
    """The `k` shapes that a text describes best, best first.

    Parameters
    ----------
    text : words, and plain limits such as "under 50 mm", see `inrstore.limits`. A text of limits alone lists what
        fulfils them, the newest first.
    skip : so many of the best are left out, for further pages.
    where : only shapes that fulfil these conditions as well, see `inrstore.store.shapes.Shapes`.
    threshold : hits of a lower score are left out, see `TextResult`.
    unit : of the lengths in the store's files, which say none themselves.
    plain : take everything as words, and nothing as a limit.
    by : which evidence counts: `words`, what shapes are called; `meaning`, what that means, where the store has
        vectors of it (`encode_words`); `shape`, what they look like, where there is a head of words for the store's
        encoder, which counts half. An evidence that cannot be had is left out, but `shape` where it is the only one.
        Also `views`, where the store's are read by a tower that reads words, such as CLIP; else that is an error.
    fill : make vectors that are missing and store them, if they are few.
    index : which index of the store is asked by `shape`, see `index.search`.

    Raises
    ------
    BadInput
        If the text is empty, or too long, or a condition is none; by `shape` alone, if the store is empty; by `views`,
        if the store has none that are comparable with words.
    ModelNotFound, MissingDependency, ModelMismatch, NoEncoder, CorruptShard
        By `views`, see there. By `shape` alone, if there is no head for the store's encoder, or its tower, or FAISS, is
        not here, or the index is of another store, the store has no encoder, or the head is damaged.
    """
    wanted = {by} if isinstance(by, str) else set(by)
    if not wanted or not wanted <= {*EVIDENCE, VIEWS}:
        raise BadInput(f"by is {', '.join(sorted(wanted))!r}: give some of {', '.join((*EVIDENCE, VIEWS))}")
    if k < 1 or skip < 0:
        raise BadInput(f"k is {k}, skip {skip}: ask for at least one shape, and skip none or more")
    if not text.strip():
        raise BadInput("the text is empty: say what to look for")
    if len(text) > LONGEST:
        raise BadInput(f"the text has {len(text):,} characters, at most {LONGEST:,} are read: leave some out")
    asked = Limited(text, ()) if plain else limited(text, unit)
    conditions = [*_texts(where), *(limit.condition for limit in asked.limits)]
    if not asked.text:
        newest = [shape.key for shape in store.shapes(conditions, limit=k + skip, order="-created")]
        found = _Found(Understood((), asked.limits), {"limits": [(key, 1.0) for key in newest]})
    else:
        found = _found(store, asked, conditions, max(k + skip, DEPTH), wanted, fill, index)
    return _answer(store, text, found, k, skip, threshold)


@dataclass(frozen=True)
class _Found:
    """What every evidence found."""

    understood: Understood
    lists: Mapping[str, Sequence[tuple[int, float]]]
    """Keys, best first, each with how much it counts."""
    near: Mapping[str, Mapping[int, float]] = field(default_factory=dict)
    """Cosines of the meaning, likenesses of the shape, by key."""


def _found(
    store: Store, asked: Limited, conditions: list[str], count: int, by: set[str], fill: bool, index: str
) -> _Found:
    called = store.named(asked.text, conditions, count)
    near: dict[str, dict[int, float]] = {}
    left, reasons = 0, []
    if "meaning" in by and called.wording.words:
        meant, left, why = _meaning(store, asked.text, conditions, count, fill)
        near |= {} if meant is None else {"meaning": meant}
        reasons.append(why)
    if by == {"shape"}:
        near["shape"] = like_words(store, asked.text, count, conditions, index) if called.wording.words else {}
    elif "shape" in by and called.wording.words:
        looks, why = perhaps_like_words(store, asked.text, count, conditions, index)
        near |= {} if looks is None else {"shape": looks}
        reasons.append(why)
    if VIEWS in by:
        near[VIEWS] = views_in_words(store, asked.text, count, conditions) if called.wording.words else {}
    counts = [1.0] * called.whole + [SOME] * (len(called.keys) - called.whole)
    lists = {"words": list(zip(called.keys, counts, strict=True))} if "words" in by else {}
    lists |= {name: [(key, 1.0) for key in found] for name, found in near.items()}
    further = "; ".join(dict.fromkeys(why for why in reasons if why))
    understood = Understood.of(called.wording, asked.limits, left, further)
    if by <= {"shape", VIEWS}:  # what something is called is of no matter
        understood = replace(understood, instead={}, unknown=())
    return _Found(understood, lists, near)


def _meaning(
    store: Store, text: str, conditions: Sequence[str], count: int, fill: bool
) -> tuple[dict[int, float] | None, int, str]:
    """Cosines by key, best first; None where the store has no vectors of words, or no tower is here, which is said."""
    try:
        found = meanings(store).best(text, count, conditions, fill)
    except MissingDependency as error:
        return None, 0, str(error)
    return (None, 0, "") if found is None else (dict(found[0]), found[1], "")


def _answer(store: Store, text: str, found: _Found, k: int, skip: int, threshold: float | None) -> TextResult:
    order = fused(found.lists.values(), [COUNTS.get(name, 1.0) for name in found.lists])
    ranked = [one for one in order if threshold is None or one[1] >= threshold][skip : skip + k]
    shapes = store.shapes_by_key([key for key, _ in ranked])
    ranks = {name: {key: rank for rank, (key, _) in enumerate(keys, start=1)} for name, keys in found.lists.items()}
    hits: list[Hit] = []
    for key, score in ranked:
        if (shape := shapes.get(key)) is None:  # removed meanwhile
            continue
        why = tuple(
            reason(name, of[key], shape, found.understood, found.near.get(name, {}).get(key, 0.0))
            for name, of in ranks.items()
            if key in of
        )
        hits.append(Hit.of(shape, skip + len(hits) + 1, score, why))
    return TextResult(text, hits, understood=found.understood)


def _texts(where: Conditions | None) -> Sequence[str]:
    from inrstore.store.where import Where

    return [str(condition) for condition in Where.of(where).conditions]
