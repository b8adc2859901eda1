"""A text in, ranked shapes out, each with the reasons why it is there."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING

from inrstore.errors import BadInput, MissingDependency
from inrstore.limits import Limited, limited
from inrstore.queries import NEIGHBOURS

from ..results import Hit
from .answer import TextResult, Understood
from .fusion import fused
from .meaning import meanings
from .reasons import reason

if TYPE_CHECKING:
    from inrstore.store import Conditions, Store

LONGEST = 10_000
"""Characters of a text that are read."""
EVIDENCE = ("words", "meaning")
SOME = 0.5
"""What it counts that a shape is called by some words of several: less than that it means the whole."""
DEPTH = 100
"""Shapes of each evidence that are fused: one that both have lower down can be the best."""


def search_text(
    store: Store,
    text: str,
    *,
    k: int = NEIGHBOURS,
    where: Conditions | None = None,
    threshold: float | None = None,
    unit: str = "mm",
    plain: bool = False,
    by: Collection[str] = EVIDENCE,
    fill: bool = True,
) -> TextResult:
    """The `k` shapes that a text describes best, best first.

    Parameters
    ----------
    text : words, and plain limits such as "under 50 mm", see `inrstore.limits`. A text of limits alone lists what
        fulfils them, the newest first.
    where : only shapes that fulfil these conditions as well, see `inrstore.store.shapes.Shapes`.
    threshold : hits of a lower score are left out, see `TextResult`.
    unit : of the lengths in the store's files, which say none themselves.
    plain : take everything as words, and nothing as a limit.
    by : which evidence counts: `words`, what shapes are called, and `meaning`, what that means, where the store has
        vectors of it (`encode_words`).
    fill : make vectors that are missing and store them, if they are few.

    Raises
    ------
    BadInput
        If the text is empty, or too long, or a condition is none.
    """
    if not by or not set(by) <= set(EVIDENCE):
        raise BadInput(f"by is {', '.join(by)!r}: give some of {', '.join(EVIDENCE)}")
    if k < 1:
        raise BadInput(f"k is {k}: ask for at least one shape")
    if not text.strip():
        raise BadInput("the text is empty: say what to look for")
    if len(text) > LONGEST:
        raise BadInput(f"the text has {len(text):,} characters, at most {LONGEST:,} are read: leave some out")
    asked = Limited(text, ()) if plain else limited(text, unit)
    conditions = [*_texts(where), *(limit.condition for limit in asked.limits)]
    if not asked.text:
        newest = [shape.key for shape in store.shapes(conditions, limit=k, order="-created")]
        return _answer(
            store, text, Understood((), asked.limits), {"limits": [(key, 1.0) for key in newest]}, k, threshold
        )
    found = store.named(asked.text, conditions, max(k, DEPTH))
    near, left, further = None, 0, ""
    if "meaning" in by and found.wording.words:
        near, left, further = _meaning(store, asked.text, conditions, max(k, DEPTH), fill)
    understood = Understood.of(found.wording, asked.limits, left, further)
    counts = [1.0] * found.whole + [SOME] * (len(found.keys) - found.whole)
    lists = {"words": list(zip(found.keys, counts, strict=True))} if "words" in by else {}
    lists |= {} if near is None else {"meaning": [(key, 1.0) for key in near]}
    return _answer(store, text, understood, lists, k, threshold, near or {})


def _meaning(
    store: Store, text: str, conditions: Sequence[str], count: int, fill: bool
) -> tuple[dict[int, float] | None, int, str]:
    """Cosines by key, best first; None where the store has no vectors of words, or no tower is here, which is said."""
    try:
        found = meanings(store).best(text, count, conditions, fill)
    except MissingDependency as error:
        return None, 0, str(error)
    return (None, 0, "") if found is None else (dict(found[0]), found[1], "")


def _answer(
    store: Store,
    text: str,
    understood: Understood,
    lists: Mapping[str, Sequence[tuple[int, float]]],
    k: int,
    threshold: float | None,
    near: Mapping[int, float] | None = None,
) -> TextResult:
    ranked = [one for one in fused(lists.values()) if threshold is None or one[1] >= threshold][:k]
    shapes = store.shapes_by_key([key for key, _ in ranked])
    ranks = {name: {key: rank for rank, (key, _) in enumerate(keys, start=1)} for name, keys in lists.items()}
    hits: list[Hit] = []
    for key, score in ranked:
        if (shape := shapes.get(key)) is None:  # removed meanwhile
            continue
        cosine = (near or {}).get(key, 0.0)
        why = tuple(reason(name, of[key], shape, understood, cosine) for name, of in ranks.items() if key in of)
        source = next(iter(shape.sources), "")
        hits.append(Hit(len(hits) + 1, shape.id, key, shape.label, score, source, shape=shape, why=why))
    return TextResult(text, hits, understood=understood)


def _texts(where: Conditions | None) -> Sequence[str]:
    from inrstore.store.where import Where

    return [str(condition) for condition in Where.of(where).conditions]
