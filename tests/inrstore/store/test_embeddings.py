"""Embeddings: read by key, replaced, added later."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from inrstore import errors
from inrstore.store import Store
from tests.shapes import digest, key_of, new_shape


def test_embeddings_of_some_keys(ten: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    wanted = [key_of(ten, 7), key_of(ten, 2), 999]
    for many in (20_000, 0):
        monkeypatch.setattr("inrstore.store.embeddings.MANY", many)
        keys, matrix = ten.embeddings(wanted)
        assert keys.tolist() == sorted(wanted[:2]) and matrix.shape == (2, 8)
    assert ten.embeddings([])[1].shape == (0, 8)
    assert ten.weights([]).shape == (0, 41)
    assert np.array_equal(ten.embedding_keys(), ten.keys())


def test_replacing_embeddings(ten: Store) -> None:
    keys = ten.keys()
    fresh = np.random.default_rng(9).normal(size=(10, 8)).astype(np.float32)
    before = ten.generation()
    assert ten.rewritten() == 0
    ten.remove(digest(0))
    assert ten.set_embeddings(keys, fresh) == 9
    assert np.array_equal(ten.embeddings()[1], fresh[1:])
    assert ten.generation() == ten.rewritten() == before + 2
    ten.compact()
    assert np.array_equal(ten.embeddings()[1], fresh[1:]) and ten.verify() == ten.verify() and ten.verify().ok
    with pytest.raises(errors.ModelMismatch, match="has 8"):
        ten.set_embeddings(keys, fresh[:, :5])
    with pytest.raises(errors.BadInput, match="do not fit"):
        ten.set_embeddings(keys[:3], fresh)
    assert ten.set_embeddings([], fresh[:0]) == 0


def test_shapes_without_embedding_get_one_later(store: Store, tiny_model: Any) -> None:
    store.commit([new_shape(tiny_model, 1, embedding=None), new_shape(tiny_model, 2)])
    assert store.embedding_keys().tolist() == [2]
    store.set_embeddings([1], np.ones((1, 8), np.float32))
    assert store.embeddings()[0].tolist() == [1, 2] and store.rewritten() == 0
