"""Fitting: from samples of fields to the weights of SIRENs, many shapes in one loop."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache, partial

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from inrstore.arrays import as_floats, as_points, check_field
from inrstore.errors import BadArray, BadInput
from inrstore.progress import Meter, OnProgress
from inrstore.records import FloatArray

from . import fields
from .fields import FieldSamples
from .gradients import Gradient
from .optimiser import Optimiser
from .recipe import Recipe
from .siren import Siren, forward, initialise

ERROR_POINTS = 4_096


@dataclass(frozen=True, eq=False)
class Fitted:
    """The outcome of one call of `fit`."""

    weights: FloatArray
    """(n, W) float32, whole weights θ."""
    error: FloatArray
    """(n,) mean absolute error at the samples: of the clipped distance, or the share of wrong cells for occ."""
    steps: NDArray[np.int64]
    """(n,) that each shape took; equal unless the recipe has rounds."""


def siren_of(recipe: Recipe) -> Siren:
    """The architecture that a recipe fits."""
    return Siren(recipe.hidden, recipe.layers, recipe.omega)


def random_base(recipe: Recipe) -> Tensor:
    """(W,) the start of a recipe whose base is `random`."""
    return initialise(siren_of(recipe), recipe.base_seed)


def fit(
    samples: Sequence[FieldSamples],
    base: Tensor,
    recipe: Recipe,
    *,
    device: str = "cpu",
    seed: int = 0,
    on_progress: OnProgress | None = None,
) -> Fitted:
    """Fit one SIREN to each shape's samples, all of one field, all starting from `base` (W,).

    The result for a shape depends on its own samples and the seed, not on the company it is fitted in. `on_progress`
    hears of the steps of those that are fitted together; a recipe with rounds may end before the last one.

    Raises
    ------
    BadInput
        If there are no samples, or of several fields, or a fit ends in numbers that are not finite.
    BadArray, UnknownField
        If points are not (m, 3), values not (m,), or the base is not as wide as the recipe's network.
    """
    names = {s.field for s in samples}
    if len(names) != 1:
        raise BadInput(f"one call fits one field, these are {sorted(names) or 'no samples at all'}")
    samples = [_checked(s, number) for number, s in enumerate(samples)]
    if device != "cpu":  # networks of one call are fitted together as far as they have equally many samples
        samples = [filled_up(s, recipe.batch_points) for s in samples]
    if tuple(base.shape) != (size := siren_of(recipe).size,):
        raise BadArray(f"base: an array of shape {tuple(base.shape)} came, expected is ({size},) for {recipe.name!r}")
    base = base.float()
    sizes = np.array([len(s.values) for s in samples])
    weights, error = np.empty((len(samples), len(base)), np.float32), np.empty(len(samples), np.float32)
    steps = np.empty(len(samples), np.int64)
    for size in np.unique(sizes):  # small voxel grids have fewer samples
        places = np.flatnonzero(sizes == size)
        # A processor's cache holds what one network needs: there it is one at a time.
        for mine in np.split(places, len(places)) if device == "cpu" else [places]:
            group = [samples[int(i)] for i in mine]
            weights[mine], error[mine], steps[mine] = _fit_equal(group, base, recipe, device, seed, on_progress)
    return Fitted(weights, error, steps)


def filled_up(samples: FieldSamples, multiple: int) -> FieldSamples:
    """With the first samples once more at the end, until there are a multiple of so many.

    Voxel grids have as many samples as they have cells near the surface, hardly two of them equally many.
    """
    count = -(-len(samples.values) // multiple) * multiple
    return FieldSamples(samples.field, np.resize(samples.points, (count, 3)), np.resize(samples.values, count))


def _checked(samples: FieldSamples, number: int) -> FieldSamples:
    """With points and values as float32."""
    check_field(samples.field)
    points = as_points(samples.points, f"points of samples {number}")
    values = as_floats(samples.values, (len(points),), f"values of samples {number}")
    if not len(points):
        raise BadArray(f"points of samples {number}: none came; give 1 or more")
    return FieldSamples(samples.field, points, values)


def _fit_equal(
    samples: Sequence[FieldSamples],
    base: Tensor,
    recipe: Recipe,
    device: str,
    seed: int,
    on_progress: OnProgress | None = None,
) -> tuple[FloatArray, FloatArray, NDArray[np.int64]]:
    """Weights, errors and steps of shapes that have equally many samples."""
    field = samples[0].field
    points = torch.from_numpy(np.stack([s.points for s in samples])).to(device)
    values = torch.from_numpy(np.stack([s.values for s in samples])).to(device)
    targets = fields.labels(field, values)
    weights = base.to(device).expand(len(samples), -1).clone()
    error = torch.full((len(samples),), math.inf, device=device)
    steps = torch.zeros(len(samples), dtype=torch.int64, device=device)
    rounds = recipe.rounds if field == "sdf" else 1
    meter = Meter(on_progress, rounds * recipe.steps, stage="fitting")
    for number in range(rounds):
        going = torch.nonzero(error > recipe.target)[:, 0]
        if not len(going):
            break
        found = weights[going]  # a copy
        optimise(found, points[going], targets[going], field, recipe, seed + number, meter)
        if not bool(torch.isfinite(found).all()):
            raise BadInput("the fit diverged: weights are not finite; lower the profile's learning_rate")
        some = slice(None, None, max(1, points.shape[1] // ERROR_POINTS))
        reached = fields.error(field, forward(siren_of(recipe), found, points[going, some]), values[going, some])
        better = reached < error[going]
        weights[going[better]], error[going[better]] = found[better], reached[better]
        steps[going] += recipe.steps
    return weights.cpu().numpy(), error.cpu().numpy(), steps.cpu().numpy()


@torch.inference_mode()
def optimise(
    weights: Tensor,
    points: Tensor,
    targets: Tensor,
    field: str,
    recipe: Recipe,
    seed: int,
    meter: Meter | None = None,
) -> None:
    """Fit flat weights (n, W) in place; pools are (n, m, 3) points and (n, m) targets.

    Every step takes the next slice of one shuffle of the pool, which costs nothing, unlike a draw a step.
    """
    siren = siren_of(recipe)
    half = recipe.half and has_bfloat16(weights.device.type)
    pool = points.shape[1]
    size = min(recipe.batch_points, pool)
    order = _shuffle(pool, seed).to(weights.device)
    points, targets = points[:, order], targets[:, order]
    gradient = Gradient(siren, weights, size, half=half)
    optimiser = Optimiser(weights, siren, recipe, half=half)
    start = 0
    for step in range(recipe.steps):
        if start + size > pool:
            start = 0
        batch, target = points[:, start : start + size], targets[:, start : start + size]
        start += size
        slope = partial(fields.slope, field, target=target, name=recipe.loss)
        optimiser.step(gradient(batch, slope), pace(recipe, step))
        if meter is not None:
            meter.step()


@lru_cache
def has_bfloat16(device: str) -> bool:
    """Whether bfloat16 products are faster here: on GPUs, and on CPUs with instructions for them."""
    return device == "cuda" or bool(torch.ops.mkldnn._is_mkldnn_bf16_supported())


def pace(recipe: Recipe, step: int) -> float:
    """What the learning rates are multiplied by."""
    done = step / recipe.steps
    warm = min(1.0, (step + 1) / (recipe.warmup * recipe.steps)) if recipe.warmup else 1.0
    return warm * (0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * done)) if recipe.cosine else 1.0)


@lru_cache(maxsize=4)
def _shuffle(count: int, seed: int) -> Tensor:
    return torch.randperm(count, generator=torch.Generator().manual_seed(seed))
