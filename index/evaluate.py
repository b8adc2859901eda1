"""How well a store's embeddings find the class of a shape."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from inrstore.errors import BadInput
from inrstore.metrics import Retrieval, retrieve

if TYPE_CHECKING:
    from inrstore.store import Conditions, Store


def retrieval(store: Store, *, label: str = "label", where: Conditions | None = None) -> dict[str, float]:
    """Leave-one-out retrieval over the stored embeddings by exact search; no index is needed.

    label : "label", or the tag that names the class
    where : only shapes that fulfil these conditions ask and answer, for example {"split": "test"}

    Returns the mean of every figure of `inrstore.metrics.retrieve` ("hit@1", "map", …), and the counts "queries",
    "classes" and "left_out": shapes without a class or an embedding, or alone in their class. BadInput if nothing is
    left to ask.
    """
    return retrieved(store, label=label, where=where).summary()


def retrieved(store: Store, *, label: str = "label", where: Conditions | None = None) -> Retrieval:
    """The same, query by query: with intervals, by class, and which class is taken for which."""
    classes = store.values(label, where)
    keys, matrix = store.embeddings()
    asked = np.isin(keys, np.fromiter(classes, dtype=np.int64, count=len(classes)))
    if not asked.any():
        raise BadInput(f"no stored shape has both a {label!r} and an embedding: ingest with --labels-from or --tag")
    found = retrieve(matrix[asked], [classes[int(key)] for key in keys[asked]])
    return replace(found, left_out=len(store.keys(where)) - len(found.asked))
