"""Figures, compaction, orphans; stores on other file systems and databases."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pyarrow import fs

from inrstore.errors import BadInput
from inrstore.progress import Progress
from inrstore.store import Store, init_store, open_store, shards
from inrstore.store.storage import Storage
from tests.inrstore.store import stored
from tests.shapes import digest, make_model, new_inr, new_shape


def fill(store: Store, model: Any, batches: int = 5, size: int = 4) -> None:
    for start in range(0, batches * size, size):
        store.commit([new_shape(model, number) for number in range(start, start + size)])


def files(store: Store) -> set[str]:
    return set(stored.names(store))


def assert_vectors(store: Store, model: Any, numbers: set[int]) -> None:
    assert {shape.id for shape in store.shapes()} == {digest(number) for number in numbers}
    for number in numbers:
        key = store.shape(digest(number)).key
        assert np.array_equal(store.embeddings([key])[1][0], new_shape(model, number).embedding)
        assert np.allclose(store.weights([key])[0], new_inr(model, number).weights, atol=1e-4)


def test_stats(store: Store, tiny_model: Any) -> None:
    assert store.stats()["shapes"] == 0 and store.stats()["bytes_per_shape"] == 0
    fill(store, tiny_model)
    store.remove(digest(0))
    store.record_failure("a", "b")
    figures = store.stats()
    in_shards = stored.sizes(store)
    assert figures["bytes_shards"] == in_shards
    local = store.catalog.engine.dialect.name == "sqlite"
    in_catalogue = (Path(store.url) / "catalog.sqlite").stat().st_size if local else 0
    assert figures["bytes"] == in_shards + in_catalogue
    assert figures["bytes_per_shape"] == figures["bytes"] / 19
    assert figures["labels"] == {"chair": 10, "table": 9} and figures["fields"] == {"sdf": 19}
    assert figures["bases"] == [{"id": tiny_model.base.id, "name": "tiny", "inrs": 19, "own": True}]
    assert figures["encoders"] == [{"id": tiny_model.encoder.id, "name": "tiny", "embeddings": 19, "own": True}]
    assert (figures["shapes"], figures["shards"], figures["removed"], figures["failures"]) == (19, 10, 1, 1)


def test_compaction_folds_and_drops(store: Store, tiny_model: Any) -> None:
    other = make_model(seed=1, embedding_dim=None)
    store.add_base(other.base)
    fill(store, tiny_model)
    extra = new_shape(tiny_model, 50, inrs=(new_inr(tiny_model, 50), new_inr(other, 50, "fidelity")))
    store.commit([extra])
    for number in (0, 1, 2, 3, 9):  # a whole shard, and a row of another
        store.remove(digest(number))
    before, generation = store.stats()["bytes_shards"], store.generation()
    done = store.compact()
    assert done["shapes_dropped"] == 5 and done["bytes_freed"] == before - store.stats()["bytes_shards"] > 0
    assert store.generation() == generation, "no embedding changed"
    assert len(files(store)) == store.stats()["shards"] == 3 and store.verify().ok
    assert_vectors(store, tiny_model, {*range(4, 9), *range(10, 20), 50})
    assert np.allclose(store.weights([21], base=other.base.id)[0], new_inr(other, 50, "fidelity").weights, atol=1e-4)
    left = files(store)
    assert store.compact() == dict.fromkeys(done, 0) and files(store) == left


def test_full_shards_are_left_alone(store: Store, tiny_model: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shards, "SHARD_BYTES", 10 * 4 * tiny_model.siren.size)  # ten networks
    fill(store, tiny_model, batches=6)
    store.compact()
    rows = sorted(shards.read_table(store.storage, name).num_rows for name in store.storage.files("inrs"))
    assert rows == [8, 8, 8]
    kept = {name for name in store.storage.files("inrs")}
    store.remove(digest(0))
    store.compact()
    assert len(kept & set(store.storage.files("inrs"))) == 2
    assert_vectors(store, tiny_model, set(range(1, 24)))


def test_an_emptied_store_compacts_to_nothing(store: Store, tiny_model: Any) -> None:
    fill(store, tiny_model, batches=1)
    for shape in store.shapes():
        store.remove(shape.id)
    store.compact()
    assert files(store) == set() and store.verify().ok and store.embeddings()[1].shape == (0, 8)


def test_orphans_are_harmless_and_go_after_an_hour(
    store: Store, tiny_model: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(store, tiny_model, batches=2)
    good = stored.names(store, "inrs")[0]
    young, old = (f"{good.rpartition('/')[0]}/{name}.parquet" for name in ("part-young", ".tmp-part-old"))
    for path in (young, old):
        stored.put(store, path, stored.content(store, good))
    listed = Storage.files

    def aged(self: Storage, folder: str) -> dict[str, fs.FileInfo]:
        """As if one had been there for longer: the time of an object cannot be set."""
        hour = timedelta(seconds=4000)
        return {n: fs.FileInfo(n, i.type, mtime=i.mtime - hour * (n == old)) for n, i in listed(self, folder).items()}

    monkeypatch.setattr(Storage, "files", aged)
    report = store.verify()
    assert report.ok and len(report.orphans) == 2 and report.shards_checked == 4
    assert store.compact()["orphans_deleted"] == 1
    assert store.storage.exists(young) and not store.storage.exists(old)
    assert store.compact(force=True)["orphans_deleted"] == 1
    assert store.verify().orphans == []
    assert_vectors(store, tiny_model, set(range(8)))


def test_verify_changes_nothing_and_reports_its_way(store: Store, tiny_model: Any) -> None:
    fill(store, tiny_model, batches=2)
    before = {name: info.mtime_ns for name, info in store.storage.files("").items() if name in files(store)}
    heard: list[Progress] = []
    assert store.verify(on_progress=heard.append).ok
    assert [(step.done, step.total) for step in heard] == [(1, 4), (2, 4), (3, 4), (4, 4)]
    assert {step.current for step in heard} == set(before)
    assert {name: info.mtime_ns for name, info in store.storage.files("").items() if name in files(store)} == before


def test_a_shape_that_lost_its_network_is_found(store: Store, tiny_model: Any) -> None:
    from sqlalchemy import text

    fill(store, tiny_model, batches=1)
    with store.catalog.write() as connection:
        connection.execute(text("DELETE FROM inrs WHERE shape_key = 2"))
    (problem,) = store.verify().problems
    assert digest(1)[:12] in problem and "re-ingest" in problem


@pytest.fixture
def remote(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A URL of a file system that is not the local one; S3 differs only in pyarrow's own code."""
    (tmp_path / "bucket").mkdir()
    system = fs.SubTreeFileSystem(str(tmp_path / "bucket"), fs.LocalFileSystem())
    monkeypatch.setattr("inrstore.store.storage._resolve", lambda url: (system, url.split("://")[1]))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return "s3://shapes.store"


def test_a_store_on_another_file_system(remote: str, tiny_model: Any, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="catalog_url"):
        init_store(remote, tiny_model)
    url = f"sqlite:///{tmp_path}/catalog.sqlite"
    store = init_store(remote, tiny_model, catalog_url=url)
    assert store.url == remote and (tmp_path / "bucket/shapes.store/store.json").exists()
    fill(store, tiny_model, batches=3)
    store.remove(digest(1))
    again = open_store(remote)
    again.compact(force=True)
    assert again.verify().ok and again.verify().orphans == [] and again.base_id == tiny_model.base.id
    assert_vectors(again, tiny_model, set(range(12)) - {1})
    assert again.index_dir("default") == tmp_path / "cache/inrstore" / store.id / "indexes/default"


def test_a_life_of_a_store(store: Store, tiny_model: Any) -> None:
    fill(store, tiny_model, batches=3)
    store.commit([new_shape(tiny_model, 1), new_shape(tiny_model, 30)])
    store.remove(digest(1))
    assert [s.name for s in store.shapes({"label": "ch*", "split": "test"})] == ["shape 3", "shape 9"]
    store.set_embeddings([1], np.ones((1, 8), np.float32))
    store.set_embeddings([1], new_shape(tiny_model, 0).embedding[None])
    assert store.compact()["shapes_dropped"] == 1 and store.verify().ok
    store.commit([new_shape(tiny_model, 1)])
    store.record_failure("a", "b")
    store.record_run("x", {"a": 1}, {})
    store.register_index("default", "flat", {})
    again = open_store(store.url)
    assert_vectors(again, tiny_model, {*range(12), 30})
    assert len(again.failures()) == len(again.runs()) == 1
    again.close()
