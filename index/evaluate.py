"""How well a store's embeddings find the class of a shape."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from inrstore.errors import BadInput
from inrstore.metrics import Accuracy, Retrieval, accuracies, retrieve
from inrstore.records import FloatArray

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


def retrieved(
    store: Store, *, label: str = "label", where: Conditions | None = None, by: str | None = None
) -> Retrieval:
    """The same, query by query: with intervals, by class, and which class is taken for which.

    `by` compares the vectors of a kind that the store has beside its embeddings, `views`. Errors: BadInput without any.
    """
    encoder = None if by is None else store.beside(by)
    if by is not None and encoder is None:
        raise BadInput(f"the store has no {by}; make them: 'inrstore encode --{by}'")
    keys, matrix, classes = _labelled(store, label, where, encoder)
    found = retrieve(matrix, classes)
    return replace(found, left_out=len(store.keys(where)) - len(found.asked))


def accuracy(
    store: Store,
    *,
    label: str = "label",
    split: str | None = None,
    folds: int = 5,
    seed: int = 0,
    where: Conditions | None = None,
) -> dict[str, Accuracy]:
    """How well simple classifiers on the stored embeddings name a class; see `inrstore.metrics.accuracies`.

    label : "label", or the tag that names the class
    split : a tag; shapes in which it is "train" are learned from, those in which it is "test" asked. Without it, folds
    where : only shapes that fulfil these conditions take part

    Errors: BadInput if nothing can be learned or asked, MissingDependency without scikit-learn.
    """
    keys, matrix, classes = _labelled(store, label, where)
    if split is None:
        return accuracies(matrix, classes, folds=folds, seed=seed)
    sides = store.values(split, where)
    side = np.array([str(sides.get(int(key))) for key in keys])
    taking = np.isin(side, ("train", "test"))
    if not taking.any():
        raise BadInput(f"no labelled shape has a tag {split!r} that is train or test; ingest with --tag {split}=train")
    return accuracies(matrix[taking], np.asarray(classes)[taking], side[taking] == "train")


def _labelled(
    store: Store, label: str, where: Conditions | None, encoder: str | None = None
) -> tuple[NDArray[np.int64], FloatArray, list[str]]:
    """Keys, embeddings and classes of the shapes that have both. Errors: BadInput if none has."""
    classes = store.values(label, where)
    keys, matrix = store.embeddings(encoder=encoder)
    both = np.isin(keys, np.fromiter(classes, dtype=np.int64, count=len(classes)))
    if not both.any():
        raise BadInput(f"no stored shape has both a {label!r} and an embedding: ingest with --labels-from or --tag")
    return keys[both], matrix[both], [classes[int(key)] for key in keys[both]]
