"""The networks of a store as what an encoder is trained on: without the sources, and read once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from inrstore.errors import BadInput
from inrstore.files import atomic_path
from inrstore.progress import Meter, OnProgress
from inrstore.records import FloatArray

if TYPE_CHECKING:
    from inrstore.model import Base
    from inrstore.store import Conditions, Store

    from .trainable import Trainable

BLOCK = 256
"""Networks that are read at once."""
NO_LABELS = "none"
LEAST = 8
"""Shapes; with fewer neither a training nor a validation says anything."""


@dataclass(frozen=True)
class Networks:
    """The encoded networks of one base of a store, in the order of their shapes' keys within each field."""

    store: Store
    base: Base
    keys: NDArray[np.int64]
    """(n,)."""
    fields: tuple[str, ...]
    """Of each."""
    label: Tensor
    """(n,) int64, a place in `names`; −1 for none."""
    names: tuple[str, ...]
    object: Tensor
    """(n,) int64; networks of one number are of one object."""
    again: FloatArray | None = None
    """Whole weights (m, W) of the last m, which are refits; the others' are the store's."""

    @classmethod
    def of(
        cls, store: Store, labels: str = NO_LABELS, where: Conditions | None = None, same: str | None = None
    ) -> Networks:
        """All that the store would encode, or those of which `where` holds (see `inrstore.store.shapes.Shapes`).

        labels : none, label, or the name of a tag whose values are the classes
        same : a tag whose values name the object, where several shapes are of one; by default each is of its own

        Raises
        ------
        BadInput
            If there are too few, nothing has such a label, or they are of several bases.
        """
        some = store.encodable()
        if where is not None:
            only = store.keys(where)
            some = [(base, field, keys[np.isin(keys, only)]) for base, field, keys in some]
            some = [one for one in some if len(one[2])]
        if len({base for base, _, _ in some}) > 1:
            raise BadInput("the store's networks are of several bases; train on a store of one")
        count = sum(len(keys) for _, _, keys in some)
        if count < LEAST:
            raise BadInput(f"a training needs at least {LEAST} stored shapes, and there are {count}")
        keys = np.concatenate([keys for _, _, keys in some])
        fields = tuple(field for _, field, keys in some for _ in keys)
        values = {} if labels == NO_LABELS else store.values(labels)
        classes = [values.get(int(key)) for key in keys]
        names = tuple(sorted({name for name in classes if name}))
        if labels != NO_LABELS and len(names) < 2:
            raise BadInput(
                f"{labels}: the shapes are of {len(names)} classes, and a training needs two at least; give them "
                "with `inrstore label` or `inrstore tag`, or train with --labels none"
            )
        place = {name: index for index, name in enumerate(names)}
        numbers = torch.tensor([place[name] if name else -1 for name in classes])
        return cls(store, store.base(some[0][0]), keys, fields, numbers, names, _objects(store, keys, same))

    def __len__(self) -> int:
        return len(self.keys)

    def blocks(self) -> Iterator[tuple[slice, str, Tensor]]:
        """Rows of one field, the field, and their whole weights (k, W)."""
        again: FloatArray = np.empty((0, self.base.siren.size), np.float32) if self.again is None else self.again
        stored = len(self) - len(again)
        for rows in one_field(self.fields[:stored], BLOCK):
            yield rows, self.fields[rows.start], torch.from_numpy(self.store.weights(self.keys[rows]))
        for rows in one_field(self.fields[stored:], BLOCK):
            place = slice(stored + rows.start, stored + rows.stop)
            yield place, self.fields[place.start], torch.from_numpy(np.array(again[rows]))

    def split(self, held_out: float, seed: int) -> tuple[Tensor, Tensor]:
        """Rows to learn from and rows to validate with, drawn by the seed; no object is in both."""
        objects = self.object.unique()
        order = torch.from_numpy(np.random.default_rng(seed).permutation(len(objects)))
        held = torch.isin(self.object, objects[order[: max(2, round(len(objects) * held_out))]])
        return (~held).nonzero()[:, 0], held.nonzero()[:, 0]


def one_field(fields: Sequence[str], most: int) -> Iterator[slice]:
    """Runs of equal fields, of at most so many."""
    start = 0
    while start < len(fields):
        end = start + 1
        while end < min(len(fields), start + most) and fields[end] == fields[start]:
            end += 1
        yield slice(start, end)
        start = end


def _objects(store: Store, keys: NDArray[np.int64], same: str | None) -> Tensor:
    """(n,) of which object each shape is. Errors: BadInput if no shape has the tag."""
    if same is None:
        return torch.arange(len(keys))
    values = store.values(same)
    names = [values.get(int(key), int(key)) for key in keys]
    if not any(int(key) in values for key in keys):
        raise BadInput(f"no shape has a tag {same!r} that names its object; give it with `inrstore tag`")
    place = {name: number for number, name in enumerate(dict.fromkeys(names))}
    return torch.tensor([place[name] for name in names])


def features(
    networks: Networks, encoder: Trainable, path: Path, on_progress: OnProgress | None, device: str = "cpu"
) -> Tensor:
    """(n, …) what the encoder keeps of every network, from the file if it is there: larger than memory is possible."""
    if not path.exists():
        meter = Meter(on_progress, len(networks), stage="reading networks")
        with atomic_path(path) as temporary:
            kept = None
            for rows, field, weights in networks.blocks():
                some = encoder.features(field, weights.to(device)).cpu().numpy()
                if kept is None:
                    size = (len(networks), *some.shape[1:])
                    kept = np.lib.format.open_memmap(temporary, "w+", some.dtype, size)
                kept[rows] = some
                meter.step(count=len(some))
            assert kept is not None
            kept.flush()
    return torch.from_numpy(np.load(path, mmap_mode="c"))  # private, so that nothing writes to the file
