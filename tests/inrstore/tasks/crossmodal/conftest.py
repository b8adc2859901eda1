"""A tower without weights, and a store whose shapes are called what they are."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from inrstore.records import FloatArray
from inrstore.store import Store
from inrstore.tasks.crossmodal import train_text as training
from tests.shapes import new_shape

KINDS = ("chair", "table", "lamp", "wheel", "bottle")
LIKE = {"seat": "chair", "desk": "table", "light": "lamp", "tyre": "wheel", "flask": "bottle"}
"""What the tower takes for nearly the same."""
NUMBER = 60


class Words:
    """A text tower: a direction for each word, near for words that mean the same."""

    name, id, dim = "words", "0" * 64, 32

    def encode(self, texts: Sequence[str]) -> FloatArray:
        rows = np.array(
            [sum((self._word(word) for word in text.lower().split()), np.zeros(self.dim)) for text in texts]
        )
        return np.asarray(rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9), np.float32)

    def _word(self, word: str) -> Any:
        meant = LIKE.get(word, word)
        own = direction(word, self.dim)
        return direction(meant, self.dim) + (0.2 * own if meant != word else 0)


def direction(word: str, dim: int) -> Any:
    seed = int.from_bytes(hashlib.sha256(word.encode()).digest()[:4], "big")
    found = np.random.default_rng(seed).normal(size=dim)
    return found / np.linalg.norm(found)


def looks(kind: str, number: int, dim: int) -> FloatArray:
    """The embedding of a shape of a kind: near that of others of it."""
    row = direction(f"looks of a {kind}", dim) + 0.15 * np.random.default_rng(number).normal(size=dim)
    return np.asarray(row / np.linalg.norm(row), np.float32)


def of_kind(model: Any, number: int, name: str, kind: str) -> Any:
    row = looks(kind, number, model.embedding_dim)
    return new_shape(model, number, name=name, label=None, tags={}, embedding=row)


@pytest.fixture
def words(monkeypatch: pytest.MonkeyPatch) -> Words:
    tower = Words()
    monkeypatch.setattr(training, "text_tower", lambda name: tower)
    return tower


@pytest.fixture
def called(store: Store, tiny_model: Any) -> Store:
    """Sixty shapes, called by one of two words for what they are and by a colour."""
    other = {kind: word for word, kind in LIKE.items()}
    colours = ("red", "blue", "green", "black", "white", "grey")
    shapes = []
    for number in range(NUMBER):
        kind = KINDS[number % len(KINDS)]
        word = kind if number % 2 else other[kind]
        shapes.append(of_kind(tiny_model, number, f"{colours[number % 6]} {word}", kind))
    store.commit(shapes)
    return store
