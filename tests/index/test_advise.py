"""What is said of an index that is yet to be built, against one that is built."""

from __future__ import annotations

from typing import Any

import pytest

import index
from index.choose import MAKERS, choose
from index.reading import BLOCK, sample
from inrstore.errors import BadInput
from tests.index.building import manifest_of

GB = 1_000_000_000


def test_the_plan_is_the_choice() -> None:
    for shapes, memory in ((1000, None), (10**6, None), (10**8, 64 * GB), (10**6, GB)):
        plan, choice = index.advise(shapes, 384, memory=memory), choose(shapes, 384, memory=memory)
        assert (plan.backend, plan.parameters, plan.memory) == (choice.backend, choice.parameters, choice.bytes)
        assert plan.command.startswith("inrstore index build --backend auto")
        assert set(plan.known) == {"memory", "disk", "core_hours", "latency", "recall"}


@pytest.mark.parametrize("backend", ["flat", "hnsw", "ivf", "rabitq"])
def test_bytes_are_those_of_the_files(store: Any, backend: str) -> None:
    store.grow(4000)
    built = index.build(store, backend=backend)
    plan = index.advise(4300, 24, backend=backend)
    assert built.bytes == pytest.approx(plan.disk, rel=0.25)  # also a key of eight bytes a row in its own file
    assert manifest_of(store)["parameters"] == plan.parameters


def test_ten_million_take_less_than_eighty_bytes_each() -> None:
    plan = index.advise(10**7, 384, backend="rabitq")
    assert plan.memory / plan.shapes < 80 and plan.disk / plan.shapes > 768


def test_more_shapes_cost_more() -> None:
    for backend in MAKERS:
        few, many = (index.advise(count, 384, backend=backend) for count in (10**6, 10**8))
        assert many.memory > few.memory and many.core_hours > 50 * few.core_hours and many.latency > few.latency


def test_what_cannot_be_met_is_said() -> None:
    assert index.advise(10**5, 384, latency=1.0).met
    assert not index.advise(10**8, 384, memory=64 * GB, latency=0.02).met


def test_refusals() -> None:
    with pytest.raises(BadInput, match="all must be above 0"):
        index.advise(0, 384)
    with pytest.raises(BadInput, match="'annoy'.*only of flat, hnsw, ivf, rabitq, pgvector"):
        index.advise(10, 384, backend="annoy")


def test_a_sample_is_the_same_each_time(store: Any) -> None:
    keys = store.embedding_keys()
    once, again = sample(keys, 50), sample(keys, 50)
    assert len(set(once.tolist())) == 50 and once.tolist() == again.tolist() == sorted(once.tolist())
    assert sample(keys, 10**6) is keys and BLOCK > 1000


@pytest.mark.parametrize("backend", ["flat", "hnsw", "ivf", "rabitq"])
def test_a_build_reads_a_block_at_a_time(store: Any, backend: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("index.reading.embedding_blocks.__defaults__", (None, 64))
    store.read.clear()
    index.build(store, backend=backend)
    assert None not in store.read and max(store.read) <= 64
    assert index.status(store).count == 300
