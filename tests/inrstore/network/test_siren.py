"""Batched networks on flat weights, against PyTorch's own modules, one network at a time."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor, nn
from torch.nn.utils import parameters_to_vector, vector_to_parameters

from inrstore.network.siren import Siren, forward, initialise, split

SHAPE = Siren(hidden=5, layers=3, omega=7.0)


class Plain(nn.Module):
    """One SIREN as anybody would write it; PyTorch lays its parameters out as weight, bias, layer by layer."""

    def __init__(self, shape: Siren, weights: Tensor) -> None:
        super().__init__()
        widths = [3, *[shape.hidden] * shape.layers, 1]
        self.linears = nn.ModuleList(nn.Linear(a, b) for a, b in zip(widths[:-1], widths[1:], strict=True))
        self.omega = shape.omega
        vector_to_parameters(weights, self.parameters())

    def forward(self, x: Tensor) -> Tensor:
        for linear in self.linears[:-1]:
            x = torch.sin(self.omega * linear(x))
        return self.linears[-1](x)[:, 0]


def several(count: int = 3, shape: Siren = SHAPE) -> tuple[Tensor, Tensor]:
    weights = torch.stack([initialise(shape, seed) for seed in range(count)])
    return weights, torch.rand(count, 11, 3, generator=torch.Generator().manual_seed(9)) * 2 - 1


def test_every_network_is_the_plain_module_of_its_weights_at_its_own_points() -> None:
    weights, points = several()
    raw = forward(SHAPE, weights, points)
    assert raw.shape == (3, 11)
    for row in range(3):
        torch.testing.assert_close(raw[row], Plain(SHAPE, weights[row])(points[row]))


def test_gradients_are_those_of_the_plain_module() -> None:
    weights, points = several()
    weights.requires_grad_(True)
    (gradient,) = torch.autograd.grad(forward(SHAPE, weights, points).square().sum(), weights)
    for row in range(3):
        plain = Plain(SHAPE, weights[row].detach())
        plain(points[row]).square().sum().backward()
        own = torch.cat([p.grad.flatten() for p in plain.parameters() if p.grad is not None])
        torch.testing.assert_close(gradient[row], own, rtol=1e-4, atol=1e-5)


def test_the_layout_is_that_of_pytorch_and_its_parts_are_views() -> None:
    weights, _ = several()
    layers = split(SHAPE, weights)
    plain = Plain(SHAPE, weights[1])
    for (matrix, bias), linear in zip(layers, plain.linears, strict=True):
        assert torch.equal(matrix[1], linear.weight)
        assert torch.equal(bias[1], linear.bias)
    layers[1][0][1, 2, 3] = 42.0
    assert (weights == 42.0).sum() == 1
    vector_to_parameters(weights[1], plain.parameters())
    assert plain.linears[1].weight[2, 3] == 42.0


@pytest.mark.parametrize(("hidden", "layers", "size"), [(64, 3, 8_641), (512, 4, 790_529)])
def test_sizes_are_those_of_the_profiles(hidden: int, layers: int, size: int) -> None:
    assert Siren(hidden, layers).size == size


def test_the_size_counts_what_the_module_has() -> None:
    weights, _ = several()
    assert SHAPE.size == weights.shape[1] == len(parameters_to_vector(Plain(SHAPE, weights[0]).parameters()))


def test_the_start_fills_the_bounds_of_the_siren_paper() -> None:
    shape = Siren(hidden=64, layers=3, omega=30.0)
    hidden = math.sqrt(6 / 64) / 30
    layers = split(shape, initialise(shape, 0)[None])
    for (matrix, bias), bound, bias_bound in zip(
        layers, (1 / 3, hidden, hidden, hidden), (3**-0.5, 64**-0.5, 64**-0.5, 64**-0.5), strict=True
    ):
        assert 0.9 * bound < matrix.abs().max() <= bound
        assert bias.abs().max() <= bias_bound
        if bias.numel() > 1:
            assert bias.abs().max() > 0.85 * bias_bound
        assert matrix.min() < 0 < matrix.max()


def test_the_phases_of_hidden_neurons_spread_over_more_than_one_wave() -> None:
    shape = Siren()
    layers = split(shape, initialise(shape, 0)[None])
    points = torch.rand(1, 500, 3, generator=torch.Generator().manual_seed(1)) * 2 - 1
    phase = shape.omega * (points @ layers[0][0].transpose(1, 2))
    assert 3 < phase.std() < 12  # ω/3 · |x|, where a start without ω has a third


def test_the_start_depends_on_the_seed_and_nothing_else() -> None:
    first = initialise(SHAPE, 4)
    torch.rand(3)
    assert torch.equal(first, initialise(SHAPE, 4))
    assert not torch.equal(first, initialise(SHAPE, 5))
