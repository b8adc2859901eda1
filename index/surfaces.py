"""Decoded surfaces of stored shapes and of files, as many at once as fit, and their signatures, which all do."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from inrstore.errors import BadInput, EmptySurface
from inrstore.progress import Meter, OnProgress
from inrstore.records import Failure, NewShape, Shape
from inrstore.surface.decoded import decoded

if TYPE_CHECKING:
    from inrstore.store import Store
    from inrstore.surface.comparison import Surface

Signatures = dict[int, NDArray[np.float64]]
HELD = 1024
"""Surfaces, of about half a megabyte each. With 256, a quarter of the time that 562 electronic parts took went into
decoding again."""
COMPANION = "signatures"
"""They stay with the store object, so that a second call decodes only what is new."""


Decode = Callable[[Mapping[int, Shape | NewShape]], "Iterator[tuple[int, Surface | str]]"]
"""From shapes by their keys to the surface of each, or why it has none, in any order: `ingest.decoding`, say."""


class Surfaces:
    """By the key of a stored shape; those of files by a number below zero. The last thousand stay."""

    def __init__(self, store: Store, shapes: Mapping[int, Shape | NewShape], decode: Decode | None = None) -> None:
        self.store, self.shapes, self._decode = store, shapes, decode or self._here
        self.failures: list[Failure] = []
        self._held: OrderedDict[int, Surface] = OrderedDict()

    def __getitem__(self, key: int) -> Surface:
        """Errors: EmptySurface, CorruptShard."""
        if key not in self._held:
            self._hold(key, decoded(self.store, self.shapes[key]))
        self._held.move_to_end(key)
        return self._held[key]

    def _hold(self, key: int, surface: Surface) -> None:
        self._held[key] = surface
        if len(self._held) > HELD:
            self._held.popitem(last=False)

    def signatures(self, keys: Iterable[int], on_progress: OnProgress | None = None) -> Signatures:
        """(d,) of each; a shape without a surface goes to `failures`."""
        known: Signatures = self.store.companions.setdefault(COMPANION, {})
        wanted = list(keys)
        found: Signatures = {key: known[key] for key in wanted if key in known}
        meter = Meter(on_progress, len(wanted), stage="decoding")
        meter.resume(len(found))
        missing = {key: self.shapes[key] for key in wanted if key not in found}
        for key, surface in self._decode(missing) if missing else ():
            if isinstance(surface, str):
                self.failures.append(Failure(self._name(key), surface, "decoding"))
            else:
                self._hold(key, surface)
                found[key] = surface.signature()
            meter.step(self._name(key), failed=len(self.failures))
        known.update((key, row) for key, row in found.items() if key > 0)
        return {key: found[key] for key in wanted if key in found}

    def _here(self, shapes: Mapping[int, Shape | NewShape]) -> Iterator[tuple[int, Surface | str]]:
        for key, shape in shapes.items():
            try:
                yield key, decoded(self.store, shape)
            except (EmptySurface, BadInput) as error:
                yield key, str(error)

    def _name(self, key: int) -> str:
        shape = self.shapes[key]
        return next(iter(shape.sources), shape.name) if isinstance(shape, Shape) else shape.source
