"""The check of a store: side by side, and of what is new alone."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest

from inrstore.store import Store, shards
from inrstore.store.side_by_side import each
from tests.inrstore.store import stored
from tests.shapes import digest, new_shape


@pytest.fixture
def twelve(store: Store, tiny_model: Any) -> Store:
    """Six shards of networks and six of embeddings."""
    for start in range(0, 12, 2):
        store.commit([new_shape(tiny_model, number) for number in (start, start + 1)])
    return store


@pytest.mark.parametrize("jobs", [1, 5])
def test_problems_come_in_the_order_of_the_shards(twelve: Store, jobs: int) -> None:
    first, *_, last = stored.names(twelve, "inrs"), stored.names(twelve, "embeddings")
    bad = [first[2], last[4]]
    for path in bad:
        stored.damage(twelve, path, "altered")
    report = twelve.verify(jobs=jobs)
    assert report.shards_checked == 12 and len(report.problems) == 2
    assert {path for path in bad for line in report.problems if line.startswith(path)} == set(bad)
    assert report.problems == twelve.verify(jobs=1).problems


def test_an_incremental_check_reads_what_is_new(
    twelve: Store, tiny_model: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[str] = []
    check = shards.check
    monkeypatch.setattr(shards, "check", lambda storage, path, *rest: read.append(path) or check(storage, path, *rest))
    report = twelve.verify(incremental=True)
    assert report.ok and (report.shards_checked, report.shards_skipped) == (12, 0) and len(read) == 12
    read.clear()
    twelve.commit([new_shape(tiny_model, 20)])
    report = twelve.verify(incremental=True)
    assert (report.shards_checked, report.shards_skipped, len(read)) == (2, 12, 2)
    twelve.compact()
    report = twelve.verify(incremental=True)
    assert report.ok and (report.shards_checked, report.shards_skipped) == (2, 0), "folded ones are new"
    read.clear()
    assert twelve.verify().shards_checked == len(read) == 2, "without the word all is read"


def test_an_incremental_check_sees_what_is_gone_or_cut_and_forgets_nothing_bad(twelve: Store) -> None:
    assert twelve.verify(incremental=True).ok
    missing, cut, rotten = stored.names(twelve, "inrs")[:3]
    stored.damage(twelve, missing, "missing")
    stored.damage(twelve, cut, "truncated")
    before = stored.damage(twelve, rotten, "altered")
    for _ in range(2):
        report = twelve.verify(incremental=True)
        assert report.shards_checked == 2 and {line.split()[0] for line in report.problems} == {missing, cut}
    (problem, *_) = (line for line in twelve.verify().problems if line.startswith(rotten))
    assert "altered" in problem, "which only a whole check finds"
    stored.put(twelve, rotten, before)


def test_a_memory_that_is_none_is_as_good_as_empty(twelve: Store) -> None:
    memory = twelve.work_dir("verified") / "shards.json"
    for content in ("", "[]", json.dumps(dict.fromkeys(stored.names(twelve), "another checksum"))):
        memory.write_text(content)
        assert twelve.verify(incremental=True).shards_checked == 12
    assert twelve.verify(incremental=True).shards_checked == 0


@pytest.mark.parametrize("jobs", [1, 3])
def test_folding_side_by_side(store: Store, tiny_model: Any, jobs: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shards, "SHARD_BYTES", 4 * 4 * tiny_model.siren.size)  # four networks
    for start in range(0, 12, 2):
        store.commit([new_shape(tiny_model, number) for number in (start, start + 1)])
    store.remove([digest(0), digest(5)])
    heard: list[Any] = []
    done = store.compact(jobs=jobs, on_progress=heard.append)
    assert done["shapes_dropped"] == 2 and done["shards_folded"] >= 10 and done["shards_written"] < 8
    assert [step.done for step in heard] == list(range(1, len(heard) + 1)) and heard[-1].total == len(heard)
    assert store.verify(jobs=jobs).ok and store.verify().orphans == []
    keys, embeddings = store.embeddings()
    expected = {store.shape(digest(n)).key: new_shape(tiny_model, n).embedding for n in range(12) if n not in (0, 5)}
    assert set(keys.tolist()) == set(expected)
    assert all((row == expected[key]).all() for key, row in zip(keys.tolist(), embeddings, strict=True))


def test_an_error_ends_what_has_not_begun() -> None:
    begun: list[int] = []

    def work(item: int) -> int:
        begun.append(item)
        time.sleep(0.005)
        if item == 3:
            raise ValueError("three")
        return item * 2

    with pytest.raises(ValueError, match="three"):
        list(each(work, range(1000), jobs=2))
    assert len(begun) < 1000
    assert sorted(each(lambda item: item * 2, range(5), jobs=2)) == [(n, 2 * n) for n in range(5)]
