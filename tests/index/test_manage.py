"""Build, update, damage, another model."""

from __future__ import annotations

import builtins
import importlib
import json
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import index
from index import files
from index.backends import BACKENDS
from index.manage import current_index
from index.recall import exact_neighbours, recall_at_k
from inrstore.errors import BadInput, MissingDependency, ModelMismatch

PARAMETERS = {"flat": {}, "hnsw": {"ef_search": 300}, "ivf": {"cells": 4, "probes": 4}}


@pytest.fixture(params=BACKENDS)
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def build(store: Any, kind: str) -> index.IndexInfo:
    return index.build(store, backend=kind, parameters=PARAMETERS[kind])


def manifest_of(store: Any) -> dict[str, Any]:
    return json.loads((store.index_dir("default") / "manifest.json").read_text())


def check(store: Any, kind: str) -> None:
    """The index is current, holds the store's rows and finds what brute force finds."""
    opened = index.open_index(store)
    assert index.status(store).state == "current"
    keys, matrix = store.embeddings()
    assert opened.backend.count == opened.manifest.count == len(keys)
    exact = exact_neighbours(keys, matrix, matrix[::7], 5)
    found = opened.backend.search(matrix[::7], 5)[1]
    assert recall_at_k(found, exact) > (0.93 if kind == "ivf" else 0.9999)
    assert store.registered["default"] == (
        kind,
        {
            "count": len(keys),
            "dim": matrix.shape[1],
            "parameters": dict(opened.manifest.parameters),
        },
        store.generation(),
    )


def test_build_says_what_it_made(store: Any, kind: str) -> None:
    said: list[str] = []
    info = index.build(store, backend=kind, parameters=PARAMETERS[kind], on_progress=said.append)
    assert (info.action, info.backend, info.count, info.added, info.dim) == ("built", kind, 300, 300, 24)
    assert info.model == store.base_id and info.bytes > 0
    assert said == ["reading embeddings", f"building a {kind} index of 300 rows"]
    assert json.loads(json.dumps(info.to_dict()))["backend"] == kind
    record = manifest_of(store)
    assert (record["model"], record["generation"], record["count"]) == (store.base_id, 1, 300)
    path = store.index_dir("default") / record["vectors"]["name"]
    assert files.file_hash(path) == record["vectors"]["sha256"]
    check(store, kind)


def test_missing_is_built_on_opening(store: Any) -> None:
    assert index.status(store).state == "missing"
    assert index.open_index(store).manifest.backend == "flat"
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
    latency = 400 * 24 * 4 / 8e9  # the chooser's estimate for 400 rows
    assert index.build(store, latency=latency).backend == "flat"
    store.grow(150)
    info = index.add(store)
    assert (info.action, info.backend) == ("built", "hnsw")
    assert manifest_of(store)["budget"] == {"memory": None, "latency": latency}


def flip(path: Path) -> None:
    """Change one byte and keep size and the time of modification."""
    time.sleep(0.05)  # file systems count in ticks: the time of change must not be that of the build
    kept = path.stat()
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    os.utime(path, ns=(kept.st_atime_ns, kept.st_mtime_ns))


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-7])


def empty(path: Path) -> None:
    path.write_bytes(b"")


@pytest.mark.parametrize("part", ["vectors", "keys", "manifest"])
@pytest.mark.parametrize("damage", [flip, cut, empty, Path.unlink])
def test_damage_is_rebuilt(store: Any, kind: str, part: str, damage: Callable[[Path], None]) -> None:
    build(store, kind)
    record = manifest_of(store)
    directory = store.index_dir("default")
    path = directory / ("manifest.json" if part == "manifest" else record[part]["name"])
    if part == "manifest" and damage is flip:
        path.write_text('{"format": 99}')
    else:
        damage(path)
    state = index.status(store)
    assert state.state == ("missing" if part == "manifest" and damage is Path.unlink else "damaged")
    assert state.reason
    index.open_index(store)
    rebuilt_kind = "flat" if part == "manifest" else kind  # without a manifest the choice is made anew
    assert manifest_of(store)["backend"] == rebuilt_kind
    check(store, rebuilt_kind)


def rewrite(path: Path) -> None:
    """Change one byte, as whoever edits a file would."""
    flip(path)
    path.touch()


@pytest.mark.parametrize("part", ["vectors", "keys"])
@pytest.mark.parametrize("damage", [flip, rewrite])
def test_opening_alone_finds_altered_bytes(store: Any, part: str, damage: Callable[[Path], None]) -> None:
    build(store, "hnsw")
    record = manifest_of(store)[part]
    damage(store.index_dir("default") / record["name"])
    index.open_index(store)
    assert (
        files.file_hash(store.index_dir("default") / manifest_of(store)[part]["name"])
        == manifest_of(store)[part]["sha256"]
    )
    check(store, "hnsw")


def test_damage_that_left_no_trace_is_found_before_an_update(store: Any) -> None:
    build(store, "flat")
    path = store.index_dir("default") / manifest_of(store)["vectors"]["name"]
    flip(path)
    record = manifest_of(store)
    record["vectors"] |= {"modified": path.stat().st_mtime_ns, "changed": path.stat().st_ctime_ns}
    (store.index_dir("default") / "manifest.json").write_text(json.dumps(record))
    assert index.status(store, quick=True).state == "current"
    assert index.status(store).state == "damaged"
    store.grow(1)
    index.open_index(store)
    assert manifest_of(store)["built"] == 301
    check(store, "flat")


def test_opening_reads_no_untouched_file(store: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    build(store, "flat")
    hashed: list[Path] = []
    real = files.file_hash
    monkeypatch.setattr(files, "file_hash", lambda path: hashed.append(path) or real(path))
    index.open_index(store)
    assert hashed == []
    path = store.index_dir("default") / manifest_of(store)["vectors"]["name"]
    time.sleep(0.05)
    path.touch()  # a copied store: other times, the same bytes
    assert index.open_index(store).manifest.built == 300
    assert hashed == [path]
    assert index.status(store).state == "current" and len(hashed) == 3


def test_another_model_is_refused_until_built(store: Any, kind: str) -> None:
    build(store, kind)
    store.base_id = "n" * 64
    assert index.status(store).state == "foreign"
    for call in (index.open_index, index.add, lambda store: index.search(store, "/data/x.obj")):
        with pytest.raises(ModelMismatch, match="mmmmmmmmmmmm.*nnnnnnnnnnnn.*inrstore index build"):
            call(store)
    build(store, kind)
    check(store, kind)


def test_an_open_index_is_kept_and_renewed(store: Any) -> None:
    build(store, "flat")
    first = current_index(store)
    store.read.clear()
    assert current_index(store) is first and store.read == []
    store.grow(1)
    second = current_index(store)
    assert second is not first and second.backend.count == 301
    assert first.backend.count == 300  # whoever holds the former one keeps it, though its file is gone
    keys, matrix = store.embeddings()
    assert first.backend.search(matrix[:1], 1)[1].shape == (1, 1)


def test_a_rebuild_by_another_hand_is_noticed(store: Any) -> None:
    build(store, "flat")
    assert current_index(store).manifest.backend == "flat"
    build(store, "ivf")
    assert current_index(store).manifest.backend == "ivf"
    (store.index_dir("default") / "manifest.json").write_text("{")
    assert current_index(store).manifest.backend == "flat"
    store.base_id = "n" * 64
    with pytest.raises(ModelMismatch):
        current_index(store)


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
    assert left == {"manifest.json", record["vectors"]["name"], record["keys"]["name"], working.name}


def test_a_build_that_dies_leaves_the_former_index(store: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    build(store, "flat")
    store.grow(5)
    with monkeypatch.context() as patch:
        patch.setattr(files, "_sync", lambda path: (_ for _ in ()).throw(OSError(28, "No space left on device")))
        with pytest.raises(OSError, match="No space left"):
            index.add(store)
    assert index.status(store).manifest.count == 300  # type: ignore[union-attr]
    assert not list(store.index_dir("default").glob("tmp-*"))
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
        assert index.search(store, query, k=1, index=name)[0].hits[0].id == query


def test_missing_faiss_is_explained(store: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    real = importlib.import_module

    def without_faiss(name: str, package: str | None = None) -> Any:
        if name == "faiss":
            raise builtins.ModuleNotFoundError("No module named 'faiss'")
        return real(name, package)

    monkeypatch.setattr(importlib, "import_module", without_faiss)
    with pytest.raises(MissingDependency, match=r"pip install 'inrstore\[cpu\]'"):
        index.build(store)
