"""Stores on S3: two at once, objects that go while they are read, refusals in sentences, and few requests."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest

from inrstore.errors import BadInput, CorruptShard, StorageFailed, StoreExists
from inrstore.store import Store, init_store, open_store, opening, part_cache, shards
from inrstore.store.storage import Storage
from tests.inrstore.store import stored
from tests.s3 import SECRET, Bucket
from tests.shapes import digest, new_inr, new_shape, picture

Databases = Callable[[], str]


@pytest.fixture
def remote(s3: Bucket, new_database: Databases, tiny_model: Any) -> Iterator[Store]:
    """Ten shapes with pictures on S3."""
    store = init_store(s3.new_url(), tiny_model, catalog_url=new_database())
    store.commit([new_shape(tiny_model, number, thumbnail=picture(number)) for number in range(10)])
    yield store
    store.close()


# --- two at once


@pytest.mark.parametrize("catalogues", [1, 2])
def test_of_two_that_make_a_store_at_once_one_goes_on_at_most(
    s3: Bucket, new_database: Databases, tiny_model: Any, catalogues: int
) -> None:
    url, databases = s3.new_url(), [new_database() for _ in range(catalogues)]

    def make(number: int) -> Store | StoreExists:
        try:
            return init_store(url, tiny_model, catalog_url=databases[number % catalogues])
        except StoreExists as error:
            return error

    with ThreadPoolExecutor(3) as pool:
        made = [one for one in pool.map(make, range(3)) if isinstance(one, Store)]
    assert len(made) <= 1 and not [name for name in Storage(url).names() if name.startswith(opening.STAGE)]
    store = made[0] if made else init_store(url, tiny_model, catalog_url=new_database())
    store.commit([new_shape(tiny_model, 1)])
    assert open_store(url).id == store.id and open_store(url).verify().ok
    with pytest.raises(StoreExists, match="already a store"):
        init_store(url, tiny_model, catalog_url=new_database())
    store.close()


def test_whoever_comes_between_finds_the_store(
    s3: Bucket, new_database: Databases, tiny_model: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It looked for a store before there was one, and claims the place after the other has let go of it."""
    url, first = s3.new_url(), []
    look = opening._refuse_occupied

    def late(storage: Storage) -> None:
        look(storage)
        monkeypatch.setattr(opening, "_refuse_occupied", look)
        first.append(init_store(url, tiny_model, catalog_url=new_database()))

    monkeypatch.setattr(opening, "_refuse_occupied", late)
    with pytest.raises(StoreExists, match="just now"):
        init_store(url, tiny_model, catalog_url=new_database())
    assert open_store(url).id == first[0].id


def test_a_claim_of_one_that_died_is_named(s3: Bucket, new_database: Databases, tiny_model: Any) -> None:
    url = s3.new_url()
    Storage(url).write(".init-dead", b"")
    with pytest.raises(StoreExists, match=r"if none is, delete s3://.*/\.init-dead"):
        init_store(url, tiny_model, catalog_url=new_database())
    Storage(url).delete(".init-dead")
    assert init_store(url, tiny_model, catalog_url=new_database()).count() == 0


def test_a_compaction_between_opening_and_reading(
    store: Store, tiny_model: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a local file what is open can be read; an object is gone, so its rows are looked up again."""
    for start in (0, 5):
        store.commit([new_shape(tiny_model, number) for number in range(start, start + 5)])
    read = shards._read_group

    def late(*given: Any) -> Any:
        monkeypatch.setattr(shards, "_read_group", read)
        assert store.compact()["shards_folded"] == 4
        return read(*given)

    monkeypatch.setattr(shards, "_read_group", late)
    weights = store.weights(store.keys())
    assert np.allclose(weights, [new_inr(tiny_model, number).weights for number in range(10)], atol=1e-4)


def test_many_compactions_in_the_way_of_one_reader(
    store: Store, tiny_model: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.commit([new_shape(tiny_model, 0)])
    opens, left = Storage.open, list(range(1, 7))

    def late(self: Storage, name: str) -> Any:
        if left and self is store.storage:
            other = open_store(store.url)
            other.commit([new_shape(tiny_model, left.pop())])
            other.compact()
            other.close()
        return opens(self, name)

    monkeypatch.setattr(Storage, "open", late)
    assert np.allclose(store.weights([digest(0)])[0], new_inr(tiny_model, 0).weights, atol=1e-4) and not left


def test_two_compactions_at_once(store: Store, tiny_model: Any) -> None:
    for number in range(12):
        store.commit([new_shape(tiny_model, number)])
    with ThreadPoolExecutor(3) as pool:
        done = list(pool.map(lambda _: open_store(store.url).compact(jobs=2), range(3)))
    assert sum(one["shards_folded"] for one in done) >= 24
    assert store.compact()["shards_folded"] == 0 and store.verify(jobs=3).ok and store.verify().orphans == []
    assert len(store.weights(store.keys())) == len(store.embeddings()[0]) == 12


def test_a_missing_shard_that_counts_ends_a_compaction(store: Store, tiny_model: Any) -> None:
    for number in range(2):
        store.commit([new_shape(tiny_model, number)])
    gone = stored.names(store, "embeddings")[0]
    stored.damage(store, gone, "missing")
    with pytest.raises(CorruptShard, match=f"{gone} is missing"):
        store.compact()


def test_orphans_have_the_age_that_the_servers_clock_says(remote: Store) -> None:
    before = set(remote.storage.files(""))
    assert abs((remote.storage.now() - datetime.now(UTC)).total_seconds()) < 60
    assert set(remote.storage.files("")) == before


# --- refusals


@pytest.mark.parametrize(
    "url",
    [
        f"s3://SOMEBODY:{SECRET}@bucket/x",
        f"s3://SOMEBODY:with/{SECRET}@bucket/x",
        "s3://SOMEBODY@bucket/x",
        f"s3://bucket/x?secret_key={SECRET}",
        f"abfs://account:{SECRET}@container/x",
    ],
)
def test_no_secret_in_an_address(url: str) -> None:
    with pytest.raises(BadInput, match="must not hold (credentials|secrets); give them by the environment") as refused:
        open_store(url)
    assert SECRET not in str(refused.value) and "SOMEBODY" not in str(refused.value)


def test_a_server_that_does_not_answer() -> None:
    with pytest.raises(StorageFailed, match="does not answer; check the network and the endpoint"):
        open_store("s3://bucket/x?endpoint_override=127.0.0.1:9&scheme=http&region=us-east-1")


def test_a_bucket_that_is_not_there(s3: Bucket, new_database: Databases, tiny_model: Any) -> None:
    with pytest.raises(StorageFailed, match="has no such bucket; make it first"):
        init_store("s3://inrstore-none/x", tiny_model, catalog_url=new_database())


@pytest.fixture
def deny(s3: Bucket) -> Iterator[Callable[[], None]]:
    """From when it is called the server knows nobody any more."""

    def allow(count: bytes) -> None:
        asked = urllib.request.Request(f"{s3.endpoint}/moto-api/reset-auth", count, {"Content-Type": "text/plain"})
        urllib.request.urlopen(asked).close()

    if not s3.own:
        pytest.skip("only the server of the tests can be told to")
    yield lambda: allow(b"0")
    allow(b"inf")


def test_access_that_is_denied_in_the_middle(remote: Store, tiny_model: Any, deny: Callable[[], None]) -> None:
    """A sentence each time, not one of damage; and all is well afterwards."""
    calls: list[Callable[[], Any]] = [
        lambda: remote.weights([digest(1)]),
        lambda: remote.thumbnail(digest(1)),
        lambda: remote.commit([new_shape(tiny_model, 20)]),
        lambda: remote.stats(),
        lambda: remote.verify(),
        lambda: remote.compact(),
        lambda: open_store(remote.url),
    ]
    deny()
    for call in calls:
        with pytest.raises(StorageFailed, match="not know the credentials|denies access; check AWS_") as said:
            call()
        assert SECRET not in str(said.value)


def test_a_parquet_file_that_cannot_be_had_is_not_called_damaged(
    remote: Store, tiny_model: Any, deny: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    read = shards._read_group

    def late(*given: Any) -> Any:
        deny()
        return read(*given)

    monkeypatch.setattr(shards, "_read_group", late)
    with pytest.raises(StorageFailed, match="credentials|denies"):
        remote.embeddings()


def test_nothing_that_is_stored_has_a_secret(remote: Store) -> None:
    remote.record_run("x", {"store": remote.url}, {})
    settings = json.loads(stored.content(remote, "store.json"))
    assert SECRET not in json.dumps(settings) and SECRET not in repr(remote.runs()) + repr(remote)


# --- requests


def test_how_many_requests_are_made(remote: Store, s3: Bucket, tiny_model: Any) -> None:
    """Of one shape: what Parquet needs of each shard (its size, its directory, one row group), whatever it holds."""
    if not s3.own:
        pytest.skip("only the server of the tests tells")
    s3.counted()
    own = open_store(remote.url)
    assert s3.counted() == {"HEAD": 1, "GET": 1}, "store.json"
    own.shape(digest(1))
    own.shapes({"label": "chair"})
    assert s3.counted() == {}, "the catalogue alone"
    own.thumbnail(digest(1))
    assert s3.counted() == {"HEAD": 1, "GET": 2}
    part_cache.forget(f"bases/{own.base_id}")
    own.weights([digest(1)])
    assert s3.counted() == {"HEAD": 3, "GET": 5}, "two files of the base, once, listed before"
    own.weights([digest(2), digest(3)])
    assert s3.counted() == {"HEAD": 1, "GET": 2}
    open_store(remote.url).weights([digest(2)])
    assert s3.counted() == {"HEAD": 2, "GET": 3}, "the base is on this machine"
    own.embeddings([digest(2)])
    assert s3.counted() == {"HEAD": 1, "GET": 2}
    own.commit([new_shape(tiny_model, 30, thumbnail=picture(30))])
    assert s3.counted() == {"PUT": 3, "HEAD": 3}, "three shards, each written and seen before it counts"
    own.stats()
    assert s3.counted() == {"GET": 4}, "lists of bases, encoders, heads and indexes"
    own.verify()
    assert s3.counted() == {"HEAD": 6 + 4, "GET": 9 + 6 + 6}, "nine lists; six shards; two parts of two files, listed"


def test_models_are_kept_on_this_machine_and_checked(remote: Store, tiny_model: Any) -> None:
    folder = f"encoders/{remote.encoder_id}"
    assert open_store(remote.url).encoder().id == remote.encoder_id
    copy = part_cache.copy_of(remote.storage, folder)
    (copy / "part.json").write_text("{")
    assert open_store(remote.url).encoder().id == remote.encoder_id, "read from the store"
    assert not copy.exists() and open_store(remote.url).encoder().id == remote.encoder_id and copy.is_dir()
