"""A map of a store: shapes that are alike lie near each other, on one page that needs nothing else."""

from __future__ import annotations

from .page import draw_map
from .places import places

__all__ = ["draw_map", "places"]
