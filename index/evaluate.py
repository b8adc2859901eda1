"""How well a store's embeddings find the class of a shape."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from inrstore.errors import BadInput
from inrstore.metrics import retrieval_metrics
from inrstore.records import Shape

if TYPE_CHECKING:
    from inrstore.store import Conditions, Store


def retrieval(store: Store, *, label: str = "label", where: Conditions | None = None) -> dict[str, float]:
    """Leave-one-out retrieval over the stored embeddings by exact search; no index is needed.

    label : "label", or the tag that names the class
    where : only shapes that fulfil these conditions ask and answer, for example {"split": "test"}

    Returns the fractions "hit@1", "hit@5", "hit@10" and "map" (see `inrstore.metrics.retrieval_metrics`), and
    the counts "queries", "classes" and "left_out": shapes without a class or an embedding, or alone in their
    class. BadInput if nothing is left to ask.
    """
    shapes = store.shapes(where=where)
    classes = {shape.key: name for shape in shapes if (name := class_of(shape, label)) is not None}
    keys, matrix = store.embeddings()
    asked = np.isin(keys, np.fromiter(classes, dtype=np.int64, count=len(classes)))
    if not asked.any():
        raise BadInput(f"no stored shape has both a {label!r} and an embedding: ingest with --labels-from or --tag")
    figures = retrieval_metrics(matrix[asked], [classes[int(key)] for key in keys[asked]])
    return {**figures, "left_out": len(shapes) - figures["queries"]}


def class_of(shape: Shape, label: str) -> str | None:
    return shape.label if label == "label" else shape.tags.get(label)
