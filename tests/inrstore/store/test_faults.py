"""Crashes at any instant, several processes at once, a full disk, damaged files."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from inrstore.errors import CorruptShard, StorageFull
from inrstore.store import Store, init_store, open_store, part_cache
from tests.inrstore.store import stored
from tests.inrstore.store.child import INSTANTS
from tests.shapes import REPO, digest, new_inr, new_shape


def child(*arguments: object) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tests.inrstore.store.child", *map(str, arguments)]
    return subprocess.Popen(command, cwd=REPO, stdout=subprocess.PIPE, text=True)


def assert_whole(store: Store, model: Any, numbers: set[int]) -> None:
    """The store is sound and holds exactly these shapes, each once and with its own vectors."""
    assert store.verify().problems == []
    shapes = {shape.id: shape for shape in store.shapes()}
    assert set(shapes) == {digest(number) for number in numbers}
    keys, embeddings = store.embeddings()
    assert keys.tolist() == sorted(shape.key for shape in shapes.values())
    by_key = dict(zip(keys.tolist(), embeddings, strict=True))
    weights = dict(zip(keys.tolist(), store.weights(keys), strict=True))
    for number in numbers:
        key = shapes[digest(number)].key
        assert np.array_equal(by_key[key], new_shape(model, number).embedding)
        assert np.allclose(weights[key], new_inr(model, number).weights, atol=1e-4)


def test_kill_at_random_instants_loses_only_the_batch_under_way(store: Store, tiny_model: Any) -> None:
    rng, acknowledged = random.Random(5), set[int]()
    for _ in range(3):
        todo = [number for number in range(600) if number not in acknowledged]
        with child("write", store.url, 3, *todo) as process:
            assert process.stdout and process.stdout.readline() == "ready\n"
            time.sleep(rng.uniform(0.02, 0.15))
            process.kill()
            acknowledged |= {int(n) for line in process.stdout for n in line.split() if line.endswith("\n")}
        stored = {number for number in range(600) if digest(number) in {s.id for s in store.shapes()}}
        assert acknowledged <= stored and len(stored - acknowledged) in (0, 3)
        assert_whole(store, tiny_model, stored)
        acknowledged = stored
    assert len(acknowledged) < 600, "the writer was never interrupted"
    rest = range(30)
    store.commit([new_shape(tiny_model, number) for number in rest])
    assert_whole(store, tiny_model, acknowledged | set(rest))


@pytest.mark.parametrize("instant", INSTANTS)
def test_kill_at_an_instant(store: Store, tiny_model: Any, instant: str) -> None:
    for start in (0, 4):
        store.commit([new_shape(tiny_model, number) for number in range(start, start + 4)])
    store.remove(digest(1))
    with child("die", store.url, instant) as process:
        assert process.wait(30) == -signal.SIGKILL
    left = {0, 2, 3, 4, 5, 6, 7}
    assert_whole(store, tiny_model, left)
    store.commit([new_shape(tiny_model, number) for number in range(100, 104)])
    store.compact()
    assert_whole(store, tiny_model, left | {100, 101, 102, 103})
    store.compact(force=True)
    assert store.verify().orphans == []
    assert_whole(store, tiny_model, left | {100, 101, 102, 103})


def test_two_writers_a_reader_and_a_compaction_at_once(store: Store, tiny_model: Any) -> None:
    numbers = list(range(40))
    writers = [child("write", store.url, 4, *numbers), child("write", store.url, 5, *reversed(numbers))]
    seen = 0
    while any(writer.poll() is None for writer in writers):
        keys, embeddings = store.embeddings()
        assert len(keys) >= seen and np.allclose(np.linalg.norm(embeddings, axis=1), 1, atol=1e-5)
        assert store.weights(keys).shape == (len(keys), tiny_model.siren.size)
        seen = len(keys)
        store.compact()
    assert [writer.wait() for writer in writers] == [0, 0]
    for writer in writers:
        assert writer.stdout
        writer.stdout.close()
    assert_whole(store, tiny_model, set(numbers))
    assert all(len(shape.sources) == 1 for shape in store.shapes())


def test_disk_full(small_disk: Path, tiny_model: Any) -> None:
    store = init_store(small_disk / "shapes.store", tiny_model)
    stored: set[int] = set()
    with pytest.raises(StorageFull, match="full; free some space"):
        for start in range(0, 100_000, 20):
            batch = range(start, start + 20)
            store.commit([new_shape(tiny_model, number) for number in batch])
            stored |= set(batch)
    assert len(stored) >= 20
    assert_whole(store, tiny_model, stored)
    assert store.verify().orphans == []


def test_disk_full_while_a_shard_is_written(small_disk: Path, tiny_model: Any) -> None:
    store = init_store(small_disk / "shapes.store", tiny_model)
    store.commit([new_shape(tiny_model, 0)])
    with (small_disk / "filler").open("wb", buffering=0) as filler, pytest.raises(OSError):
        while True:
            filler.write(bytes(4096))
    with pytest.raises(StorageFull, match="full"):
        store.commit([new_shape(tiny_model, number) for number in range(1, 40)])
    assert_whole(store, tiny_model, {0})
    assert store.verify().orphans == []
    (small_disk / "filler").unlink()
    store.commit([new_shape(tiny_model, 1)])
    assert_whole(store, tiny_model, {0, 1})


@pytest.mark.parametrize("folder", ["inrs", "embeddings"])
@pytest.mark.parametrize("damage", ["altered", "truncated", "missing", "emptied"])
def test_damaged_shards_are_found_and_refused(store: Store, tiny_model: Any, folder: str, damage: str) -> None:
    store.commit([new_shape(tiny_model, number) for number in range(5)])
    path = stored.only(store, folder)
    content = stored.damage(store, path, damage)
    report = store.verify()
    assert len(report.problems) == 1 and path in report.problems[0] and "5 " in report.problems[0]
    with pytest.raises(CorruptShard, match=rf"{path}.*inrstore verify") as refused:
        store.weights(store.keys()) if folder == "inrs" else store.embeddings()
    assert "restore" in str(refused.value)
    stored.put(store, path, content)
    assert_whole(store, tiny_model, set(range(5)))


def test_a_shard_of_other_shapes_is_found(store: Store, tiny_model: Any) -> None:
    from sqlalchemy import text

    store.commit([new_shape(tiny_model, number) for number in range(3)])
    with store.catalog.write() as connection:
        connection.execute(text("UPDATE inrs SET row = 2 - row"))
    (problem,) = store.verify().problems
    assert "2 entries point at rows of other shapes" in problem


def test_an_altered_model_is_found(store: Store, tiny_model: Any) -> None:
    file = stored.only(store, "bases", ".json")
    stored.put(store, file, stored.content(store, file)[:-3])
    assert "bases/" in store.verify().problems[0], "the store itself is looked at, not this machine's copy"
    part_cache.forget(file.rpartition("/")[0])
    with pytest.raises(CorruptShard, match="bases/"):
        _ = open_store(store.url).model
