"""The surfaces of one search: of what asks and of what is found, each decoded once."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from typing import TYPE_CHECKING

from inrstore.errors import BadInput, EmptySurface
from inrstore.records import Failure, NewShape, Shape

from .results import Result
from .surfaces import HELD, decoded

if TYPE_CHECKING:
    from inrstore.store import Store
    from inrstore.surface.comparison import Surface


class Geometry:
    """Surfaces of queries and hits; the last few hundred stay. Shapes of files are `fitted`, by path."""

    def __init__(self, store: Store, fitted: Mapping[str, NewShape | Failure]) -> None:
        self.store, self.fitted = store, fitted
        self._known: OrderedDict[str, Surface | None] = OrderedDict()

    def asked(self, result: Result) -> Shape | NewShape | None:
        """What asked; None for a vector."""
        if result.id is not None:
            return self.store.shape(result.id)
        found = self.fitted.get(result.file) if result.file else None
        return None if isinstance(found, Failure) else found

    def query(self, result: Result) -> Surface | None:
        """That of what asked; None for a vector, and where the network has none."""
        if result.id is not None:
            return self.stored(result.id)
        shape = self.asked(result)
        try:
            return None if shape is None else decoded(self.store, shape)
        except EmptySurface:
            return None

    def demanded(self, result: Result, option: str) -> Surface:
        """That of what asked. Errors: BadInput, which names the option that needs it, if there is none."""
        found = self.query(result)
        if found is None:
            what = "its network has no surface to compare" if result.id or result.file else "a vector has no geometry"
            raise BadInput(f"{result.query}: {what}; leave out {option}, or ask with another shape")
        return found

    def stored(self, ref: str) -> Surface | None:
        """None if its network has no surface."""
        if ref not in self._known:
            try:
                self._known[ref] = decoded(self.store, self.store.shape(ref))
            except EmptySurface:
                self._known[ref] = None
            if len(self._known) > HELD:
                self._known.popitem(last=False)
        self._known.move_to_end(ref)
        return self._known[ref]
