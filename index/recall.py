"""How much of the exact answer an index finds."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from inrstore.errors import BadInput

from . import exact
from .manage import open_index
from .protocol import NO_KEY, Keys

if TYPE_CHECKING:
    from inrstore.store import Store


@dataclass(frozen=True)
class Recall:
    """Mean share of the k exact neighbours that the index returned, over a sample of the stored shapes."""

    backend: str
    k: int
    queries: int
    recall: float

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


def recall(store: Store, *, k: int = 10, sample: int = 200, seed: int = 0, name: str = "default") -> Recall:
    """Ask the index for the neighbours of a sample of stored shapes, themselves left out, and compare."""
    if k < 1 or sample < 1:
        raise BadInput(f"k is {k} and sample is {sample}: both must be at least 1")
    opened = open_index(store, name=name)
    keys, matrix = store.embeddings()
    if len(keys) < 2:
        raise BadInput(f"store {store.url} has fewer than two embeddings, so there is no neighbour to find")
    chosen = np.random.default_rng(seed).choice(len(keys), min(sample, len(keys)), replace=False)
    wide = min(k + 1, len(keys))
    best = without(exact.nearest(keys, matrix, matrix[chosen], wide), keys[chosen])
    found = opened.search(matrix[chosen], wide)[1]
    found = np.pad(found, ((0, 0), (0, wide - found.shape[1])), constant_values=NO_KEY)
    return Recall(opened.status().backend or "", wide - 1, len(chosen), recall_at_k(without(found, keys[chosen]), best))


def recall_at_k(found: Keys, exact: Keys) -> float:
    """Mean over rows of |found ∩ exact| / k, both (q, k); order does not matter."""
    if found.shape != exact.shape or found.size == 0:
        raise BadInput(f"found has shape {found.shape} and exact {exact.shape}: both must be the same (q, k)")
    shares = [np.isin(right, left).mean() for left, right in zip(found, exact, strict=True)]
    return float(np.mean(shares))


def without(keys: Keys, own: Keys) -> Keys:
    """(q, k) → (q, k - 1): each row without its own key, or without its last where that is not there."""
    other = keys != own[:, None]
    other[other.all(axis=1), -1] = False
    rest: Keys = keys[other].reshape(len(keys), keys.shape[1] - 1)
    return rest
