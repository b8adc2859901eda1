"""The surfaces of one search: of what asks and of what is found."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from inrstore.errors import BadInput, EmptySurface
from inrstore.records import Failure, NewShape, Shape
from inrstore.surface.decoded import decoded

from .results import Result
from .surfaces import Surfaces

if TYPE_CHECKING:
    from inrstore.store import Store
    from inrstore.surface.comparison import Surface


class Geometry:
    """Surfaces of queries, of which those of files are `fitted` by path, and of hits."""

    def __init__(self, store: Store, fitted: Mapping[str, NewShape | Failure]) -> None:
        self.store, self.fitted = store, fitted
        self._shapes: dict[int, Shape | NewShape] = {}
        self._surfaces = Surfaces(store, self._shapes)

    def asked(self, result: Result) -> Shape | NewShape | None:
        """What asked; None for a vector."""
        if result.id is not None:
            return self.store.shape(result.id)
        found = self.fitted.get(result.file) if result.file else None
        return None if isinstance(found, Failure) else found

    def query(self, result: Result) -> Surface | None:
        """That of what asked; None for a vector, and where the network has none."""
        shape = self.asked(result)
        if isinstance(shape, Shape):
            return self.stored(shape.key)
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

    def shapes(self, keys: list[int]) -> dict[int, Shape]:
        """Those of them that are still stored."""
        found = self.store.shapes_by_key(keys)
        self._shapes.update(found)
        return found

    def stored(self, key: int) -> Surface | None:
        """None if its network has no surface, or it is no longer stored."""
        if key not in self._shapes and key not in self.shapes([key]):
            return None
        try:
            return self._surfaces[key]
        except EmptySurface:
            return None
