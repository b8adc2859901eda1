"""Which networks are of one object, and drawing some of them."""

from __future__ import annotations

import torch
from torch import Tensor


class Members:
    """The rows of each of several objects."""

    def __init__(self, objects: Tensor, rows: Tensor) -> None:
        """Of each of the rows (k,) its object (k,)."""
        _, place, self.count = objects.unique(return_inverse=True, return_counts=True)
        self.rows = rows[place.argsort(stable=True)]
        self.start = self.count.cumsum(0) - self.count

    def __len__(self) -> int:
        return len(self.count)

    def drawn(self, objects: Tensor, views: int, generator: torch.Generator) -> Tensor:
        """(views, n) rows of some objects (n,): of those that have several, any, and another one for each view."""
        count, first = self.count[objects], torch.zeros(len(objects), dtype=torch.int64)
        if bool((count > 1).any()):
            first = (torch.rand(len(objects), generator=generator) * count).long()
        turns = torch.arange(views)[:, None]
        return self.rows[self.start[objects] + (first + turns) % count]
