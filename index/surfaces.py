"""Decoded surfaces of stored shapes and of files, as many at once as fit, and their signatures, which all do."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from inrstore.errors import BadInput, EmptySurface
from inrstore.progress import Meter, OnProgress
from inrstore.records import Failure, NewShape, Shape

if TYPE_CHECKING:
    from inrstore.store import Store
    from inrstore.surface.comparison import Surface

Signatures = dict[int, NDArray[np.float64]]
HELD = 1024
"""Surfaces, of about half a megabyte each. With 256, a quarter of the time that 562 electronic parts took went into
decoding again."""
COMPANION = "signatures"
"""They stay with the store object, so that a second call decodes only what is new."""


class Surfaces:
    """By the key of a stored shape; those of files by a number below zero. The last thousand stay."""

    def __init__(self, store: Store, shapes: Mapping[int, Shape | NewShape]) -> None:
        self.store, self.shapes = store, shapes
        self.failures: list[Failure] = []
        self._held: OrderedDict[int, Surface] = OrderedDict()

    def __getitem__(self, key: int) -> Surface:
        """Errors: EmptySurface, CorruptShard."""
        if key not in self._held:
            self._held[key] = decoded(self.store, self.shapes[key])
            if len(self._held) > HELD:
                self._held.popitem(last=False)
        self._held.move_to_end(key)
        return self._held[key]

    def signatures(self, keys: Iterable[int], on_progress: OnProgress | None = None) -> Signatures:
        """(d,) of each; a shape without a surface goes to `failures`."""
        known: Signatures = self.store.companions.setdefault(COMPANION, {})
        wanted = list(keys)
        found: Signatures = {}
        meter = Meter(on_progress, len(wanted), stage="decoding")
        for key in wanted:
            try:
                found[key] = known[key] if key in known else self[key].signature()
            except (EmptySurface, BadInput) as error:
                self.failures.append(Failure(self._name(key), str(error), "decoding"))
            meter.step(self._name(key), failed=len(self.failures))
        known.update((key, row) for key, row in found.items() if key > 0)
        return found

    def _name(self, key: int) -> str:
        shape = self.shapes[key]
        return next(iter(shape.sources), shape.name) if isinstance(shape, Shape) else shape.source


def decoded(store: Store, shape: Shape | NewShape) -> Surface:
    """The surface of a stored shape, or of one that is not. Errors: EmptySurface, CorruptShard."""
    from inrstore.surface.comparison import Surface
    from inrstore.surface.export import shape_inr
    from inrstore.surface.extraction import inr_field

    inr = shape_inr(store, shape)
    return Surface.of(inr_field(inr.siren, inr.weights), inr.field)
