"""What the training of a head gives back, and what its card says of what was asked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from inrstore.store.where import Where

if TYPE_CHECKING:
    from inrstore.model import Head
    from inrstore.store import Conditions


@dataclass(frozen=True)
class Trained:
    """A head, which is in the store now, and how well it did on shapes that it had not seen."""

    head: Head
    figures: Mapping[str, float]
    seconds: float


def asked_for(where: Conditions | None) -> dict[str, Any]:
    """What a card says of the conditions on what was learned from, if there were any."""
    conditions = [str(condition) for condition in Where.of(where).conditions]
    return {"where": conditions} if conditions else {}
