"""Queries as embeddings, without an index."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import index
from index.poses import turns
from inrstore.errors import BadInput, ShapeNotFound
from inrstore.model import Encoding, load_model
from inrstore.store import Store, init_store
from tests.shapes import digest, new_shape, packaged_networks, with_networks


@pytest.fixture
def filled(tmp_path: Path, tiny_model: Any) -> Store:
    store = init_store(tmp_path / "real.store", tiny_model)
    store.commit([new_shape(tiny_model, number) for number in range(4)])
    return store


def test_shapes_and_vectors_in_their_order(filled: Store, tmp_path: Path) -> None:
    keys, rows = filled.embeddings()
    np.save(tmp_path / "two.npy", rows[:2] * 3)
    asked, failures = index.embeddings(filled, [digest(2), tmp_path / "two.npy", rows[3]])
    assert not failures and [one.query for one in asked[:1]] == [digest(2)]
    assert [one.key for one in asked] == [filled.shape(digest(2)).key, None, None, None]
    places = [int(np.flatnonzero(keys == asked[0].key)[0]), 0, 1, 3]
    for one, place in zip(asked, places, strict=True):
        assert one.rows.shape == (1, 8)
        np.testing.assert_allclose(one.rows[0], rows[place], atol=1e-6)


@pytest.fixture
def posed() -> None:
    """Asks for queries that are turned."""


def test_poses_are_those_of_a_search(tmp_path: Path, posed: None) -> None:
    model = load_model()
    store = init_store(tmp_path / "packaged.store", model)
    networks = packaged_networks(model)[:1]
    store.commit(with_networks(model, [new_shape(model, 0)], networks))
    (asked,), _ = index.embeddings(store, digest(0), pose="up")
    assert len(asked.rows) == 12
    assert model.encoder is not None
    truth = Encoding(model.base, model.encoder).encode_turned("sdf", store.weights([digest(0)])[0], turns("up", False))
    np.testing.assert_allclose(asked.rows, truth, atol=2e-3)


def test_what_cannot_be_asked(filled: Store, tiny_model: Any) -> None:
    with pytest.raises(ShapeNotFound, match="there is no file 'nowhere'"):
        index.embeddings(filled, ["nowhere", digest(1)])
    asked, failures = index.embeddings(filled, ["nowhere", digest(1)], skip_failed=True)
    assert [one.query for one in asked] == [digest(1)] and [one.path for one in failures] == ["nowhere"]
    with pytest.raises(BadInput, match=r"\(3,\), but the store's embeddings have \(8,\)"):
        index.embeddings(filled, np.zeros(3))
    filled.commit([new_shape(tiny_model, 9, embedding=None, encoder=None)])
    asked, failures = index.embeddings(filled, [digest(9), digest(1)])
    assert len(asked) == 1 and "run 'inrstore encode'" in failures[0].reason
