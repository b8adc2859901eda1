"""Of the epochs of a training, the best one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence


def best_epoch(history: Sequence[Mapping[str, float]]) -> int:
    """How many epochs it took to the best validation, 0 without any; of equal ones the first.

    Best is the greatest mean average precision; where there is none, the smallest Chamfer distance of what the decoder
    makes of embeddings, as published; and where there is no decoder either, the smallest losses together.
    """
    scores = [_score(row) for row in history]
    return scores.index(max(scores)) + 1 if scores else 0


def _score(row: Mapping[str, float]) -> float:
    if "map" in row:
        return row["map"]
    if "chamfer" in row:
        return -row["chamfer"]
    return -sum(value for key, value in row.items() if not key.startswith("loss "))
