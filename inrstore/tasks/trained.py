"""What the training of a head gives back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from inrstore.model import Head


@dataclass(frozen=True)
class Trained:
    """A head, which is in the store now, and how well it did on shapes that it had not seen."""

    head: Head
    figures: Mapping[str, float]
    seconds: float
