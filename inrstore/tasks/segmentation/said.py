"""What a segmenter says of shapes whose parts are known, and how often it is right."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from inrstore.errors import BadInput
from inrstore.metrics.segmentation import OfShape, of_shape, segmentation_figures
from inrstore.records import FloatArray

from .parted import Parted
from .segmenter import Segmenter, smoothed


@dataclass(frozen=True, eq=False)
class PartsSaid:
    """What a segmenter says of the labelled points of one shape, and what they are."""

    kind: str
    points: FloatArray
    """(n, 3) in the normalised frame."""
    names: tuple[str, ...]
    """Of the class's parts, as the segmenter knows them."""
    said: NDArray[np.int64]
    """(n,) places in `names`."""
    true: NDArray[np.int64]
    """(n,) places in `names`; below 0 for parts that the segmenter does not know."""


def said_of_parts(segmenter: Segmenter, asked: Parted) -> Iterator[PartsSaid]:
    """Of shapes in turn; those of classes that the segmenter does not know are left out."""
    for place in range(len(asked)):
        kind = asked.shapes.names[asked.shapes.label[place]]
        if kind not in segmenter.classes:
            continue
        points = asked.points[place]
        every = segmenter.probabilities(asked.shapes.rows[place], asked.weights[place], kind, points)
        names = {name: number for number, name in enumerate(segmenter.names(kind))}
        number = {part: names.get(asked.parts[part][1], -1 - part) for part in asked.of_class(kind)}
        true = np.array([number[int(part)] for part in asked.part[place]], np.int64)
        yield PartsSaid(kind, points, tuple(names), smoothed(every, points).argmax(axis=1), true)


def evaluate_parts(segmenter: Segmenter, asked: Parted) -> dict[str, float]:
    """Figures of a segmenter at the labelled points of shapes; those of classes that it does not know are left out.

    Errors: BadInput if it knows none.
    """
    found: list[OfShape] = []
    for one in said_of_parts(segmenter, asked):
        every = sorted({*range(len(one.names)), *one.true.tolist()})
        found.append(of_shape(one.kind, one.said, one.true, every))
    if not found:
        raise BadInput(f"no shape asked is of a class that the segmenter knows: {', '.join(segmenter.classes)[:200]}")
    figures = {key: round(value, 4) for key, value in segmentation_figures(found).items()}
    return {**figures, "shapes": len(found), "classes": len({one.kind for one in found})}
