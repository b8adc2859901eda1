"""What a tower is asked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

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


class ImageTower(Protocol):
    """From pictures to vectors that are near where what is seen is alike."""

    @property
    def name(self) -> str:
        """By which it is had again."""

    @property
    def id(self) -> str:
        """SHA-256 of all that it computes with; vectors of one id are comparable, those of texts included."""

    @property
    def dim(self) -> int:
        """Numbers in a vector."""

    @property
    def side(self) -> int:
        """Pixels a side of what its network sees."""

    def encode(self, pictures: Sequence[NDArray[np.uint8]]) -> FloatArray:
        """(n, dim) float32 of n square pictures (s, s, 3), each of any size. Errors: BadArray."""
