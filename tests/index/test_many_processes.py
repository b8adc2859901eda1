"""Readers in many processes while one writes: none fails, none sees a mixture, and an index is built once."""

from __future__ import annotations

import multiprocessing
import os
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pytest

import index
from inrstore.store import Store, init_store
from tests.index.reading import die_holding, open_together, place, read, vector
from tests.shapes import digest, new_shape

CONTEXT = multiprocessing.get_context("spawn")
READERS = 2
SECONDS = 4.0


class Writer:
    """Changes a store and remembers every state that it went through, as a search for all shapes shows it."""

    def __init__(self, store: Store, model: Any) -> None:
        self.store, self.model = store, model
        self.version = 0
        self.alive: dict[int, int] = {}  # number → key
        self.states: set[frozenset[tuple[str, int]]] = set()
        self.commit(range(20))

    def commit(self, numbers: Any) -> None:
        shapes = [new_shape(self.model, n, embedding=vector(n, self.version)) for n in numbers]
        self.store.commit(shapes)
        self.alive |= {n: self.store.shape(digest(n)).key for n in numbers}
        self.remember()

    def remove(self, number: int) -> None:
        self.store.remove(digest(number))
        del self.alive[number]
        self.remember()

    def replace(self) -> None:
        self.version += 1
        matrix = np.stack([vector(n, self.version) for n in self.alive])
        self.store.set_embeddings(list(self.alive.values()), matrix)
        self.remember()

    def remember(self) -> None:
        pairs = ((digest(n), place(float(vector(n, self.version)[0]))) for n in self.alive)
        self.states.add(frozenset(pairs))


@pytest.fixture
def quick_path(tmp_path: Path) -> Iterator[Path]:
    """A directory in memory where there is one: the quicker the files change, the more can go wrong."""
    with TemporaryDirectory(dir="/dev/shm" if os.path.isdir("/dev/shm") else tmp_path) as name:
        yield Path(name)


@pytest.mark.parametrize("backend", ["flat", "hnsw", "ivf", "rabitq"])
def test_no_reader_fails_while_one_writes(quick_path: Path, tiny_model: Any, backend: str) -> None:
    store = init_store(quick_path / "shapes.store", tiny_model)
    writer = Writer(store, tiny_model)
    index.build(store, backend=backend)
    results = CONTEXT.Queue()
    readers = started(read, store.url, digest(0), SECONDS, results)
    number = 20
    while results.qsize() < READERS and all(process.exitcode in (None, 0) for process in readers):
        writer.commit([number, number + 1])
        writer.remove(number)
        number += 2
        if number % 6 == 0:
            writer.replace()
        time.sleep(0.02)
    for searches, seen, errors in (results.get(timeout=60) for _ in readers):
        assert not errors, f"{len(errors)} of {searches} searches failed, first:\n{errors[0]}"
        assert len(seen) > 1
        if backend in ("ivf", "rabitq"):  # rows of 8 and 16 bits blur the scores
            assert {ids(state) for state in seen} <= {ids(state) for state in writer.states}
        else:
            assert seen <= writer.states
    for process in readers:
        process.join()


def test_many_that_find_an_index_stale_build_it_once(tmp_path: Path, tiny_model: Any) -> None:
    store = init_store(tmp_path / "shapes.store", tiny_model)
    Writer(store, tiny_model)
    start, results = CONTEXT.Barrier(READERS), CONTEXT.Queue()
    readers = started(open_together, store.url, start, results)
    actions = [results.get(timeout=60) for _ in range(READERS * 8)]
    assert sorted(actions) == sorted(["built"] + ["unchanged"] * (len(actions) - 1))
    for process in readers:
        process.join()


def test_whoever_dies_while_it_refreshes_holds_nobody_up(tmp_path: Path, tiny_model: Any) -> None:
    store = init_store(tmp_path / "shapes.store", tiny_model)
    Writer(store, tiny_model)
    results = CONTEXT.Queue()
    process = CONTEXT.Process(target=die_holding, args=(store.url, results))
    process.start()
    assert results.get(timeout=60) == "holding"
    process.join()
    assert process.exitcode == 9
    assert len(index.search(store, np.eye(8, dtype=np.float32)[0], k=5)[0].hits) == 5


def started(target: Any, *arguments: Any) -> list[Any]:
    readers = [CONTEXT.Process(target=target, args=arguments) for _ in range(READERS)]
    for process in readers:
        process.start()
    return readers


def ids(state: frozenset[tuple[str, int]]) -> frozenset[str]:
    return frozenset(id for id, _ in state)
