"""How well parts are told: accuracy, and intersection over union as ShapeNetPart has it (Yi et al. 2016)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Places = NDArray[np.integer]


@dataclass(frozen=True)
class OfShape:
    """Of one shape."""

    kind: str
    """Its class."""
    accuracy: float
    """The share of its points, or faces, whose part is right."""
    iou: float
    """The mean over its class's parts; a part that neither it nor the answer has counts as 1."""


def of_shape(
    kind: str, said: Places, true: Places, parts: Sequence[int], weights: Sequence[float] | None = None
) -> OfShape:
    """Of parts (m,) that were said, and true ones; `parts` are all of the class. By default points weigh the same."""
    weight = np.ones(len(true)) if weights is None else np.asarray(weights, np.float64)
    right = said == true
    ious = []
    for part in parts:
        both, either = (said == part) & (true == part), (said == part) | (true == part)
        ious.append(float(weight[both].sum() / weight[either].sum()) if either.any() else 1.0)
    return OfShape(kind, float(weight[right].sum() / weight.sum()), float(np.mean(ious)))


def segmentation_figures(shapes: Sequence[OfShape]) -> dict[str, float]:
    """Means over shapes, and over classes of their means."""
    kinds = sorted({one.kind for one in shapes})

    def by_class(values: Sequence[float]) -> float:
        own = {kind: [v for v, one in zip(values, shapes, strict=True) if one.kind == kind] for kind in kinds}
        return float(np.mean([np.mean(some) for some in own.values()]))

    accuracy, iou = [one.accuracy for one in shapes], [one.iou for one in shapes]
    return {
        "accuracy": float(np.mean(accuracy)),
        "accuracy of classes": by_class(accuracy),
        "instance mIoU": float(np.mean(iou)),
        "class mIoU": by_class(iou),
    }
