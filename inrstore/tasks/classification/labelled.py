"""Stored embeddings with their classes, and which of them a training learns from."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from inrstore.errors import BadInput, NoEncoder
from inrstore.records import FloatArray

from ..trained import asked_for

if TYPE_CHECKING:
    from inrstore.store import Conditions, Store

Places = NDArray[np.int64]
Split = tuple[Places, Places]
"""Rows that are learned from, and rows that are asked then."""
MANY = 2_000
"""From so many shapes on a tenth of them, once, says enough; of fewer each is asked once, in folds."""
FOLDS = 5


@dataclass(frozen=True, eq=False)
class Labelled:
    """Embeddings of shapes that have a class."""

    keys: NDArray[np.int64]
    """(n,)."""
    rows: FloatArray
    """(n, d) of length one."""
    label: Places
    """(n,) places in `names`."""
    names: tuple[str, ...]
    """The classes, in the order of their names."""

    @classmethod
    def of(cls, store: Store, label: str = "label", where: Conditions | None = None) -> Labelled:
        """Those of a store whose label, or tag of this name, is known.

        Errors: NoEncoder; BadInput if there are none.
        """
        known = store.values(label, where)
        keys, rows = store.embeddings()
        both = np.isin(keys, np.fromiter(known, np.int64, count=len(known)))
        if not both.any():
            raise BadInput(_none(store, label, len(known), where))
        names, places = np.unique([known[int(key)] for key in keys[both]], return_inverse=True)
        return cls(keys[both], unit(rows[both]), places.astype(np.int64), tuple(map(str, names)))

    def __len__(self) -> int:
        return len(self.keys)

    def at(self, places: NDArray[np.generic]) -> Labelled:
        """Some of the rows, with all of the names."""
        return Labelled(self.keys[places], self.rows[places], self.label[places], self.names)

    def trimmed(self) -> Labelled:
        """Itself, without names that no row has."""
        there, places = np.unique(self.label, return_inverse=True)
        names = tuple(self.names[place] for place in there)
        return Labelled(self.keys, self.rows, places.astype(np.int64), names)

    def counts(self) -> NDArray[np.int64]:
        """(c,) how many shapes each class has."""
        return np.bincount(self.label, minlength=len(self.names)).astype(np.int64)

    def described(self, store: Store, where: Conditions | None) -> dict[str, Any]:
        """What a card says of the shapes that a head has learned from."""
        counts = dict(zip(self.names, self.counts().tolist(), strict=True))
        return {"store": store.id, "shapes": len(self), "classes": counts, **asked_for(where)}

    def check(self) -> Labelled:
        """Itself, if classes can be told apart by it and that can be measured. Errors: BadInput."""
        _check(dict(zip(self.names, self.counts().tolist(), strict=True)))
        return self

    def splits(self, seed: int) -> list[Split]:
        """How the rows are parted to learn from some and ask others: five folds, or of `MANY` one tenth, by class."""
        fold = self._folds(FOLDS if len(self) < MANY else 10, seed)
        asked = range(FOLDS) if len(self) < MANY else range(1)
        return [(np.flatnonzero(fold != one), np.flatnonzero(fold == one)) for one in asked]

    def _folds(self, count: int, seed: int) -> Places:
        """(n,) a fold of each row; those of a class are spread evenly."""
        generator = np.random.default_rng(seed)
        fold = np.empty(len(self), np.int64)
        begin = 0  # classes of few go to different folds, too
        for place in generator.permutation(len(self.names)):
            mine = generator.permutation(np.flatnonzero(self.label == place))
            fold[mine] = (begin + np.arange(len(mine))) % count
            begin += len(mine)
        return fold


def check_labels(store: Store, label: str = "label", where: Conditions | None = None) -> None:
    """Refuse what `train_classifier` would, as far as the catalogue knows it; no embedding is read.

    Errors: NoEncoder; BadInput if there are no such labels, or too few.
    """
    if store.encoder_id is None:
        raise NoEncoder("the store has no encoder, so its shapes have no embeddings to learn from")
    known = store.values(label, where)
    if not known:
        raise BadInput(_none(store, label, 0, where))
    _check(Counter(known.values()))


def _check(counts: Mapping[str, int]) -> None:
    """Shapes by class. Errors: BadInput."""
    if sum(count > 1 for count in counts.values()) < 2:
        there = ", ".join(f"{name} {count}" for name, count in counts.items())
        raise BadInput(
            f"there is nothing to tell apart: of {len(counts)} classes ({there[:200]}) two need two shapes or "
            "more each; label more with 'inrstore label', or name the tag that holds the classes"
        )


def unit(rows: NDArray[np.floating]) -> FloatArray:
    """Rows of length one; a row of zeros stays."""
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    found: FloatArray = (rows / np.maximum(lengths, 1e-12)).astype(np.float32)
    return found


def _none(store: Store, label: str, known: int, where: Conditions | None) -> str:
    among = " that fulfils the conditions" if where else ""
    if known:
        return f"none of the {known} shapes with a {label!r}{among} has an embedding: run 'inrstore encode'"
    tags = "" if label == "label" else f"; is {label!r} the tag's name?"
    return f"no shape{among} has a {label!r}: give some with 'inrstore label', or ingest with --labels-from{tags}"
