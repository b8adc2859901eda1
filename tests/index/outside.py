"""A backend as somebody else would write it: it keeps its rows in memory, and knows nothing of files."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from index import Filter, Status, exact
from index.protocol import Keys, Matrix, Scored
from inrstore.progress import OnProgress, tell


class InMemory:
    def __init__(self, store: Any, name: str, settings: Mapping[str, Any] | None) -> None:
        self.store, self.name, self.settings = store, name, dict(settings or {})
        self.state: tuple[int, Keys, Matrix] | None = None
        self.filters: list[Filter] = []
        self.turn = threading.Lock()

    @property
    def dim(self) -> int:
        return self._rows()[1].shape[1]

    def refresh(self, *, anew: bool = False, on_progress: OnProgress | None = None) -> Status:
        with self.turn:
            generation = self.store.generation()
            stale = anew or self.state is None or self.state[0] != generation
            if stale:
                tell(on_progress, "reading")
                self.state = (generation, *self.store.embeddings())
            return self._status("current", "built" if stale else "unchanged")

    def status(self) -> Status:
        current = self.state is not None and self.state[0] == self.store.generation()
        return self._status("current" if current else "stale", None)

    def search(self, queries: Matrix, k: int, only: Filter | None = None) -> tuple[Matrix, Keys]:
        keys, matrix = self._rows(only)
        scores = queries @ matrix.T
        order = np.argsort(-scores, axis=1)[:, :k]
        return np.take_along_axis(scores, order, axis=1), keys[order]

    def within(self, queries: Matrix, score: float, only: Filter | None = None) -> Iterator[Scored]:
        return exact.within(*self._rows(only), queries, score)

    def pairs(self, score: float, only: Filter | None = None) -> Iterator[Scored]:
        return exact.pairs(*self._rows(only), score)

    def vectors(self, keys: Keys) -> tuple[Keys, Matrix]:
        return np.empty(0, np.int64), np.empty((0, self.dim), np.float32)

    def drop(self) -> None:
        self.state = None

    def _rows(self, only: Filter | None = None) -> tuple[Keys, Matrix]:
        assert self.state
        _, keys, matrix = self.state
        if only is None:
            return keys, matrix
        self.filters.append(only)
        allowed = np.isin(keys, only.keys(self.store))
        return keys[allowed], matrix[allowed]

    def _status(self, state: str, action: str | None) -> Status:
        count = None if self.state is None else len(self.state[1])
        generation = None if self.state is None else self.state[0]
        return Status(
            self.name,
            state,
            "kept in memory",
            backend=self.settings.get("called", "memory"),
            parameters=self.settings,
            count=count,
            generation=generation,
            action=action,
        )
