"""Heads in a store: found by name and id, versions, removal, and what compaction and verification make of them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from inrstore.errors import BadInput, ModelMismatch, ModelNotFound
from inrstore.model import Head
from inrstore.store import Store, open_store
from tests.inrstore.store import stored


def head(store: Store, number: int, name: str = "label", kind: str = "classifier") -> Head:
    encoder = store.encoder_id
    assert encoder is not None
    tensors = {"weight": np.full((2, 3), number, np.float32)}
    return Head.task(name, kind, encoder, {"names": ["a", "b"]}, tensors, {"figures": {"accuracy": number / 10}})


def test_the_last_of_a_name_counts(store: Store) -> None:
    first, second = head(store, 1), head(store, 2)
    store.add_head(first)
    store.add_head(second)
    store.add_head(head(store, 3, "other"))
    again = open_store(store.url)
    assert again.head("label") == second and again.head(first.id[:8]) == first and again.head("other").name == "other"
    assert [entry.name for entry in again.heads()] == ["other", "label", "label"]
    assert [entry.card["figures"]["accuracy"] for entry in again.heads("classifier")] == [0.3, 0.2, 0.1]
    assert again.heads("decoder") == []
    again.add_head(first)
    assert store.head("label") == first and len(store.heads()) == 3
    assert {entry.encoder for entry in store.heads()} == {store.encoder_id}
    np.testing.assert_array_equal(store.head("label").tensors["weight"], first.tensors["weight"])


def test_another_name_for_the_same(store: Store) -> None:
    own = head(store, 1)
    store.add_head(own)
    store.add_head(replace(own, name="renamed"))
    found = open_store(store.url).head("renamed")
    assert found == own and found.name == "renamed" and len(store.heads()) == 1


def test_what_is_not_there_is_said(store: Store) -> None:
    with pytest.raises(ModelNotFound, match="the store has no classifier; train one with 'inrstore train classifier'"):
        store.head(kind="classifier")
    with pytest.raises(ModelNotFound, match="no head 'x'; 'inrstore heads list' shows all"):
        store.head("x")
    store.add_head(head(store, 1))
    with pytest.raises(ModelNotFound, match="no classifier 'x'; there is label"):
        store.head("x", "classifier")
    with pytest.raises(ModelNotFound, match="no segmenter 'label'"):
        store.head("label", "segmenter")
    with pytest.raises(ModelNotFound):
        store.head(store.heads()[0].id[:3])
    stranger = Head.task("x", "classifier", "0" * 64, {}, {}, {})
    with pytest.raises(ModelNotFound, match="no encoder 000000"):
        store.add_head(stranger)


def test_starts_of_several_ids(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    from inrstore.store import heads

    monkeypatch.setattr(heads, "SHORTEST", 0)
    store.add_head(head(store, 1))
    store.add_head(head(store, 2))
    with pytest.raises(BadInput, match="2 ids begin so; give more digits"):
        store.head("")


def test_removal(store: Store) -> None:
    own = head(store, 1)
    store.add_head(own)
    assert store.remove_head("label").id == own.id and store.heads() == []
    assert store.verify().ok and any(own.id in name for name in store.verify().orphans)
    store.add_head(own)  # its files are still there
    assert store.head("label") == own and not store.verify().orphans
    store.remove_head(own.id[:6])
    store.compact(force=True)
    assert not list(store.storage.files("heads")) and store.verify().ok
    store.add_head(own)
    assert open_store(store.url).head("label") == own


def test_a_damaged_head_is_found(store: Store) -> None:
    own = head(store, 1)
    store.add_head(own)
    path = stored.only(store, "heads", "part.json")
    stored.put(store, path, stored.content(store, path).replace(b"0.1", b"0.9"))  # a better figure than it has
    problems: Any = store.verify().problems
    assert len(problems) == 1 and "was altered" in problems[0]


def test_heads_of_another_encoder(store: Store, tiny_model: Any) -> None:
    other = replace(tiny_model.encoder, settings={**tiny_model.encoder.settings, "note": 1})
    store.add_encoder(other)
    of_other = Head.task("label", "classifier", other.id, {}, {}, {})
    store.add_head(of_other)
    with pytest.raises(ModelMismatch, match=r"head 'label' .* train it again: inrstore train classifier"):
        store.head("label")
    assert store.head("label", former=True) == of_other
    own = head(store, 1)
    store.add_head(own)
    store.add_head(of_other)  # the last one, but of no use here
    assert store.head("label") == store.head(kind="classifier") == own
    assert store.remove_head(of_other.id).id == of_other.id
