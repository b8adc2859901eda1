"""Gradients written out, against autograd through the forward pass."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from torch import Tensor

from inrstore.network import gradients
from inrstore.network.gradients import Gradient
from inrstore.network.siren import Siren, forward, initialise

TARGET = 0.3


def slope(raw: Tensor) -> Tensor:
    return 2 * (raw - TARGET)


def by_autograd(shape: Siren, weights: Tensor, points: Tensor) -> Tensor:
    weights = weights.clone().requires_grad_(True)
    loss = (forward(shape, weights, points) - TARGET).square().sum()
    return torch.autograd.grad(loss, weights)[0]


def gradient(shape: Siren, weights: Tensor, points: Tensor, *, half: bool = False) -> Tensor:
    return Gradient(shape, weights, points.shape[1], half=half)(points, slope)


def several(shape: Siren, count: int = 3, points: int = 50) -> tuple[Tensor, Tensor]:
    weights = torch.stack([initialise(shape, seed) for seed in range(count)])
    return weights, torch.rand(count, points, 3, generator=torch.Generator().manual_seed(9)) * 2 - 1


@pytest.mark.parametrize("layers", [1, 2, 4])
@pytest.mark.parametrize("omega", [1.0, 30.0])
def test_the_gradient_is_that_of_autograd(layers: int, omega: float) -> None:
    shape = Siren(hidden=7, layers=layers, omega=omega)
    weights, points = several(shape)
    found = gradient(shape, weights, points)
    torch.testing.assert_close(found, by_autograd(shape, weights, points), rtol=1e-4, atol=1e-4)


def test_in_half_precision_it_points_the_same_way() -> None:
    shape = Siren(hidden=64)
    weights, points = several(shape, 2, 1_000)
    half, full = (gradient(shape, weights, points, half=h) for h in (True, False))
    assert half.dtype == torch.float32
    assert torch.cosine_similarity(half, full).min() > 0.999
    assert ((half - full).norm(dim=1) / full.norm(dim=1)).min() > 1e-3  # it is in half precision, after all


def test_between_products_half_precision_would_do_on_a_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    shape = Siren(hidden=64)
    weights, points = several(shape, 2, 1_000)
    full = gradient(shape, weights, points)
    steps = Gradient(shape, weights, points.shape[1], half=True)
    steps.between = torch.bfloat16
    steps.backs = [back.bfloat16() for back in steps.backs]
    steps.layers = [replace(layer, cosine=layer.cosine.bfloat16()) for layer in steps.layers]
    monkeypatch.setattr(
        gradients, "circle", lambda phase, sine, cosine: (torch.sin(phase, out=sine), torch.cos(phase, out=cosine))
    )
    assert torch.cosine_similarity(steps(points, slope), full).min() > 0.999


def test_without_numpy_it_is_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    shape = Siren(hidden=64)
    weights, points = several(shape, 2, 300)
    by = []
    for numpy in (True, False):
        monkeypatch.setattr(gradients, "by_numpy", lambda x, numpy=numpy: numpy)
        by.append([gradient(shape, weights, points, half=half) for half in (False, True)])
    torch.testing.assert_close(by[0][0], by[1][0], rtol=1e-4, atol=1e-4)
    assert torch.cosine_similarity(by[0][1], by[1][1]).min() > 0.99999


def test_weights_and_points_stay_as_they_are() -> None:
    shape = Siren(hidden=5)
    weights, points = several(shape)
    before = weights.clone(), points.clone()
    gradient(shape, weights, points)
    assert torch.equal(weights, before[0]) and torch.equal(points, before[1])


@pytest.mark.parametrize("half", [False, True])
def test_a_step_leaves_nothing_behind_for_the_next(half: bool) -> None:
    shape = Siren(hidden=8)
    weights, points = several(shape)
    used = Gradient(shape, weights, points.shape[1], half=half)
    weights.add_(1)
    used(points * 0.3, slope)
    weights.sub_(1)
    assert torch.equal(used(points, slope), gradient(shape, weights, points, half=half))
