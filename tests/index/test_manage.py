"""Build, update, another store, another encoder; what is kept on disk and in memory."""

from __future__ import annotations

import builtins
import copy
import gc
import importlib
import json
import os
import time
import weakref
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import index
from index.choose import ROWS
from index.faiss import files
from inrstore.errors import BadInput, MissingDependency, ModelMismatch, StorageFull
from tests.index.building import PARAMETERS, build, check, manifest_of


@pytest.fixture(params=tuple(PARAMETERS))
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_build_says_what_it_made(store: Any, kind: str) -> None:
    said: list[str] = []
    info = index.build(
        store, backend=kind, parameters=PARAMETERS[kind], on_progress=lambda progress: said.append(progress.stage)
    )
    assert (info.action, info.backend, info.count, info.added, info.dim) == ("built", kind, 300, 300, 24)
    assert info.encoder == store.encoder_id and info.bytes > 0
    assert said == [f"building a {kind} index of 300 rows", "reading embeddings"]
    assert json.loads(json.dumps(info.to_dict()))["backend"] == kind
    record = manifest_of(store)
    assert (record["encoder"], record["generation"], record["count"]) == (store.encoder_id, 1, 300)
    path = store.index_dir("default") / record["vectors"]["name"]
    assert files.sha256(path) == record["vectors"]["sha256"]
    check(store, kind)


def test_missing_is_built_on_opening(store: Any) -> None:
    assert index.status(store).state == "missing"
    assert index.open_index(store).status().backend == "flat"
    check(store, "flat")


def test_stale_is_updated_and_not_rebuilt(store: Any, kind: str) -> None:
    build(store, kind)
    new = store.grow(20)
    store.drop(list(store.rows)[:15])
    assert index.status(store).state == "stale"
    store.read.clear()
    info = index.add(store)
    assert (info.action, info.added, info.removed, info.count) == ("updated", 20, 15, 305)
    assert store.read == [20]  # only what is new
    assert manifest_of(store)["built"] == 300
    assert set(new) <= set(store.rows)
    check(store, kind)
    assert index.add(store).action == "unchanged"


def test_stale_is_updated_on_opening(store: Any, kind: str) -> None:
    build(store, kind)
    store.grow(20)
    check(store, kind)


def test_a_change_elsewhere_only_moves_the_generation(store: Any, kind: str) -> None:
    build(store, kind)
    store.changes += 1
    info = index.add(store)
    assert (info.action, info.added, info.removed) == ("updated", 0, 0)
    check(store, kind)


def test_many_changes_rebuild_with_the_same_settings(store: Any, kind: str) -> None:
    before = build(store, kind)
    store.grow(400)
    info = index.add(store)
    assert (info.action, info.parameters) == ("built", before.parameters)
    check(store, kind)


def test_new_vectors_under_old_keys_are_noticed(store: Any, kind: str) -> None:
    build(store, kind)
    store.encode_again(list(store.rows)[:5])
    store.grow(1)
    assert index.add(store).action == "built"
    check(store, kind)
    store.grow(1)
    assert index.add(store).action == "updated"
    check(store, kind)


def test_a_graph_with_many_dead_nodes_is_rebuilt(store: Any) -> None:
    build(store, "hnsw")
    for removed, action in ((40, "updated"), (60, "built")):
        store.drop(list(store.rows)[:removed])
        assert index.add(store).action == action
    check(store, "hnsw")


def test_cells_are_trained_again_after_growing(store: Any) -> None:
    build(store, "ivf")
    for more, action in ((200, "updated"), (200, "built")):
        store.grow(more)
        assert index.add(store).action == action
    check(store, "ivf")


def test_a_chosen_backend_is_chosen_anew(store: Any) -> None:
    latency = ROWS * 400 * 24 * 4 / 8e9  # the chooser's estimate for 400 rows
    assert index.build(store, latency=latency).backend == "flat"
    store.grow(150)
    info = index.add(store)
    assert (info.action, info.backend) == ("built", "hnsw")
    assert manifest_of(store)["budget"] == {"memory": None, "latency": latency}


def test_that_of_another_store_is_refused_until_built(store: Any, kind: str) -> None:
    build(store, kind)
    store.id = "t" * 32
    assert index.status(store).state == "foreign"
    for call in (index.open_index, index.add, lambda store: index.search(store, np.ones(24))):
        with pytest.raises(ModelMismatch, match="ssssssssssss.*tttttttttttt.*inrstore index build"):
            call(store)
    build(store, kind)
    check(store, kind)


def test_another_encoder_is_a_reason_to_build_with_the_same_settings(store: Any, kind: str) -> None:
    before = build(store, kind)
    store.encoder_id = "n" * 64
    found = index.status(store)
    assert found.state == "stale" and "nnnnnnnnnnnn" in found.reason
    index.search(store, np.ones(24))
    check(store, kind)
    after = index.status(store)
    assert (after.encoder, after.parameters) == (store.encoder_id, before.parameters)


def test_a_manifest_of_the_former_format_is_read(store: Any, kind: str) -> None:
    build(store, kind)
    record = manifest_of(store)
    record["model"], record["format"] = record.pop("encoder"), 1
    del record["changes"]
    del record["store"]
    (store.index_dir("default") / "manifest.json").write_text(json.dumps(record))
    assert index.open_index(store).refresh().action == "unchanged"
    store.grow(3)
    assert index.add(store).action == "updated"
    assert manifest_of(store)["store"] == store.id
    check(store, kind)


def test_an_open_index_is_kept_and_renewed(store: Any) -> None:
    build(store, "flat")
    first = index.open_index(store)
    store.read.clear()
    assert index.open_index(store) is first and store.read == []
    keys, matrix = store.embeddings()
    former = first.pairs(0.9)
    held = [next(former)]
    (new,) = store.grow(1)
    index.open_index(store)
    assert first.vectors(np.array([new]))[0].tolist() == [new]
    held += former  # goes on in what was mapped when it began, though that file is gone
    assert not any(new in block[0] or new in block[1] for block in held)


def test_an_open_index_goes_with_its_store(make_store: Callable[[int], Any]) -> None:
    store = make_store(30)
    opened = weakref.ref(index.open_index(store))
    del store
    gc.collect()
    assert opened() is None


def test_a_rebuild_by_another_hand_is_noticed(store: Any, make_store: Callable[[int], Any]) -> None:
    build(store, "flat")
    assert index.open_index(store).refresh().backend == "flat"
    other = copy.copy(store)  # as another process has it
    other.companions = {}
    build(other, "ivf")
    assert index.open_index(store).refresh().backend == "ivf"
    (store.index_dir("default") / "manifest.json").write_text("{")
    assert index.open_index(store).refresh().backend == "flat"


def test_files_do_not_pile_up(store: Any) -> None:
    build(store, "flat")
    directory = store.index_dir("default")
    crashed, working = directory / "tmp-1-2.faiss", directory / "tmp-3-4.faiss"
    for path in (crashed, working):
        path.write_bytes(b"half")
    long_ago = time.time() - 2 * files.ORPHAN_AGE
    os.utime(crashed, (long_ago, long_ago))
    for _ in range(3):
        store.grow(2)
        index.add(store)
    left = {path.name for path in directory.iterdir()}
    record = manifest_of(store)
    assert left == {"manifest.json", "lock", record["vectors"]["name"], record["keys"]["name"], working.name}


def test_a_build_that_dies_leaves_the_former_index(store: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    build(store, "flat")
    store.grow(5)
    with monkeypatch.context() as patch:
        patch.setattr(files, "sync", lambda path: (_ for _ in ()).throw(OSError(28, "No space left on device")))
        with pytest.raises(StorageFull, match="the disk is full"):
            index.add(store)
    assert index.status(store).count == 300
    assert not list(store.index_dir("default").glob("*tmp-*"))
    check(store, "flat")


def test_an_empty_store_says_what_to_do(make_store: Callable[[int], Any]) -> None:
    with pytest.raises(BadInput, match="holds no embeddings.*ingest"):
        index.build(make_store(0))


def test_status_is_plain_data(store: Any) -> None:
    assert index.status(store).to_dict() == {
        "name": "default",
        "state": "missing",
        "reason": "there is no index 'default' yet",
    }
    build(store, "flat")
    facts = json.loads(json.dumps(index.status(store).to_dict()))
    assert (facts["state"], facts["backend"], facts["count"], facts["dim"]) == ("current", "flat", 300, 24)


def test_two_indexes_of_one_store(store: Any) -> None:
    index.build(store, backend="flat", name="exact")
    index.build(store, backend="ivf", name="small")
    query = next(iter(store.rows.values()))[0].id
    for name in ("exact", "small"):
        assert index.search(store, query, k=1, index=name, exclude_self=False)[0].hits[0].id == query


def test_missing_faiss_is_explained(store: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    real = importlib.import_module

    def without_faiss(name: str, package: str | None = None) -> Any:
        if name == "faiss":
            raise builtins.ModuleNotFoundError("No module named 'faiss'")
        return real(name, package)

    monkeypatch.setattr(importlib, "import_module", without_faiss)
    with pytest.raises(MissingDependency, match=r"pip install 'inrstore\[cpu\]'"):
        index.build(store)
