"""The learned base: a start from which a few steps fit any shape."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from multiprocessing import get_context
from typing import Any

import numpy as np
import torch
from torch import Tensor

from inrstore.errors import BadInput
from inrstore.network import fields
from inrstore.network.fitting import optimise, siren_of
from inrstore.network.recipe import Recipe
from inrstore.network.siren import forward
from inrstore.records import FloatArray


@dataclass(frozen=True)
class BaseRecipe:
    """Reptile (Nichol et al. 2018, arXiv 1803.02999): the base moves towards what the fits end in."""

    outer_steps: int = 100
    batch: int = 8
    fit_steps: int = 20
    rate: float = 0.003
    """The first outer step's share of the way; it falls to a twentieth along a line."""
    seed: int = 0

    def __post_init__(self) -> None:
        if not 0 < self.rate <= 1:
            raise BadInput(f"rate is {self.rate}; it is a share of the way, above 0 and at most 1")


SHORT = BaseRecipe()
"""For fits of some sixty steps. Larger shares were measured to undo the fine detail that SIREN's random start can
reach, for which so short a fit has no time."""
LONG = BaseRecipe(outer_steps=100, fit_steps=400, rate=0.5)
"""For fits of a thousand steps: a base that has moved far, towards what long fits end in."""


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
    jobs: int = 1,
) -> Tensor:
    """(W,) base learned from pools of samples, points (n, m, 3) and values (n, m) of one field.

    `start` (W,) is where it begins; `fit` is the recipe of the fits whose start
    is learned; here they last `recipe.fit_steps`. `on_step` hears
    the outer step and the mean loss after that step's fits, `on_base` the steps done and the base, to be kept: given
    back as `done` and `start`, it ends in the very base that an uninterrupted run ends in. The fits of an outer step
    are spread over `jobs` processes, with the same result.

    Raises
    ------
    BadInput
        If the fits diverge.
    """
    fit = replace(fit, steps=recipe.fit_steps)
    base = start.clone()
    targets = fields.labels(field, values)
    generator = torch.Generator().manual_seed(recipe.seed)
    with _mapping(jobs) as run:
        for step in range(recipe.outer_steps):
            chosen = torch.randint(len(points), (recipe.batch,), generator=generator)
            if step < done:
                continue
            seed, theta = recipe.seed + step, base.numpy()
            tasks = [(theta, points[i].numpy(), targets[i].numpy(), field, fit, seed) for i in chosen.tolist()]
            ends = torch.from_numpy(np.stack(list(run(_end, tasks))))
            rate = recipe.rate * (1 - 0.95 * step / recipe.outer_steps)
            base = base + rate * (ends.mean(dim=0) - base)
            if not bool(torch.isfinite(base).all()):
                raise BadInput(f"the fits of {field} diverged; lower the learning_rate of profile {fit.name!r}")
            if on_step is not None:
                on_step(step, _loss(ends, points[chosen], targets[chosen], field, fit))
            if on_base is not None:
                on_base(step + 1, base)
    return base


def _end(task: tuple[FloatArray, FloatArray, FloatArray, str, Recipe, int]) -> FloatArray:
    """(W,) where the fit of one shape ends: on a CPU one at a time is faster than a batch."""
    start, points, targets, field, fit, seed = task
    weights = torch.from_numpy(start)[None].clone()
    optimise(weights, torch.from_numpy(points)[None], torch.from_numpy(targets)[None], field, fit, seed)
    end: FloatArray = weights[0].numpy()
    return end


@contextmanager
def _mapping(jobs: int) -> Iterator[Callable[..., Any]]:
    """`map`, in this process or over several; either way with one thread, since sines depend on their number."""
    if jobs == 1:
        threads = torch.get_num_threads()
        torch.set_num_threads(1)
        try:
            yield map
        finally:
            torch.set_num_threads(threads)
        return
    context = get_context("forkserver")
    with ProcessPoolExecutor(jobs, context, initializer=torch.set_num_threads, initargs=(1,)) as pool:
        yield pool.map


@torch.no_grad()
def _loss(weights: Tensor, points: Tensor, targets: Tensor, field: str, fit: Recipe) -> float:
    raw = forward(siren_of(fit), weights, points[:, ::8])
    return float(fields.loss(field, raw, targets[:, ::8], fit.loss).mean())
