"""Pictures of sources: storing, replacing, folding, removing, damage, crashes, and stores of before."""

from __future__ import annotations

import shutil
import signal
import sqlite3
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from inrstore.errors import BadInput, CorruptShard, InrstoreError, ShapeNotFound
from inrstore.records import THUMBNAIL_BYTES
from inrstore.store import Store, open_store, thumbnails
from inrstore.store import connection as way
from tests.inrstore.store import stored
from tests.inrstore.store.child import INSTANTS
from tests.inrstore.store.older import make_older
from tests.inrstore.store.test_faults import assert_whole, child
from tests.shapes import REPO, digest, key_of, new_shape, picture


def commit(store: Store, model: Any, numbers: Iterable[int]) -> None:
    store.commit([new_shape(model, number, thumbnail=picture(number)) for number in numbers])


def assert_pictured(store: Store, numbers: Iterable[int]) -> None:
    """Exactly the shapes of these numbers have a picture, each its own."""
    keys = {key_of(store, number): picture(number) for number in numbers}
    assert store.thumbnail_keys().tolist() == sorted(keys)
    assert store.thumbnails(store.keys()) == keys
    for number in numbers:
        assert store.thumbnail(digest(number)) == picture(number)


def test_pictures_come_back_each_to_its_shape(store: Store, tiny_model: Any) -> None:
    store.commit([new_shape(tiny_model, 0, thumbnail=picture(0)), new_shape(tiny_model, 1)])
    commit(store, tiny_model, [0, 2, 3])  # 0 is a duplicate
    assert_pictured(store, [0, 2, 3])
    assert store.thumbnail(digest(1)) is None
    assert list(store.thumbnails([digest(3), digest(1), digest(0)])) == [key_of(store, 3), key_of(store, 0)]
    assert store.thumbnail_keys([digest(1), digest(3)]).tolist() == [key_of(store, 3)]
    with pytest.raises(ShapeNotFound):
        store.thumbnail(digest(99))
    figures = store.stats()
    on_disk = stored.sizes(store, "thumbnails")
    assert (figures["thumbnails"], figures["bytes_thumbnails"]) == (3, on_disk)
    assert store.verify().problems == [] == store.verify().orphans


def test_pictures_are_added_to_stored_shapes_and_replaced(store: Store, tiny_model: Any) -> None:
    store.commit([new_shape(tiny_model, number) for number in range(3)])
    keys = [key_of(store, number) for number in range(3)]
    store.remove(digest(1))
    assert store.add_thumbnails({keys[0]: picture(7), keys[1]: picture(1), 99: picture(2)}) == 1
    assert store.add_thumbnails({digest(0): picture(0), digest(2): picture(2)}) == 2
    assert_pictured(store, [0, 2])
    assert store.add_thumbnails({}) == 0 == store.add_thumbnails({keys[1]: picture(1)})
    assert store.verify().problems == [] == store.verify().orphans
    store.compact()
    assert_pictured(store, [0, 2])
    store.remove(digest(0))
    assert store.thumbnails(keys) == {keys[2]: picture(2)}


def test_what_is_no_small_picture_is_refused(store: Store, tiny_model: Any) -> None:
    store.commit([new_shape(tiny_model, 0)])
    for bad, reason in ((b"GIF89a", "is not WebP"), (picture(0, THUMBNAIL_BYTES + 1), "6,001 bytes, at most 6,000")):
        with pytest.raises(BadInput, match=reason):
            store.commit([new_shape(tiny_model, 1, thumbnail=bad)])
        with pytest.raises(BadInput, match=reason):
            store.add_thumbnails({digest(0): bad})
    assert store.count() == 1 and not stored.names(store, "thumbnails", "")


def test_a_shard_that_is_deleted_before_the_commit_is_not_entered(
    store: Store, tiny_model: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.commit([new_shape(tiny_model, 0)])
    real = thumbnails.write_thumbnails

    def lost(*arguments: Any) -> Any:
        made = real(*arguments)
        store.compact(force=True)  # by another process: what is not committed is an orphan
        return made

    monkeypatch.setattr(thumbnails, "write_thumbnails", lost)
    with pytest.raises(InrstoreError, match="forced compaction"):
        store.add_thumbnails({digest(0): picture(0)})
    assert store.thumbnail(digest(0)) is None and store.verify().problems == []


def test_one_picture_is_read_from_few_bytes(store: Store, tiny_model: Any) -> None:
    """However many are stored: row groups and shards stay small when they are folded, and nothing is packed twice."""
    for start in range(0, 2000, 400):
        numbers = range(start, start + 400)
        store.commit([new_shape(tiny_model, number, thumbnail=picture(number, 4000)) for number in numbers])
    store.compact()
    paths = stored.names(store, "thumbnails")
    assert 2 <= len(paths) <= 3
    for path in paths:
        content = stored.content(store, path)
        metadata = pq.read_metadata(pa.BufferReader(content))
        groups = [metadata.row_group(number) for number in range(metadata.num_row_groups)]
        assert max(group.total_byte_size for group in groups) < 400_000 and len(groups) < 30
        assert {group.column(1).compression for group in groups} == {"UNCOMPRESSED"}
        assert len(content) < 1.03 * 4000 * metadata.num_rows
    assert store.thumbnail(digest(1234)) == picture(1234, 4000)


def test_compaction_folds_and_drops(store: Store, tiny_model: Any) -> None:
    for start in range(0, 9, 3):
        commit(store, tiny_model, range(start, start + 3))
    store.remove([digest(1), digest(8)])
    done = store.compact()
    assert done["shapes_dropped"] == 2 and len(stored.names(store, "thumbnails")) == 1
    assert_pictured(store, [0, 2, 3, 4, 5, 6, 7])
    assert store.verify().problems == [] == store.verify().orphans
    assert store.compact() == dict.fromkeys(done, 0)


@pytest.mark.parametrize("damage", ["altered", "missing"])
def test_a_damaged_shard_is_found_and_refused(store: Store, tiny_model: Any, damage: str) -> None:
    commit(store, tiny_model, range(3))
    path = stored.only(store, "thumbnails")
    stored.damage(store, path, damage, 2)
    (problem,) = store.verify().problems
    assert path in problem and "3 thumbnails are in it" in problem
    with pytest.raises(CorruptShard, match=path):
        store.thumbnail(digest(1))
    store.remove(store.keys())
    store.compact()
    assert not store.storage.exists(path) and store.verify().problems == []


@pytest.mark.parametrize("instant", INSTANTS)
def test_kill_at_an_instant(store: Store, tiny_model: Any, instant: str) -> None:
    for start in (0, 4):
        commit(store, tiny_model, range(start, start + 4))
    store.remove(digest(1))
    with child("die", store.url, instant) as process:
        assert process.wait(60) == -signal.SIGKILL
    left = {0, 2, 3, 4, 5, 6, 7}
    assert_whole(store, tiny_model, left)
    assert_pictured(store, sorted(left))
    commit(store, tiny_model, range(100, 104))
    store.compact(force=True)
    assert_pictured(store, [*sorted(left), *range(100, 104)])
    assert store.verify().problems == [] == store.verify().orphans


def test_a_store_of_before_has_none_and_takes_some(tmp_path: Path) -> None:
    """Of revision 0002, which is upgraded by way of 0003."""
    path = Path(shutil.copytree(REPO / "tests" / "data" / "revision_0002" / "store", tmp_path / "old.store"))
    store = open_store(path)
    assert way.revision(store.catalog) == way.HEAD
    key = int(store.keys()[0])
    assert store.thumbnail(key) is None and store.thumbnails(store.keys()) == {} and store.stats()["thumbnails"] == 0
    assert store.add_thumbnails({key: picture(0)}) == 1 and store.thumbnail(key) == picture(0)


@pytest.mark.parametrize("revision", ["0003", "0004"])
def test_an_older_catalogue_is_upgraded(local_store: Store, tiny_model: Any, revision: str) -> None:
    local_store.commit([new_shape(tiny_model, 0)])
    local_store.close()
    with sqlite3.connect(Path(local_store.url) / "catalog.sqlite") as catalogue:
        for column in ("file", "parts", "name", "transform"):
            catalogue.execute(f"ALTER TABLE sources DROP COLUMN {column}")
        if revision == "0003":
            catalogue.execute("DROP TABLE thumbnails")
        make_older(catalogue, revision)
    again = open_store(local_store.url)
    assert again.thumbnail(digest(0)) is None and np.array_equal(again.keys(), [1])
    commit(again, tiny_model, [1])
    assert_pictured(again, [1])
