"""What a tower is asked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from inrstore.records import FloatArray


class TextTower(Protocol):
    """From texts to vectors that are near where meanings are."""

    @property
    def name(self) -> str:
        """By which it is had again."""

    @property
    def id(self) -> str:
        """SHA-256 of all that it computes with; vectors of one id are comparable."""

    @property
    def dim(self) -> int:
        """Numbers in a vector."""

    def encode(self, texts: Sequence[str]) -> FloatArray:
        """(n, dim) float32 of length one."""
