"""What a code loses of a shape that has a network of its own, so that it can be given back."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch.nn import functional

from inrstore.network.fields import label_of, raw_of
from inrstore.records import FloatArray
from inrstore.surface.extraction import Field

SIDE = 97
"""Points a side of the grid on which it is kept, over [-1, 1]³: a fiftieth of the radius apart."""
BEYOND = 1 + 2 * np.sqrt(3) / (SIDE - 1)
"""Radius of what is kept: the unit ball and the cells that its surface passes through."""


@dataclass(frozen=True, eq=False)
class Detail:
    """By how much the labels of a shape's own network and of its decoded code differ, on a grid. `Detail.of` makes one.

    Labels are what sigmoids make of raw outputs: for an sdf half of the clipped distance, for an occ a probability.
    """

    grid: FloatArray
    """(SIDE, SIDE, SIDE) by x, y and z."""

    @classmethod
    def of(cls, own: Field, decoded: Field) -> Detail:
        """Of two fields of the same name."""
        axis = np.linspace(-1, 1, SIDE, dtype=np.float32)
        points = np.stack(np.meshgrid(axis, axis, axis, indexing="ij"), axis=-1).reshape(-1, 3)
        within = np.linalg.norm(points, axis=1) < BEYOND
        grid = np.zeros(len(points), np.float32)
        grid[within] = label_of(own(points[within])) - label_of(decoded(points[within]))
        return cls(grid.reshape((SIDE,) * 3))

    def at(self, points: FloatArray) -> FloatArray:
        """(n,) between the points of the grid, at points (n, 3) of [-1, 1]³."""
        places = torch.from_numpy(np.ascontiguousarray(points[:, ::-1], np.float32)).view(1, -1, 1, 1, 3)
        grid = torch.from_numpy(self.grid)[None, None]
        read = functional.grid_sample(grid, places, align_corners=True, padding_mode="border")
        return np.asarray(read.view(-1).numpy())


def with_detail(decoded: Field, details: list[tuple[float, Detail]]) -> Field:
    """A field whose labels are the decoded ones and, by their weights, what was lost of some shapes."""

    def evaluate(points: FloatArray) -> FloatArray:
        labels = label_of(decoded(points)) + sum(weight * detail.at(points) for weight, detail in details)
        return raw_of(labels)

    return evaluate
