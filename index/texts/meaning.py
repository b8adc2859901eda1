"""What words mean: the vectors of what shapes are called, kept current and searched exactly.

They are in the store (`Store.set_words`), and here, for as long as the store object lives, as one matrix: 1.5 kB a
shape. A search makes the vectors that are missing, if these are few.
"""

from __future__ import annotations

import threading
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from inrstore.errors import MissingDependency, StorageFailed, StorageFull
from inrstore.progress import Meter, OnProgress
from inrstore.towers import TEXT, TextTower, text_tower

from ..beside import beside, product, ranked

if TYPE_CHECKING:
    from inrstore.store import Conditions, Store

FLOOR, FURTHER = 0.42, 0.35
"""Cosine below which nothing is like a text, by what is nearest to it; and below which no further shape is, once
something is. See `benchmarks/words.py` and `benchmarks/words_furniture.py`."""
AT_ONCE = 200
"""Missing vectors that a search makes itself, in half a second; more are for `inrstore encode --words`."""
BLOCK = 2_000
KIND = "words"
"""Of the encoder that the vectors are of."""
Keys = NDArray[np.int64]


@dataclass(frozen=True)
class Worded:
    """What `encode_words` did."""

    encoded: int
    tower: str
    without: int
    """Shapes whose name, label and tags hold no word."""


def encode_words(store: Store, tower: str | None = None, on_progress: OnProgress | None = None) -> Worded:
    """Makes the vectors that are missing of what the store's shapes are called.

    `tower` is one of `inrstore.towers`, by default that of the store, else the packaged; another one makes them all
    anew. What was made is kept when this is stopped. Errors: MissingDependency without the extra `text`; BadInput.
    """
    from inrstore.model.encoders import EncoderPart  # brings torch
    from inrstore.model.encoders.words import WordsEncoder

    own = _tower_of(store)
    wanted = text_tower(tower or (own.name if own else TEXT))
    if own is None or own.id != wanted.id:
        store.use_beside(EncoderPart.of(wanted.name, WordsEncoder(wanted.name, wanted.id, wanted.dim), store.base()))
    encoder = store.beside(KIND)
    assert encoder is not None  # it was there, or was chosen above
    missing = _missing(store, encoder)
    meter = Meter(on_progress, len(missing), stage="encoding words")
    done = without = 0
    for start in range(0, len(missing), BLOCK):
        some = missing[start : start + BLOCK]
        made, empty = _encode(store, wanted, some)
        done, without = done + made, without + empty
        meter.step(count=len(some))
    return Worded(done, wanted.name, without)


class Meanings:
    """The vectors of one store, open with it. `meanings` makes one."""

    def __init__(self, store: Store) -> None:
        self._store, self._guard = store, threading.Lock()
        self._filled: tuple[str, str] | None = None
        """The encoder and version of which `_left` is known."""
        self._left = 0

    def best(
        self, text: str, count: int, where: Conditions | None = None, fill: bool = True
    ) -> tuple[list[tuple[int, float]], int] | None:
        """Keys and cosines, best first, of shapes whose words are near a text; and how many have no vector yet.

        With `fill` the vectors that are missing are made and stored, if they are few.
        None where the store has no such vectors. Errors: MissingDependency, where it has, but no tower is here.
        """
        tower, own = _tower_of(self._store), self._store.beside(KIND)
        if tower is None or own is None:
            return None
        query = tower.encode([text])[0]
        with self._guard:
            left = self._fill(tower, own, fill)
        keys, rows = beside(self._store, KIND).rows(own, tower.dim)
        if not len(keys):
            return [], left
        scores = product(rows, query)
        if scores.max() < FLOOR:
            return [], left
        return ranked(self._store, keys, scores, count, where, FURTHER), left

    def _fill(self, tower: TextTower, own: str, fill: bool) -> int:
        """How many shapes are left without a vector."""
        version = self._store.version()
        may_fill = fill and 0 < self._left <= AT_ONCE
        if (own, version) == self._filled and not may_fill:
            return self._left
        missing = _missing(self._store, own)
        if fill and 0 < len(missing) <= AT_ONCE:
            with suppress(StorageFull, StorageFailed):  # then they are missing still, which is said
                _encode(self._store, tower, missing)
            missing = _missing(self._store, own)
        self._left, self._filled = len(missing), (own, version)
        return self._left


def meanings(store: Store) -> Meanings:
    """Those that are kept open with the store object."""
    found = store.companions.setdefault("meanings", Meanings(store))
    assert isinstance(found, Meanings)
    return found


def _tower_of(store: Store) -> TextTower | None:
    """The tower of the store's vectors of words, if it has some. Errors: MissingDependency."""
    if (own := store.beside(KIND)) is None:
        return None
    settings = store.encoder(own).settings["settings"]
    tower = text_tower(str(settings["tower"]))
    if tower.id != settings["tower_id"]:
        raise MissingDependency(
            f"the store's words are of another {settings['tower']} than is here; run `inrstore encode --words`"
        )
    return tower


def _missing(store: Store, encoder: str) -> Keys:
    """Of shapes without a vector; what holds no word keeps one of zeros, so that it is not asked again."""
    return np.setdiff1d(store.keys(), store.beside_since(encoder)[0], assume_unique=True)


def _encode(store: Store, tower: TextTower, keys: Keys) -> tuple[int, int]:
    """How many vectors were set, and how many of these are of nothing."""
    if not (said := store.sentences(keys)):  # they were removed meanwhile
        return 0, 0
    texts = sorted({text for text in said.values() if text})
    known = dict(zip(texts, tower.encode(texts), strict=True))
    nothing = np.zeros(tower.dim, np.float32)
    empty = sum(not text for text in said.values())
    return store.set_words(said, np.stack([known.get(text, nothing) for text in said.values()])), empty
