"""Reptile: the base moves towards what the fits end in."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from torch import Tensor

from inrstore.errors import BadInput
from inrstore.model.training.base import BaseRecipe, learn_base
from inrstore.network import fields
from inrstore.network.fitting import optimise, random_base, siren_of
from inrstore.network.recipe import Recipe
from inrstore.network.siren import forward

FIT = Recipe("t", hidden=8, layers=2, batch_points=64, half=False)


def pools(radii: list[float]) -> tuple[Tensor, Tensor]:
    points = torch.rand(len(radii), 128, 3, generator=torch.Generator().manual_seed(0)) * 2 - 1
    return points, points.norm(dim=2) - torch.tensor(radii)[:, None]


def end(start: Tensor, points: Tensor, values: Tensor, seed: int, steps: int) -> Tensor:
    weights = start[None].clone()
    recipe = Recipe("t", hidden=8, layers=2, batch_points=64, half=False, steps=steps)
    optimise(weights, points[:1], fields.labels("sdf", values[:1]), "sdf", recipe, seed)
    return weights[0]


def test_every_outer_step_goes_a_falling_share_of_the_way() -> None:
    points, values = pools([0.5, 0.5])
    points[1] = points[0]
    values[1] = values[0]  # so that it does not matter which is drawn
    start = random_base(FIT)
    found = learn_base(start, points, values, "sdf", FIT, BaseRecipe(outer_steps=2, batch=3, fit_steps=4, rate=0.5))
    first = start + 0.5 * (end(start, points, values, seed=0, steps=4) - start)
    second = first + 0.5 * (1 - 0.95 / 2) * (end(first, points, values, seed=1, steps=4) - first)
    torch.testing.assert_close(found, second)
    assert not torch.equal(found, start) and torch.equal(start, random_base(FIT))


def test_fits_from_the_learned_base_are_better_than_from_a_random_one() -> None:
    points, values = pools([0.4, 0.5, 0.6, 0.7])
    recipe = BaseRecipe(outer_steps=15, batch=3, fit_steps=5, rate=0.5, seed=2)
    heard: list[tuple[int, float]] = []
    start = random_base(FIT)
    base = learn_base(start, points, values, "sdf", FIT, recipe, lambda *x: heard.append(x))
    assert [step for step, _ in heard] == list(range(15))
    assert heard[-1][1] < heard[0][1]
    unseen = pools([0.55])
    losses = []
    for origin in (start, base):
        weights = end(origin, *unseen, seed=9, steps=5)
        raw = forward(siren_of(FIT), weights[None], unseen[0])
        losses.append(float(fields.loss("sdf", raw, fields.labels("sdf", unseen[1]))))
    assert losses[1] < losses[0]


def test_several_processes_learn_the_same_base() -> None:
    points, values = pools([0.3, 0.5])
    recipe = BaseRecipe(outer_steps=2, batch=2, fit_steps=2, rate=0.5)
    threads = torch.get_num_threads()
    torch.set_num_threads(4)  # of which it must not depend
    try:
        one, two = (learn_base(random_base(FIT), points, values, "sdf", FIT, recipe, jobs=jobs) for jobs in (1, 2))
        assert torch.get_num_threads() == 4
    finally:
        torch.set_num_threads(threads)
    torch.testing.assert_close(one, two)


@pytest.mark.parametrize("rate", [0.0, -1.0, 1.1, float("nan")])
def test_a_share_of_the_way_that_is_none_is_refused(rate: float) -> None:
    with pytest.raises(BadInput, match="share of the way"):
        BaseRecipe(rate=rate)


def test_fits_that_diverge_are_refused() -> None:
    points, values = pools([0.5])
    wild = replace(FIT, learning_rate=1e37, muon=0.0)
    with pytest.raises(BadInput, match="learning_rate of profile 't'"):
        learn_base(random_base(FIT), points, values, "sdf", wild, BaseRecipe(outer_steps=1, batch=1, fit_steps=3))


def test_a_resumed_training_ends_in_the_base_of_an_uninterrupted_one() -> None:
    points, values = pools([0.3, 0.5, 0.7])
    recipe = BaseRecipe(outer_steps=6, batch=2, fit_steps=2, rate=0.5)
    kept: dict[int, Tensor] = {}

    def keep(done: int, base: Tensor) -> None:
        kept[done] = base.clone()

    whole = learn_base(random_base(FIT), points, values, "sdf", FIT, recipe, on_base=keep)
    assert list(kept) == [1, 2, 3, 4, 5, 6] and torch.equal(kept[6], whole)
    resumed = learn_base(kept[4], points, values, "sdf", FIT, recipe, done=4)
    assert torch.equal(resumed, whole) and not torch.equal(kept[4], whole)


@pytest.mark.parametrize("seed", [0, 1])
def test_the_base_depends_on_the_seed_alone(seed: int) -> None:
    points, values = pools([0.3, 0.5, 0.7, 0.9])
    recipe = BaseRecipe(outer_steps=2, batch=2, fit_steps=2, seed=seed)
    first, again = (learn_base(random_base(FIT), points, values, "sdf", FIT, recipe) for _ in range(2))
    assert torch.equal(first, again)
    other = BaseRecipe(outer_steps=2, batch=2, fit_steps=2, seed=seed + 5)
    assert not torch.equal(first, learn_base(random_base(FIT), points, values, "sdf", FIT, other))
