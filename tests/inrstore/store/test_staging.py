"""Shards first, then one transaction: every writer against a forced compaction, which takes new shards for orphans."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from inrstore.errors import InrstoreError, ModelMismatch
from inrstore.model.encoders.lattice import LatticeEncoder
from inrstore.store import Store, compaction, open_store
from inrstore.store.staging import Staging
from tests.inrstore.store import stored
from tests.shapes import digest, kept, make_model, new_inr, new_shape, picture

WRITERS: dict[str, Callable[[Store, Any], object]] = {
    "commit": lambda store, model: store.commit([new_shape(model, 50, samples=kept(50, 30), thumbnail=picture(50))]),
    "add_inrs": lambda store, model: store.add_inrs({1: [new_inr(model, 1, "long")]}),
    "add_samples": lambda store, model: store.add_samples({1: kept(1, 20)}),
    "add_thumbnails": lambda store, model: store.add_thumbnails({1: picture(1)}),
    "set_embeddings": lambda store, model: store.set_embeddings([1, 2], np.eye(2, 8, dtype=np.float32)),
    "compact": lambda store, model: store.compact(jobs=1),  # else the others of its new shards are orphans, too
}


def contents(store: Store) -> dict[str, Any]:
    """Everything that a store holds of its shapes."""
    keys = store.keys().tolist()
    return {
        "ids": [shape.id for shape in store.shapes()],
        "networks": store.weights(keys).tolist(),
        "profiles": [[inr.profile for inr in store.inrs(key)] for key in keys],
        "embeddings": [rows.tolist() for rows in store.embeddings()],
        "samples": store.sample_counts(),
        "pictures": store.thumbnails(keys),
    }


@pytest.fixture
def filled(store: Store, tiny_model: Any) -> Store:
    for start in (0, 4):
        store.commit([new_shape(tiny_model, n, samples=kept(n, 30)) for n in range(start, start + 4)])
    store.remove(digest(5))
    return store


@pytest.mark.parametrize("writer", WRITERS)
def test_a_shard_that_a_forced_compaction_took_never_counts(
    filled: Store, tiny_model: Any, writer: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The compaction comes just before the transaction: the writer refuses, and nothing that was stored is lost."""
    before, transaction, other = contents(filled), Staging.transaction, open_store(filled.url)

    def late(self: Staging) -> Any:
        with monkeypatch.context() as meanwhile:
            meanwhile.setattr(Staging, "transaction", transaction)
            compaction._clear_orphans(other.storage, other.catalog, True)
        return transaction(self)

    with monkeypatch.context() as patched:
        patched.setattr(Staging, "transaction", late)
        with pytest.raises(InrstoreError, match="a forced compaction deleted a new shard; repeat"):
            WRITERS[writer](filled, tiny_model)
    assert contents(filled) == before and filled.verify().problems == [] == filled.verify().orphans
    WRITERS[writer](filled, tiny_model)
    assert filled.verify().problems == []


@pytest.mark.parametrize("writer", WRITERS)
def test_a_forced_compaction_waits_for_the_transaction_of_a_writer(
    filled: Store, tiny_model: Any, writer: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It has listed the new shard as an orphan, and would delete it while the writer makes it count."""
    other, enter, seen = open_store(filled.url), Staging.enter, threading.Event()
    listed, orphans = threading.Event(), compaction.orphans

    def listing(storage: Any, catalog: Any) -> Any:
        found = orphans(storage, catalog)
        if threading.current_thread() is thread:
            listed.set()
        return found

    def entering(self: Staging, *given: Any, **more: Any) -> int:
        if not seen.is_set():
            seen.set()
            thread.start()
            assert listed.wait(10)
        return enter(self, *given, **more)

    thread = threading.Thread(target=lambda: compaction._clear_orphans(other.storage, other.catalog, True))
    monkeypatch.setattr(compaction, "orphans", listing)
    monkeypatch.setattr(Staging, "enter", entering)
    WRITERS[writer](filled, tiny_model)
    thread.join()
    assert seen.is_set() and filled.verify().problems == []
    assert contents(filled)["ids"]


def test_an_interrupt_after_the_commit_keeps_what_was_committed(filled: Store, tiny_model: Any) -> None:
    with pytest.raises(KeyboardInterrupt), filled.backing.staging() as stage:
        shard = stage.write(*_a_shard(filled))
        with stage.transaction() as connection:
            stage.enter(connection, shard, encoder_key=1)
        raise KeyboardInterrupt
    assert filled.storage.exists(shard.path)


def test_what_is_never_entered_is_discarded(filled: Store) -> None:
    with filled.backing.staging() as stage:
        shard = stage.write(*_a_shard(filled))
        assert filled.storage.exists(shard.path)
    assert not filled.storage.exists(shard.path)


def _a_shard(store: Store) -> tuple[Any, str | None, Any]:
    from inrstore.store import shards

    table = shards.embedding_table([digest(1)], np.ones((1, 8), np.float32), {})
    return shards.EMBEDDINGS, store.encoder_id, table


def test_an_encoder_that_does_not_read_the_stores_networks_is_refused(
    filled: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(LatticeEncoder, "any_base", False)
    before = filled.stats()["encoders"]
    with pytest.raises(ModelMismatch, match="does not read networks of base"):
        filled.add_encoder(make_model(seed=9).encoder)
    assert filled.stats()["encoders"] == before


def test_parts_that_are_there_are_not_written_again(filled: Store, tiny_model: Any) -> None:
    other = make_model(seed=9)
    for add in (lambda: filled.add_base(other.base), lambda: filled.add_encoder(other.encoder)):
        add()
    files = {name: filled.storage.files("")[name].mtime_ns for name in stored.names(filled, "", ".safetensors")}
    again = open_store(filled.url)
    again.add_base(other.base)
    again.add_encoder(other.encoder)
    again.add_base(tiny_model.base)
    now = filled.storage.files("")
    assert {name: now[name].mtime_ns for name in stored.names(filled, "", ".safetensors")} == files
    assert [row["name"] for row in filled.stats()["bases"]] == ["tiny", "tiny"] and filled.verify().ok


def test_embeddings_of_unknown_shapes_make_no_index_stale(filled: Store) -> None:
    before = filled.generation()
    assert filled.set_embeddings([998, 999], np.eye(2, 8, dtype=np.float32)) == 0
    assert filled.generation() == before and filled.verify().orphans == []
