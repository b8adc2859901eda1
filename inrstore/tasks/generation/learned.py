"""Codes that a generator learns from, with their classes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from inrstore.errors import BadInput
from inrstore.records import FloatArray
from inrstore.store import Conditions, Store

from ..codes import Codes
from ..trained import asked_for

LEAST = 8
"""Shapes that something can be learned from."""
GENERATED = "generated"
"""The tag of shapes that a generator made; no training on codes learns from them."""


@dataclass(frozen=True, eq=False)
class Learned:
    """Codes with their classes, and how they become numbers around zero."""

    keys: NDArray[np.int64]
    rows: FloatArray
    """(n, dim) of length one."""
    kind: NDArray[np.int64]
    """(n,) places in `names`, or their number for none."""
    names: tuple[str, ...]
    mean: FloatArray
    """(dim,)."""
    scale: float
    """One for all numbers: where nothing ever is they hardly differ, and are not to be blown up."""

    @classmethod
    def of(cls, codes: Codes, label: str | None, where: Conditions | None, split: str | None = None) -> Learned:
        """Errors: BadInput for too few shapes, or where none has a label, or some have no code yet."""
        keys, known = learnable(codes.store, label, where, split)
        rows, names = codes.of_keys(keys), sorted({known[key] for key in keys.tolist() if key in known})
        places = {name: place for place, name in enumerate(names)}
        kind = np.array([places[known[key]] if key in known else len(names) for key in keys.tolist()], np.int64)
        mean = rows.mean(axis=0)
        return cls(keys, rows, kind, tuple(names), mean, float((rows - mean).std()) or 1.0)

    def counts(self) -> list[int]:
        """How many shapes each class has, and how many none."""
        counts: list[int] = np.bincount(self.kind, minlength=len(self.names) + 1).tolist()
        return counts

    def described(self, store: Store, where: Conditions | None) -> dict[str, Any]:
        """What a card says of them."""
        *counts, unlabelled = self.counts()
        classes = {"classes": dict(zip(self.names, counts, strict=True)), "unlabelled": unlabelled}
        return {"store": store.id, "shapes": len(self.keys), **(classes if self.names else {}), **asked_for(where)}


def learnable(
    store: Store, label: str | None, where: Conditions | None, split: str | None = None
) -> tuple[NDArray[np.int64], dict[int, str]]:
    """(n,) keys of the shapes that a generator is to learn from, ascending, and labels by key. They need no codes yet.

    Errors: BadInput for too few, or where none has a label that is asked for.
    """
    keys = np.sort(np.concatenate([np.empty(0, np.int64), *(own for _, _, own in store.encodable())]))
    if where is not None:
        keys = keys[np.isin(keys, store.keys(where))]
    made, sides = store.values(GENERATED), {} if split is None else store.values(split)
    own = [key not in made and (split is None or sides.get(key) == "train") for key in keys.tolist()]
    keys = keys[np.array(own, bool)]
    if len(keys) < LEAST:
        tagged = "" if split is None else f" in which the tag {split!r} is train"
        raise BadInput(
            f"there are {len(keys)} shapes to learn from{tagged}, and a generator needs {LEAST}: ingest more, or ask "
            "for less with --where"
        )
    known = {} if label is None else store.values(label)
    if label is not None and not any(key in known for key in keys.tolist()):
        raise BadInput(
            f"no such shape has a {label!r}: give some with 'inrstore label', or train without --label, which asks "
            "for no class"
        )
    return keys, known


class Lessons:
    """Draws codes and their classes."""

    def __init__(self, learned: Learned, batch: int, without: float, device: str = "cpu") -> None:
        """So many at once; a class is left out so often."""
        self.rows = torch.from_numpy((learned.rows - learned.mean) / np.float32(learned.scale)).to(device)
        self.kind, self.none = torch.from_numpy(learned.kind).to(device), len(learned.names)
        self.batch, self.without = batch, without

    def draw(self) -> tuple[Tensor, Tensor]:
        """(b, dim) and (b,)."""
        chosen = torch.randint(len(self.rows), (self.batch,))
        left_out = torch.rand(self.batch) < self.without
        return self.rows[chosen], self.kind[chosen].masked_fill(left_out.to(self.kind.device), self.none)
