"""A text in, ranked shapes out, each with the reasons why it is there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from inrstore.errors import BadInput
from inrstore.limits import Limited, limited
from inrstore.queries import NEIGHBOURS

from ..results import Hit
from .answer import TextResult, Understood
from .fusion import fused
from .reasons import reason

if TYPE_CHECKING:
    from inrstore.store import Conditions, Store

LONGEST = 10_000
"""Characters of a text that are read."""


def search_text(
    store: Store,
    text: str,
    *,
    k: int = NEIGHBOURS,
    where: Conditions | None = None,
    threshold: float | None = None,
    unit: str = "mm",
    plain: bool = False,
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

    Raises
    ------
    BadInput
        If the text is empty, or too long, or a condition is none.
    """
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
        return _answer(store, text, Understood((), asked.limits), {"limits": newest}, k, threshold)
    found = store.named(asked.text, conditions, k)
    words = found.wording
    understood = Understood(
        tuple(word.text for word in words.words),
        asked.limits,
        words.instead,
        tuple(words.unknown),
        words.left_out,
    )
    return _answer(store, text, understood, {"words": found.keys}, k, threshold)


def _answer(
    store: Store, text: str, understood: Understood, lists: dict[str, list[int]], k: int, threshold: float | None
) -> TextResult:
    ranked = [one for one in fused(lists) if threshold is None or one[1] >= threshold][:k]
    shapes = store.shapes_by_key([key for key, _ in ranked])
    hits: list[Hit] = []
    for key, score in ranked:
        if (shape := shapes.get(key)) is None:  # removed meanwhile
            continue
        why = tuple(reason(name, keys.index(key) + 1, shape, understood) for name, keys in lists.items() if key in keys)
        source = next(iter(shape.sources), "")
        hits.append(Hit(len(hits) + 1, shape.id, key, shape.label, score, source, shape=shape, why=why))
    return TextResult(text, hits, understood=understood)


def _texts(where: Conditions | None) -> Sequence[str]:
    from inrstore.store.where import Where

    return [str(condition) for condition in Where.of(where).conditions]
