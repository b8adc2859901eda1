"""What a training takes: shapes that can be sampled as several fields, in altered copies, and fitted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import torch
from torch import Tensor

from inrstore.network.fields import FieldSamples
from inrstore.network.recipe import Recipe, SamplingRecipe
from inrstore.records import FloatArray

NO_CLASS = "other"
"""Label of shapes that are like no others."""
Pool = tuple[Tensor, Tensor]
"""Samples of n shapes of one field: points (n, m, 3) and values (n, m)."""


@dataclass(frozen=True)
class FittedVariant:
    """One copy of one shape after fitting: for each field the change θ − θ₀ (W,), and some of the samples."""

    shape: int
    """Its number among the shapes."""
    rows: tuple[tuple[FloatArray, FieldSamples], ...]


class TrainingShapes(Protocol):
    """Shapes to train a model on; `ingest.variants.TrainingMeshes` are such."""

    @property
    def labels(self) -> Sequence[str]:
        """The class of each shape; `other` stands for none."""

    def digest(self) -> str:
        """SHA-256 hex that tells these shapes from others."""

    def pools(self, sampling: SamplingRecipe, count: int, *, seed: int, jobs: int) -> Mapping[str, Pool]:
        """Field → samples of at most `count` shapes, drawn by the seed, over `jobs` processes.

        Errors: BadInput if there is a field that none of them can be sampled as.
        """

    def fitted(
        self,
        fields: Sequence[str],
        recipe: Recipe,
        bases: Mapping[str, FloatArray],
        *,
        variant: int,
        kept: int,
        seed: int,
        jobs: int,
    ) -> Iterator[FittedVariant]:
        """Variant `variant` of every shape (0: as it is), fitted from the bases; `kept` samples of each stay."""


def stacked(pool: Sequence[FieldSamples]) -> Pool:
    """Samples of n shapes together, as many of each as the smallest has."""
    size = min(len(samples.values) for samples in pool)
    points, values = np.stack([s.points[:size] for s in pool]), np.stack([s.values[:size] for s in pool])
    return torch.from_numpy(points), torch.from_numpy(values)
