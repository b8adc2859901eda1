"""A store whose embeddings are drawn around one direction a class, so that what can be known of them is known."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from inrstore.store import Store
from tests.shapes import new_shape

NAMES = ("bench", "chair", "lamp")
DIM = 8


def around(place: int, count: int, spread: float, seed: int) -> NDArray[np.float32]:
    """(count, DIM) of length one around the axis of a class."""
    rows = np.random.default_rng([seed, place]).normal(size=(count, DIM)) * spread
    rows[:, place] += 1
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def fill(store: Store, model: Any, of_class: int, spread: float = 0.25) -> None:
    """So many shapes of each class, of which every third is tagged split=test, and two of each without a label."""
    shapes = []
    for place, name in enumerate(NAMES):
        for number, row in enumerate(around(place, of_class + 2, spread, 0)):
            label = name if number < of_class else None
            tags = {"split": "test" if number % 3 == 0 else "train", "sort": name[0]}
            shapes.append(new_shape(model, 100 * place + number, embedding=row, label=label, tags=tags))
    store.commit(shapes)


@pytest.fixture
def filled(store: Store, tiny_model: Any) -> Store:
    fill(store, tiny_model, 12)
    return store
