"""What every backend of an index can do; a new one is a file with these methods, named in `backends.make`."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Keys = NDArray[np.int64]
Matrix = NDArray[np.float32]

NO_KEY = -1
"""Fills the places of a search answer for which there was no row."""


class Backend(Protocol):
    """Nearest neighbours by inner product among L2-normalised rows, each under a non-negative 64-bit key."""

    lossless: bool
    """Whether the rows come back bit for bit from `vectors`, and scores are exact."""

    @property
    def count(self) -> int:
        """Live rows."""

    @property
    def waste(self) -> float:
        """Share of what is held that a rebuild would do away with, 0 to 1."""

    def build(self, keys: Keys, matrix: Matrix) -> None:
        """Start anew from keys (n,) and rows (n, d)."""

    def add(self, keys: Keys, matrix: Matrix) -> None:
        """Add rows under keys that are not in use."""

    def remove(self, keys: Keys) -> None:
        """Drop rows without a rebuild; keys that are not there are ignored."""

    def search(self, queries: Matrix, k: int, among: Keys | None = None) -> tuple[Matrix, Keys]:
        """Scores (q, k), best first, and keys (q, k), NO_KEY where rows run out; only of `among` if given."""

    def vectors(self, keys: Keys) -> tuple[Keys, Matrix]:
        """Those of the keys that are there (m,), and their rows (m, d); only if `lossless`."""

    def save(self, path: Path) -> None:
        """Write everything to one file."""

    def load(self, path: Path, *, writable: bool) -> None:
        """Read what `save` wrote: mapped into memory and read-only unless `writable`."""
