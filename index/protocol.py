"""What every index can do, whatever holds it: files, a database, memory. `index.registry` says how to add one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from inrstore.progress import OnProgress

if TYPE_CHECKING:
    from inrstore.store import Conditions, Store

Keys = NDArray[np.int64]
Matrix = NDArray[np.float32]
Scored = tuple[Keys, Keys, Matrix]
"""Places of queries, or keys, (m,); keys (m,); and their scores (m,)."""

NO_KEY = -1
"""Fills the places of a search answer for which there was no row."""


@dataclass(frozen=True)
class Status:
    """What an index is, how it stands against its store, and what the last refresh did; None where unknown."""

    name: str
    state: str
    """current, stale, missing, damaged or foreign (of another store)."""
    reason: str
    """Why it is in this state; of a current one, why it has this backend."""
    backend: str | None = None
    parameters: Mapping[str, Any] | None = None
    count: int | None = None
    """Rows."""
    dim: int | None = None
    encoder: str | None = None
    """Identity of the encoder whose embeddings it holds."""
    generation: int | None = None
    """Of the store when it was read."""
    bytes: int | None = None
    action: str | None = None
    """built, updated or unchanged; None if it was only looked at."""
    added: int | None = None
    removed: int | None = None
    seconds: float | None = None

    def to_dict(self) -> dict[str, Any]:
        """Plain data, without what is unknown."""
        return {name: value for name, value in asdict(self).items() if value is not None}


@dataclass(frozen=True, eq=False)
class Filter:
    """Which shapes may answer: those that fulfil every condition of `where`, as `Store.keys` takes them.

    A database puts the conditions into its query; whatever knows only keys asks for `keys`.
    """

    where: Conditions

    def keys(self, store: Store) -> Keys:
        """(n,) keys of the shapes that may answer, ascending."""
        return store.keys(self.where)

    def among(self, store: Store, keys: Keys) -> Keys:
        """Those of a few keys (m,) whose shapes may answer, ascending."""
        return store.keys_among(keys, self.where)


class Index(Protocol):
    """Nearest neighbours by cosine similarity among the embeddings of one store.

    Every row is a stored shape's embedding at length one, under the shape's key. Any number of processes may
    hold the same index: each method must answer from one state of the store, whatever others do meanwhile, and
    be safe in threads. Only `refresh` and `drop` change anything.
    """

    @property
    def dim(self) -> int:
        """Numbers of a row."""

    def refresh(self, *, anew: bool = False, on_progress: OnProgress | None = None) -> Status:
        """Bring the index up to date with the store, or build it `anew` whatever is there.

        Returns what it is now, with `action` set. It is quick where nothing has changed, for a search asks
        every time. Where many ask at once, one does the work. Errors: BadInput (no embeddings, or a setting
        that is unknown), NoEncoder, ModelMismatch (an index of another store).
        """

    def status(self) -> Status:
        """Compare the index with the store, and what it rests on with its checksums; changes nothing."""

    def search(self, queries: Matrix, k: int, only: Filter | None = None) -> tuple[Matrix, Keys]:
        """Scores (q, w), best first, and keys (q, w), for queries (q, d), mostly at length one.

        w is k, or less if there are not so many rows. Where a query has fewer than w answers, NO_KEY and minus
        infinity fill up.
        """

    def within(self, queries: Matrix, score: float, only: Filter | None = None) -> Iterator[Scored]:
        """All rows of `score` or more for queries (q, d) at length one, exactly, in blocks.

        A block holds places of queries (m,), keys (m,) and scores (m,), by place and best first; all answers to
        a query are in one block.
        """

    def pairs(self, score: float, only: Filter | None = None) -> Iterator[Scored]:
        """All pairs of rows of `score` or more, each once, exactly, in blocks: keys (m,), keys (m,), scores (m,)."""

    def vectors(self, keys: Keys) -> tuple[Keys, Matrix]:
        """Those of the keys whose rows the index holds unaltered (m,), and the rows (m, d); it may hold none."""

    def drop(self) -> None:
        """Take away all that the index keeps outside this process; nothing happens where there is nothing."""


class Backend(Protocol):
    """Makes an index: `name` tells a store's indexes apart.

    settings : how to build it, when it is built anew; None to open what is there, as it was built
    """

    def __call__(self, store: Store, name: str, settings: Mapping[str, Any] | None, /) -> Index: ...
