"""Words: vectors of what shapes are called, by a tower; kept like embeddings, but no network is read for them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Self

from inrstore.errors import ModelMismatch
from inrstore.records import FloatArray

from ..part import Tensors

if TYPE_CHECKING:
    from ..base import Base


@dataclass(frozen=True)
class WordsEncoder:
    """Says whose vectors those of a store's words are; `inrstore.towers` makes them."""

    kind: ClassVar[str] = "words"
    any_base: ClassVar[bool] = True
    tower: str
    """By which `text_tower` has it again."""
    tower_id: str
    size: int

    @property
    def dim(self) -> int:
        return self.size

    def encode(self, field: str, weights: FloatArray) -> FloatArray:
        """Errors: ModelMismatch, always."""
        raise ModelMismatch("an encoder of words reads no networks; `inrstore encode --words` makes its vectors")

    def settings(self) -> Mapping[str, Any]:
        return {"tower": self.tower, "tower_id": self.tower_id, "size": self.size}

    def arrays(self) -> Tensors:
        return {}

    @classmethod
    def restore(cls, base: Base, settings: Mapping[str, Any], arrays: Tensors) -> Self:
        return cls(str(settings["tower"]), str(settings["tower_id"]), int(settings["size"]))
