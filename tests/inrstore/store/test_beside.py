"""Encoders beside the store's own: one of a kind, chosen, changed, and followed."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from inrstore.model.encoders import EncoderPart
from inrstore.model.encoders.views import ViewsEncoder
from inrstore.model.encoders.words import WordsEncoder
from inrstore.store import Store, open_store
from tests.shapes import new_shape


def views(store: Store, tower: str) -> EncoderPart:
    return EncoderPart.of(tower, ViewsEncoder(store.base().siren, tower, tower * 8, 4), store.base())


@pytest.fixture
def filled(store: Store, tiny_model: Any) -> Store:
    store.commit([new_shape(tiny_model, number) for number in range(6)])
    return store


def test_there_is_one_of_a_kind_and_the_last_counts(filled: Store) -> None:
    assert filled.beside("views") is None
    one, other = views(filled, "a"), views(filled, "b")
    filled.use_beside(one)
    words = EncoderPart.of("w", WordsEncoder("w", "w" * 8, 3), filled.base())
    filled.use_beside(words)
    assert filled.beside("views") == one.id and filled.beside("words") == words.id
    filled.use_beside(other)
    again = open_store(filled.url)
    assert again.beside("views") == other.id and again.beside("words") == words.id
    filled.use_beside(one)
    assert again.beside("views") == one.id  # another process sees it
    assert again.encoder_id == filled.encoder_id not in (one.id, other.id)


def test_compaction_drops_the_vectors_of_a_former_one(filled: Store) -> None:
    one, other = views(filled, "a"), views(filled, "b")
    rows = np.eye(6, 4, dtype=np.float32) + 0.1
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    for part in (one, other):
        filled.use_beside(part)
        filled.set_embeddings(filled.keys(), rows, encoder=part.id)
    filled.compact()
    np.testing.assert_allclose(filled.embeddings(encoder=other.id)[1], rows, atol=1e-6)
    assert len(filled.embedding_keys(one.id)) == 0
    assert filled.beside("views") == other.id


def test_what_is_new_since_a_shard_is_told(filled: Store) -> None:
    part = views(filled, "a")
    filled.use_beside(part)
    rows, keys = np.full((6, 4), 0.5, np.float32), filled.keys()
    filled.set_embeddings(keys[:4], rows[:4], encoder=part.id)
    there, fresh, shard = filled.beside_since(part.id)
    np.testing.assert_array_equal(there, keys[:4])
    np.testing.assert_array_equal(fresh, keys[:4])
    filled.set_embeddings(keys[3:], rows[3:], encoder=part.id)
    there, fresh, later = filled.beside_since(part.id, shard)
    np.testing.assert_array_equal(there, keys)
    np.testing.assert_array_equal(fresh, keys[3:])
    assert later > shard and len(filled.beside_since(part.id, later)[1]) == 0
