"""Readers in many processes while one writes: none fails, none sees a mixture, and an index is built once."""

from __future__ import annotations

import multiprocessing
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import index
from inrstore.store import Store, init_store
from tests.index.reading import place, read, vector
from tests.shapes import digest, new_shape

READERS = 2
SECONDS = float(__import__("os").environ.get("SECS", 4))


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
        self.store.replace_embeddings(list(self.alive.values()), matrix)
        self.remember()

    def remember(self) -> None:
        pairs = ((digest(n), place(float(vector(n, self.version)[0]))) for n in self.alive)
        self.states.add(frozenset(pairs))


@pytest.mark.parametrize("backend", ["flat", "hnsw", "ivf"])
def test_no_reader_fails_while_one_writes(tmp_path: Path, tiny_model: Any, backend: str) -> None:
    store = init_store(tmp_path / "shapes.store", tiny_model)
    writer = Writer(store, tiny_model)
    index.build(store, backend=backend)
    context = multiprocessing.get_context("spawn")
    results = context.Queue()
    arguments = (store.url, digest(0), SECONDS, backend, results)
    readers = [context.Process(target=read, args=arguments) for _ in range(READERS)]
    for process in readers:
        process.start()
    number = 20
    while any(process.is_alive() for process in readers) and results.qsize() < READERS:
        writer.commit([number, number + 1])
        writer.remove(number)
        number += 2
        if number % 6 == 0:
            writer.replace()
        time.sleep(0.02)
    for _ in readers:
        searches, seen, errors = results.get(timeout=60)
        assert not errors, f"{len(errors)} of {searches} searches failed, first:\n{errors[0]}"
        assert searches > 10 and len(seen) > 1
        mixed = seen - writer.states
        print(searches, len(seen), len(mixed), len(writer.states))
        if backend != "ivf":
            assert not mixed
    for process in readers:
        process.join()
