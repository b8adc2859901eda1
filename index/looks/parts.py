"""The parts of a composed query, each a direction from the middle of the embeddings."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from inrstore.errors import BadInput, ModelNotFound
from inrstore.progress import OnProgress
from inrstore.records import FloatArray

from ..asking import embeddings
from .answer import Weighed
from .heads import IMAGE, TEXT, ask_pictures, ask_texts, head_of
from .picture import Picture, noted, taken_in

if TYPE_CHECKING:
    from inrstore.store import Store
    from inrstore.tasks.crossmodal.head import QueryHead

    from ..queries import Queries

KINDS = ("like", "text", "image", "not")
SAMPLE = 4_096
"""Embeddings whose mean stands for that of all."""
MOST = 32
"""Parts of one kind."""


@dataclass(frozen=True, eq=False)
class Part:
    about: Weighed
    direction: FloatArray
    """(d,) of length one."""
    key: int | None = None
    """Of the stored shape that it is."""


def weights_of(given: Mapping[str, float] | None) -> dict[str, float]:
    """Of all kinds. Errors: BadInput."""
    given = given or {}
    for name, value in given.items():
        if name not in KINDS:
            raise BadInput(f"weights: {name!r} is no kind of part; give {', '.join(KINDS)}")
        if not math.isfinite(value) or value < 0:
            raise BadInput(f"weights: {name} is {value}; give a number of zero or more, and what is not meant as not")
    return {name: float(given.get(name, 1.0)) for name in KINDS}


class Parts:
    """Gathers them; `finished` has them all."""

    def __init__(self, store: Store, weights: Mapping[str, float], up: str, on_progress: OnProgress | None) -> None:
        self.store, self._weights = store, weights
        self._reading = (up, on_progress)
        self._heads: dict[str, QueryHead] = {}
        self._made: list[Part] = []
        self._rows: list[Part] = []
        """Of shapes, as they are embedded: the middle is known last."""
        self._middle: FloatArray | None = None
        self.notes: list[str] = []

    def words(self, texts: Sequence[str], by: str) -> None:
        """Errors: BadInput; as `ask_texts`."""
        texts = [texts] if isinstance(texts, str) else list(texts)
        _few(texts, "texts")
        if not texts:
            return
        if not all(text.strip() for text in texts):
            raise BadInput("a text is empty: say what to look for")
        self._heads[TEXT], asked = ask_texts(self.store, texts)
        self._made += [Part(self._about(by, text), row) for text, row in zip(texts, asked.vectors, strict=True)]

    def pictures(self, pictures: Sequence[Picture]) -> None:
        """Errors: BadInput; as `ask_pictures`."""
        if not isinstance(pictures, (str, bytes)) and not hasattr(pictures, "__fspath__") and not len(pictures):
            return
        taken, names = taken_in(pictures)
        self._heads[IMAGE], asked = ask_pictures(self.store, taken)
        self._made += [Part(self._about("image", name), row) for name, row in zip(names, asked.vectors, strict=True)]
        self.notes += noted(taken, names)

    def shapes(self, queries: Queries, by: str) -> None:
        """Errors: BadInput; as `index.search`."""
        if isinstance(queries, (tuple, list)) and not queries:
            return
        up, on_progress = self._reading
        asked, failures = embeddings(self.store, queries, up=up, on_progress=on_progress)
        if failures:
            raise BadInput(f"{failures[0].path}: {failures[0].reason}")
        _few(asked, "shapes")
        self._rows += [Part(self._about(by, one.query), one.rows[0], one.key) for one in asked]

    def finished(self) -> list[Part]:
        """All, shapes first. Errors: BadInput if nothing is asked for, or a shape is the middle itself."""
        shapes = [replace(part, direction=self._away(part)) for part in self._rows]
        parts = sorted([*shapes, *self._made], key=lambda part: KINDS.index(part.about.by))
        if not any(part.about.weight > 0 for part in parts):
            raise BadInput("a query is composed of something that is looked for: give a shape, words or a picture")
        return parts

    def middle(self) -> FloatArray:
        """(d,) of the embeddings, see `search_composed`."""
        if self._middle is None:
            self._middle = self._found_middle()
        return self._middle

    def _found_middle(self) -> FloatArray:
        for kind in (TEXT, IMAGE):
            if kind in self._heads:
                return self._heads[kind].space.middle
        for kind in (TEXT, IMAGE):
            with suppress(ModelNotFound):
                return head_of(self.store, kind).space.middle
        keys = self.store.embedding_keys()
        some = keys[:: max(1, math.ceil(len(keys) / SAMPLE))]
        return np.asarray(self.store.embeddings(some)[1].mean(axis=0))

    def _away(self, part: Part) -> FloatArray:
        away = part.direction - self.middle()
        length = float(np.linalg.norm(away))
        if length < 1e-6:
            raise BadInput(f"{part.about.name} is the middle of what there is, so that nothing is more like it")
        return np.asarray(away / length, np.float32)

    def _about(self, by: str, name: str) -> Weighed:
        return Weighed(by, name, -self._weights[by] if by == "not" else self._weights[by])


def _few(given: Sequence[object], what: str) -> None:
    if len(given) > MOST:
        raise BadInput(f"{len(given)} {what}: a query has {MOST} at most")
