"""Muon for the square matrices and Adam for the rest, against SVD and PyTorch's Adam."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from inrstore.network.optimiser import MOMENTUM, WIDE, Optimiser, orthogonal
from inrstore.network.recipe import Recipe
from inrstore.network.siren import Siren, split

HIDDEN, LAYERS = 6, 3
SHAPE = Siren(HIDDEN, LAYERS)
RECIPE = Recipe("t", hidden=HIDDEN, layers=LAYERS, learning_rate=0.02, muon=0.05)


def numbers(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def square() -> Tensor:
    """(W,) true where a weight is in a hidden-to-hidden matrix, by PyTorch's order of parameters."""
    module = nn.Sequential(nn.Linear(3, HIDDEN), *(nn.Linear(HIDDEN, HIDDEN) for _ in range(2)), nn.Linear(HIDDEN, 1))
    return torch.cat([torch.full((p.numel(),), p.shape == (HIDDEN, HIDDEN)) for p in module.parameters()])


def run(recipe: Recipe, start: Tensor, gradients: list[Tensor], decays: list[float]) -> Tensor:
    weights = start.clone()
    optimiser = Optimiser(weights, SHAPE, recipe)
    for gradient, decay in zip(gradients, decays, strict=True):
        optimiser.step(gradient.clone(), decay)
    return weights


def by_adam(start: Tensor, gradients: list[Tensor], decays: list[float]) -> Tensor:
    weights = start.clone().requires_grad_(True)
    adam = torch.optim.Adam([weights], lr=RECIPE.learning_rate)
    for gradient, decay in zip(gradients, decays, strict=True):
        adam.param_groups[0]["lr"] = RECIPE.learning_rate * decay
        weights.grad = gradient.clone()
        adam.step()
    return weights.detach()


START = numbers(2, SHAPE.size)
GRADIENTS = [numbers(2, SHAPE.size, seed=s) for s in (1, 2, 3)]
DECAYS = [1.0, 0.5, 0.1]


@pytest.mark.parametrize("scale", [1e-6, 1.0, 1e6])
def test_orthogonal_keeps_the_directions_and_evens_the_singular_values(scale: float) -> None:
    u, v = (torch.linalg.qr(numbers(3, 12, 12, seed=s))[0] for s in (4, 5))
    spectrum = torch.linspace(0.2, 3, 12).flip(0)
    found = orthogonal(u * spectrum @ v.transpose(1, 2) * scale)
    values = torch.linalg.svdvals(found)
    assert values.min() > 0.65 and values.max() < 1.25
    inner = u.transpose(1, 2) @ found @ v  # diagonal and positive if U and V are its singular vectors
    diagonal = inner.diagonal(dim1=1, dim2=2)
    assert diagonal.min() > 0.65
    assert (inner - torch.diag_embed(diagonal)).abs().max() < 1e-3


@pytest.mark.parametrize("width", [WIDE, WIDE - 1])
def test_in_half_precision_a_wide_matrix_moves_nearly_the_same_way_and_a_narrow_one_just_so(width: int) -> None:
    shape = Siren(width, 2)
    moved = []
    for half in (False, True):
        weights = torch.zeros(1, shape.size)
        recipe = Recipe("t", hidden=width, layers=2, muon=0.05)
        Optimiser(weights, shape, recipe, half=half).step(numbers(1, shape.size), 1.0)
        moved.append(split(shape, weights)[1][0])
    full, rough = moved
    assert torch.cosine_similarity(full.flatten(), rough.flatten(), dim=0) > 0.99
    assert ((full - rough).norm() / full.norm() > 1e-4) == (width >= WIDE)


def test_orthogonal_of_nothing_is_nothing() -> None:
    assert torch.equal(orthogonal(torch.zeros(1, 4, 4)), torch.zeros(1, 4, 4))


def test_without_muon_all_weights_go_as_adam_moves_them() -> None:
    recipe = Recipe("t", hidden=HIDDEN, layers=LAYERS, learning_rate=RECIPE.learning_rate, muon=0.0)
    torch.testing.assert_close(run(recipe, START, GRADIENTS, DECAYS), by_adam(START, GRADIENTS, DECAYS))


def test_with_muon_the_weights_outside_the_matrices_go_as_adam_moves_them() -> None:
    rest = ~square()
    found = run(RECIPE, START, GRADIENTS, DECAYS)
    torch.testing.assert_close(found[:, rest], by_adam(START, GRADIENTS, DECAYS)[:, rest])


def test_adam_does_not_move_the_matrices() -> None:
    still = Recipe("t", hidden=HIDDEN, layers=LAYERS, learning_rate=0.5, muon=1e-30)
    found = run(still, START, GRADIENTS, DECAYS)
    assert torch.equal(found[:, square()], START[:, square()])
    assert not torch.equal(found, START)


def test_a_matrix_first_moves_against_the_orthogonal_part_of_its_gradient() -> None:
    moved = run(RECIPE, START, GRADIENTS[:1], [0.5])
    change = (moved - START)[:, square()].view(2, 2, HIDDEN, HIDDEN) / (RECIPE.muon * 0.5)
    u, _, vh = torch.linalg.svd(GRADIENTS[0][:, square()].view(2, 2, HIDDEN, HIDDEN))
    cosine = -(change * (u @ vh)).sum(dim=(2, 3)) / (change.norm(dim=(2, 3)) * HIDDEN**0.5)
    assert cosine.min() > 0.95
    assert change.norm(dim=(2, 3)).min() / HIDDEN**0.5 > 0.8


def test_the_second_step_looks_ahead_along_the_momentum() -> None:
    first, second = (g[:, square()].view(4, HIDDEN, HIDDEN) for g in GRADIENTS[:2])
    after_one = run(RECIPE, START, GRADIENTS[:1], [1.0])
    after_two = run(RECIPE, START, GRADIENTS[:2], [1.0, 0.5])
    momentum = MOMENTUM * first + second
    truth = -RECIPE.muon * 0.5 * orthogonal(second + MOMENTUM * momentum)
    found = (after_two - after_one)[:, square()].view(4, HIDDEN, HIDDEN)
    torch.testing.assert_close(found, truth, atol=1e-6, rtol=1e-4)


def test_networks_do_not_feel_each_other() -> None:
    together = run(RECIPE, START, GRADIENTS, DECAYS)
    for row in range(2):
        part = slice(row, row + 1)
        alone = run(RECIPE, START[part], [g[part] for g in GRADIENTS], DECAYS)
        torch.testing.assert_close(together[part], alone)
