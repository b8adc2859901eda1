"""Warped readings against closed forms: a ball of smooth nearness that is moved, stretched or turned."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from inrstore.model.encoders.readings import probes
from inrstore.model.training.warp import WarpRecipe, warp

SIDE = 24
STILL = WarpRecipe(stretch=0.0, turn=0.0, shear=0.0, shift=0.0)


def blob(centre: tuple[float, float, float], count: int = 6) -> Tensor:
    """(count, 1, p, p, p): a Gaussian around `centre`."""
    squared = ((probes(SIDE) - torch.tensor(centre)) ** 2).sum(dim=1)
    return torch.exp(-squared / 0.08).view(1, 1, SIDE, SIDE, SIDE).expand(count, -1, -1, -1, -1)


def moments(volumes: Tensor) -> tuple[Tensor, Tensor]:
    """Centre of mass (n, 3) and standard deviation along each axis (n, 3)."""
    places, mass = probes(SIDE), volumes.flatten(1)
    mass = mass / mass.sum(dim=1, keepdim=True)
    centre = mass @ places
    return centre, (mass @ places**2 - centre**2).sqrt()


def rng(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def test_no_warp_leaves_a_reading_alone_but_for_the_mirror() -> None:
    source = blob((0.3, 0.2, -0.1))
    result = warp(source, STILL, rng())
    for before, after in zip(source, result, strict=True):
        either = torch.stack([before, before.flip(1)])
        assert float((either - after).abs().amax(dim=(1, 2, 3, 4)).min()) < 1e-5
    assert {round(float(x), 1) for x in moments(result)[0][:, 0]} == {-0.3, 0.3}


def test_stretching_scales_each_axis_by_its_own_factor_within_bounds() -> None:
    source = blob((0, 0, 0), 40)
    ratio = moments(warp(source, WarpRecipe(stretch=0.3, turn=0, shear=0, shift=0), rng()))[1] / moments(source)[1]
    low, high = float(ratio.min()), float(ratio.max())
    assert 0.95 * 2.718**-0.3 < low < 0.85 and 1.2 < high < 1.05 * 2.718**0.3
    assert float((ratio.amax(dim=1) - ratio.amin(dim=1)).mean()) > 0.1


def test_turning_is_about_the_upward_axis() -> None:
    start = moments(blob((0.4, 0.3, 0.0), 40))[0]
    centre = moments(warp(blob((0.4, 0.3, 0.0), 40), WarpRecipe(stretch=0, turn=0.4, shear=0, shift=0), rng()))[0]
    torch.testing.assert_close(centre[:, 1], start[:, 1], atol=5e-3, rtol=0)
    radius = centre[:, [0, 2]].norm(dim=1)
    torch.testing.assert_close(radius, torch.full_like(radius, 0.4), atol=1e-2, rtol=0)
    assert float(centre[:, 2].std()) == pytest.approx(0.4 * 0.37, rel=0.4)  # sin of normal angles, σ 0.4


def test_shifting_moves_and_what_leaves_the_cube_is_gone() -> None:
    recipe = WarpRecipe(stretch=0, turn=0, shear=0, shift=0.2)
    centre = moments(warp(blob((0, 0, 0), 60), recipe, rng()))[0]
    assert float(centre.std()) == pytest.approx(0.2, rel=0.2)
    edge = torch.ones(4, 1, SIDE, SIDE, SIDE)
    assert (warp(edge, recipe, rng()).amin(dim=(1, 2, 3, 4)) < 0.5).all()


def test_equal_generators_give_equal_warps() -> None:
    source, recipe = blob((0.1, 0.2, 0.3)), WarpRecipe()
    assert torch.equal(warp(source, recipe, rng(1)), warp(source, recipe, rng(1)))
    assert not torch.equal(warp(source, recipe, rng(1)), warp(source, recipe, rng(2)))
