"""Kept samples: rounding, storing, folding, damage, crashes, and stores made before there were any."""

from __future__ import annotations

import signal
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from scipy.spatial import cKDTree

from inrstore.errors import BadInput, CorruptShard, InrstoreError, ShapeNotFound
from inrstore.network.fields import CLIP, FieldSamples
from inrstore.network.packing import RANGE, pack, snap, unpack
from inrstore.store import Store
from inrstore.store import samples as adding
from tests.inrstore.store import stored
from tests.inrstore.store.child import INSTANTS
from tests.inrstore.store.test_faults import assert_whole, child
from tests.shapes import digest, kept, new_shape


def commit(store: Store, model: Any, numbers: range, count: int = 30) -> None:
    store.commit([new_shape(model, number, samples=kept(number, count)) for number in numbers])


def assert_kept(store: Store, sizes: dict[int, int]) -> None:
    """Exactly the shapes of these numbers have samples, each so many and its own."""
    keys = {number: store.shape(digest(number)).key for number in sizes}
    assert store.sample_counts() == {keys[number]: count for number, count in sizes.items()}
    for number, found in zip(keys, store.samples(list(keys.values())), strict=True):
        wanted = unpack(kept(number, sizes[number]))
        assert np.array_equal(found.points, wanted.points) and np.array_equal(found.values, wanted.values)


# --- rounding


def random_samples(field: str, count: int = 5_000, seed: int = 0) -> FieldSamples:
    rng = np.random.default_rng(seed)
    points = rng.uniform(-RANGE, RANGE, (count, 3)).astype(np.float32)
    values = {
        "sdf": rng.uniform(-2 * CLIP, 2 * CLIP, count),
        "udf": np.abs(rng.normal(size=count)) * CLIP,
        "occ": rng.integers(0, 2, count),
    }[field]
    return FieldSamples(field, points, values.astype(np.float32))


@pytest.mark.parametrize("field", ["sdf", "udf", "occ"])
def test_rounding_is_within_half_a_step(field: str) -> None:
    samples = random_samples(field)
    found = unpack(pack(samples, len(samples.values)))
    moved, storage = cKDTree(found.points).query(samples.points, p=np.inf)
    assert np.array_equal(np.sort(storage), np.arange(len(storage))), "each point is there once"
    assert moved.max() <= RANGE / 32767 / 2 + 1e-7
    clipped = samples.values if field == "occ" else samples.values.clip(-CLIP, CLIP)
    assert np.abs(found.values[storage] - clipped).max() <= (0 if field == "occ" else CLIP / 32767 / 2 + 1e-8)


def test_zero_and_snapped_points_are_exact() -> None:
    points = snap(np.array([[0, 1.5, -1.5], [0.1, -0.7, 1.0]]))
    assert points[0].tolist() == [0, 1.5, -1.5] and np.abs(points[1] - [0.1, -0.7, 1.0]).max() <= RANGE / 32767 / 2
    assert np.array_equal(snap(points), points)
    samples = FieldSamples("udf", points.astype(np.float32), np.zeros(2, np.float32))
    found = unpack(pack(samples, 2))
    assert found.values.tolist() == [0, 0] and np.array_equal(np.sort(found.points, 0), np.sort(samples.points, 0))


def test_too_few_are_repeated_and_far_ones_dropped() -> None:
    points = np.array([[0, 0, 0], [0.5, 0, 0], [2, 0, 0]], np.float32)
    packed = pack(FieldSamples("occ", points, np.array([1, 0, 0], np.float32)), 5)
    assert np.bincount(packed.values).tolist() == [2, 3] and packed.points.shape == (5, 3)
    with pytest.raises(BadInput, match="no sample lies within"):
        pack(FieldSamples("occ", points[2:], np.zeros(1, np.float32)), 5)


# --- storing


def test_samples_come_back_each_to_its_shape(store: Store, tiny_model: Any) -> None:
    store.commit(
        [
            new_shape(tiny_model, 0, samples=kept(0, 30)),
            new_shape(tiny_model, 1),
            new_shape(tiny_model, 2, samples=kept(2, 50)),
            new_shape(tiny_model, 3, samples=kept(3, 30)),
        ]
    )
    commit(store, tiny_model, range(3, 6))  # 3 is a duplicate
    assert_kept(store, {0: 30, 2: 50, 3: 30, 4: 30, 5: 30})
    with pytest.raises(ShapeNotFound, match="1 of 2 shapes have no kept samples"):
        store.samples([1, 2])
    figures = store.stats()
    on_disk = stored.sizes(store, "samples")
    assert (figures["samples"], figures["bytes_samples"]) == (5, on_disk)
    assert store.verify().problems == [] == store.verify().orphans


def test_samples_are_added_to_stored_shapes_and_replaced(store: Store, tiny_model: Any) -> None:
    store.commit([new_shape(tiny_model, number) for number in range(3)])
    keys = store.keys()
    store.remove(digest(1))
    assert store.add_samples({int(keys[0]): kept(0, 30), int(keys[1]): kept(1, 30), 99: kept(2, 30)}) == 1
    assert store.add_samples({int(keys[0]): kept(0, 40), int(keys[2]): kept(2, 30)}) == 2
    assert_kept(store, {0: 40, 2: 30})
    assert store.add_samples({}) == 0 == store.add_samples({int(keys[1]): kept(1, 30)})
    assert store.verify().problems == [] == store.verify().orphans
    store.compact()
    assert_kept(store, {0: 40, 2: 30})


def test_keys_may_be_numpy_s(store: Store, tiny_model: Any) -> None:
    store.commit([new_shape(tiny_model, number) for number in range(2)])
    given: Any = dict(zip(store.keys(), (kept(0, 30), kept(1, 30)), strict=True))
    assert store.add_samples(given) == 2
    assert_kept(store, {0: 30, 1: 30})


def test_a_shard_that_is_deleted_before_the_commit_is_not_entered(
    store: Store, tiny_model: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.commit([new_shape(tiny_model, 0)])
    real = adding.write_samples

    def lost(*arguments: Any) -> Any:
        made = list(real(*arguments))
        store.compact(force=True)  # by another process: what is not committed is an orphan
        return made

    monkeypatch.setattr(adding, "write_samples", lost)
    with pytest.raises(InrstoreError, match="forced compaction"):
        store.add_samples({int(store.keys()[0]): kept(0, 30)})
    assert store.sample_counts() == {} and store.verify().problems == []


def test_what_cannot_be_kept_is_refused(store: Store, tiny_model: Any) -> None:
    good = kept(1, 30)
    bad = {
        "its field is sdf, so samples of udf": type(good)("udf", good.points, good.values),
        r"are not \(n, 3\) points": type(good)("sdf", good.points[1:], good.values),
        "make them with network.packing.pack": type(good)("sdf", good.points, good.values.astype(np.int64)),
    }
    for reason, samples in bad.items():
        with pytest.raises(BadInput, match=reason):
            store.commit([new_shape(tiny_model, 1, samples=samples)])  # type: ignore[arg-type]
    assert store.count() == 0 and not stored.names(store)


def test_a_sample_takes_little_room(store: Store, tiny_model: Any) -> None:
    """Random points are the worst case: 8 bytes, less what the order saves."""
    store.commit(
        [new_shape(tiny_model, n, samples=pack(random_samples("sdf", 20_000, seed=n), 20_000)) for n in range(2)]
    )
    assert store.stats()["bytes_samples"] / 40_000 < 7.2
    metadata = pq.read_schema(pa.BufferReader(stored.content(store, stored.only(store, "samples")))).metadata
    assert metadata == {b"format": b"1", b"samples": b"20000"}


def test_compaction_folds_each_width_apart_and_drops(store: Store, tiny_model: Any) -> None:
    for start, count in ((0, 30), (3, 50), (6, 30), (9, 50), (12, 70)):
        commit(store, tiny_model, range(start, start + 3), count)
    for number in (1, 4, 12, 13, 14):
        store.remove(digest(number))
    before = len(stored.names(store, "samples"))
    done = store.compact()
    assert before == 5 and done["shapes_dropped"] == 5
    assert len(stored.names(store, "samples")) == 2
    left = {number: 30 if number // 3 % 2 == 0 else 50 for number in range(12) if number not in (1, 4)}
    assert_kept(store, left)
    assert store.verify().problems == [] == store.verify().orphans
    assert store.compact() == dict.fromkeys(done, 0)


# --- faults


@pytest.mark.parametrize("damage", ["altered", "missing"])
def test_a_damaged_shard_is_found_and_refused(store: Store, tiny_model: Any, damage: str) -> None:
    commit(store, tiny_model, range(3))
    path = stored.only(store, "samples")
    stored.damage(store, path, damage)
    (problem,) = store.verify().problems
    assert path in problem and "samples of 3 shapes are in it" in problem
    with pytest.raises(CorruptShard, match=path):
        store.samples(store.keys())


@pytest.mark.parametrize("kind", ["samples", "inrs"])
@pytest.mark.parametrize("damage", ["cut", "missing"])
@pytest.mark.parametrize("way", ["replaced", "removed"])
def test_a_damaged_shard_that_nothing_needs_is_cleared_away(
    store: Store, tiny_model: Any, kind: str, damage: str, way: str
) -> None:
    if kind == "inrs" and way == "replaced":
        pytest.skip("networks that are encoded stay")
    commit(store, tiny_model, range(2))
    path = stored.only(store, kind)
    commit(store, tiny_model, range(2, 4))
    stored.damage(store, path, damage)
    if way == "removed":
        for number in range(2):
            store.remove(digest(number))
    else:
        keys = [store.shape(digest(number)).key for number in range(2)]
        store.add_samples({key: kept(number, 30) for number, key in enumerate(keys)})
    store.compact()
    assert not store.storage.exists(path) and store.verify().problems == []
    assert_kept(store, dict.fromkeys(range(2 if way == "removed" else 0, 4), 30))


@pytest.mark.parametrize("instant", INSTANTS)
def test_kill_at_an_instant(store: Store, tiny_model: Any, instant: str) -> None:
    for start in (0, 4):
        commit(store, tiny_model, range(start, start + 4))
    store.remove(digest(1))
    with child("die", store.url, instant) as process:
        assert process.wait(30) == -signal.SIGKILL
    left = {0, 2, 3, 4, 5, 6, 7}
    assert_whole(store, tiny_model, left)
    assert_kept(store, dict.fromkeys(sorted(left), 30))
    orphans = store.verify().orphans
    assert instant != "samples written" or any(name.startswith("samples/") for name in orphans)
    commit(store, tiny_model, range(100, 104))
    store.compact(force=True)
    assert_kept(store, dict.fromkeys([*sorted(left), *range(100, 104)], 30))
    assert store.verify().problems == [] == store.verify().orphans
