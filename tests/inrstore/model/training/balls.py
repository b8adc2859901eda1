"""Balls to train on, sampled by formula, and settings that train on them in a second."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch

from inrstore.model.decoder import DecoderSettings
from inrstore.model.encoders.lattice import LatticeSettings
from inrstore.model.training.base import BaseRecipe
from inrstore.model.training.codec import CodecRecipe
from inrstore.model.training.shapes import FittedVariant, Pool, stacked
from inrstore.model.training.train import TrainRecipe
from inrstore.network.fields import FIELDS, FieldSamples
from inrstore.network.fitting import fit
from inrstore.network.recipe import Recipe, SamplingRecipe
from inrstore.records import FloatArray
from inrstore.surface.sampling import query_points

FIT = Recipe(
    "tiny",
    hidden=8,
    layers=2,
    steps=4,
    batch_points=128,
    half=False,
    sampling=SamplingRecipe(((0.02, 200), (0.1, 100)), 100),
)
RECIPE = TrainRecipe(
    name="tiny",
    fit=FIT,
    base=BaseRecipe(outer_steps=2, batch=2, fit_steps=2),
    codec=CodecRecipe(steps=6, batch=4, points=16),
    encoder=LatticeSettings(probes=8, width=16, dim=8, outline=3),
    decoder=DecoderSettings(width=16, frequencies=1, dim=8),
    variants=2,
    kept_samples=64,
    held_out=0.4,
    jobs=1,
)


def ball(field: str, radius: float, sampling: SamplingRecipe, rng: np.random.Generator) -> FieldSamples:
    """True values of a ball about the origin."""
    normals = rng.normal(size=(sampling.surface_count, 3))
    seeds = radius * normals / np.linalg.norm(normals, axis=1, keepdims=True)
    points = query_points(seeds, sampling, rng).astype(np.float32)
    signed = np.linalg.norm(points, axis=1) - radius
    values = {"sdf": signed, "udf": np.abs(signed), "occ": signed < 0}[field]
    return FieldSamples(field, points, values.astype(np.float32))


@dataclass(frozen=True)
class Balls:
    """`inrstore.model.training.shapes.TrainingShapes`, a class each for the small and the large."""

    radii: tuple[float, ...] = (0.3, 0.6, 0.7)
    labels: tuple[str, ...] = ("small", "large", "large")

    def digest(self) -> str:
        return hashlib.sha256(repr(self.radii).encode()).hexdigest()

    def pools(self, sampling: SamplingRecipe, count: int, *, seed: int, jobs: int) -> dict[str, Pool]:
        return {
            field: stacked([self._ball(i, field, sampling, 1, seed) for i in range(min(count, len(self.radii)))])
            for field in FIELDS
        }

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
        for i in range(len(self.radii)):
            rows = []
            for field in fields:
                samples = self._ball(i, field, recipe.sampling, variant, seed)
                weights = fit([samples], torch.from_numpy(bases[field]), recipe, seed=seed).weights[0]
                some = FieldSamples(field, samples.points[:kept], samples.values[:kept])
                rows.append((weights - bases[field], some))
            yield FittedVariant(i, tuple(rows))

    def _ball(self, i: int, field: str, sampling: SamplingRecipe, variant: int, seed: int) -> FieldSamples:
        rng = np.random.default_rng((seed, i, variant))
        return ball(field, self.radii[i] * (1 + 0.1 * variant), sampling, rng)
