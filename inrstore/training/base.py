"""The learned base: a start from which a few steps fit any shape."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from .. import fields
from ..fitting import optimise, siren_of
from ..recipe import Recipe
from ..siren import forward


@dataclass(frozen=True)
class BaseRecipe:
    """Reptile (Nichol et al. 2018, arXiv 1803.02999): the base moves towards what the fits end in."""

    outer_steps: int = 100
    batch: int = 8
    fit_steps: int = 20
    rate: float = 0.003
    """The first outer step's share of the way; it falls to a twentieth along a line. Larger shares were measured
    to undo the fine detail that SIREN's random start can reach."""
    seed: int = 0


def learn_base(
    start: Tensor,
    points: Tensor,
    values: Tensor,
    field: str,
    fit: Recipe,
    recipe: BaseRecipe,
    on_step: Callable[[int, float], None] | None = None,
    *,
    done: int = 0,
    on_base: Callable[[int, Tensor], None] | None = None,
) -> Tensor:
    """(W,) base learned from pools of samples, points (n, m, 3) and values (n, m) of one field.

    `start` (W,) is where it begins; `fit` is the recipe of the fits whose start
    is learned; here they last `recipe.fit_steps`. `on_step` hears
    the outer step and the mean loss after that step's fits, `on_base` the steps done and the base, to be kept: given
    back as `done` and `start`, it ends in the very base that an uninterrupted run ends in.
    """
    fit = replace(fit, steps=recipe.fit_steps)
    base = start.clone()
    targets = fields.labels(field, values)
    generator = torch.Generator().manual_seed(recipe.seed)
    for step in range(recipe.outer_steps):
        chosen = torch.randint(len(points), (recipe.batch,), generator=generator)
        if step < done:
            continue
        ends = []
        for index in chosen.tolist():  # one at a time: on a CPU that is faster than a batch
            weights = base[None].clone()
            pool = slice(index, index + 1)
            optimise(weights, points[pool], targets[pool], field, fit, seed=recipe.seed + step)
            ends.append(weights[0])
        rate = recipe.rate * (1 - 0.95 * step / recipe.outer_steps)
        base += rate * (torch.stack(ends).mean(dim=0) - base)
        if on_step is not None:
            on_step(step, _loss(torch.stack(ends), points[chosen], targets[chosen], field, fit))
        if on_base is not None:
            on_base(step + 1, base)
    return base


@torch.no_grad()
def _loss(weights: Tensor, points: Tensor, targets: Tensor, field: str, fit: Recipe) -> float:
    raw = forward(siren_of(fit), weights, points[:, ::8])
    return float(fields.loss(field, raw, targets[:, ::8], fit.loss).mean())
