"""A search under conditions: first whether the nearest fulfil them anyway, then only among those that do.

To list half a million keys takes a catalogue longer than FAISS a search; to look at a hundred takes it nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..protocol import NO_KEY, Filter, Keys, Matrix
from .held import Held
from .library import pad

if TYPE_CHECKING:
    from inrstore.store import Store

FEW = 20_000
"""Of fewer rows all keys are listed: that is as quick."""
FIRST, MOST = 6, 1000
"""So many times k are asked for first; and so many, at most, at the second try."""
SPARE = 1.5
"""Times as many as the share of the first that fulfil the conditions asks for."""


def searched(store: Store, held: Held, queries: Matrix, k: int, only: Filter | None) -> tuple[Matrix, Keys]:
    """As `protocol.Index.search`, for k rows or fewer."""
    if only is None:
        return held.search(queries, k)
    wide = FIRST * k
    while held.count > FEW and wide <= MOST:
        scores, keys = held.search(queries, wide)
        allowed = np.isin(keys, only.among(store, np.unique(keys[keys != NO_KEY])))
        if (enough := allowed.sum(axis=1)).min() >= k:
            return _kept(scores, keys, allowed, k)
        share = enough.min() / wide
        if wide > FIRST * k or share * MOST < k:
            break
        wide = min(MOST, int(SPARE * k / share))
    return held.search(queries, k, only.keys(store))


def _kept(scores: Matrix, keys: Keys, allowed: np.ndarray, k: int) -> tuple[Matrix, Keys]:
    """The first k of each row that are allowed, of which there are as many."""
    first = np.argsort(~allowed, axis=1, kind="stable")[:, :k]
    return pad(np.take_along_axis(scores, first, 1), np.take_along_axis(keys, first, 1), k)
