"""Files that ask: their vectors in every pose, and where geometry counts, what they would be stored as."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from inrstore.queries import Reading, file_encoder
from inrstore.records import Failure, FloatArray, NewShape

if TYPE_CHECKING:
    from inrstore.store import Store

    from .poses import Turner


@dataclass(frozen=True)
class Files:
    """How the files of one search are read; see `index.search` for what these are."""

    store: Store
    turner: Turner
    geometry: bool
    """Whether what they would be stored as is kept in `fitted`, by path."""
    reading: Reading
    fitted: dict[str, NewShape | Failure] = field(default_factory=dict, init=False)

    def embed(self, paths: list[str]) -> list[FloatArray | Failure]:
        """For every path (p, d) in all poses, or (d,) as it is where that is all, or why it has none."""
        encoder, turns = file_encoder(self.store), self.turner.turns
        if not self.geometry:
            return encoder.embed(self.store, paths, turns=turns if len(turns) > 1 else None, **self.reading)
        shapes = encoder.shapes(self.store, paths, **self.reading)
        self.fitted.update(zip(paths, shapes, strict=True))
        return [one if isinstance(one, Failure) else self.turner.of(one.field, one.inrs[0].weights) for one in shapes]
