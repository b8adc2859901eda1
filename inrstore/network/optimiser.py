"""The optimiser of fits: Muon for the hidden-to-hidden matrices, Adam for everything else, on flat weights."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from .recipe import Recipe
from .siren import Siren

MOMENTUM = 0.9
BETAS = (0.9, 0.999)
ITERATIONS = 3
"""Muon's authors take five; with three, fits of SIRENs are as good (measured) and the optimiser costs a third less."""
WIDE = 96
"""Hidden units from which bfloat16 makes the search for orthogonal matrices faster on a CPU, not slower."""
_QUINTIC = (3.4445, -4.7750, 2.0315)


class Optimiser:
    """One step at a time on weights (n, W), whose rows are independent networks.

    Muon (Jordan et al. 2024, "Muon: an optimizer for hidden layers in neural networks") replaces a matrix's
    momentum by the nearest orthogonal matrix; in SIRENs it needs about half of Adam's steps. With `half` it looks
    for that matrix in bfloat16, as its authors do, where that is faster.
    """

    def __init__(self, weights: Tensor, siren: Siren, recipe: Recipe, *, half: bool = False) -> None:
        self.weights, self.siren, self.recipe, self.steps = weights, siren, recipe, 0
        small = weights.device.type == "cpu" and siren.hidden < WIDE
        self.dtype = torch.bfloat16 if half and not small else torch.float32
        self.mean, self.square = torch.zeros_like(weights), torch.zeros_like(weights)
        self.change = torch.empty_like(weights)
        self.turned = hidden_matrices(siren, self.change) if recipe.muon else None
        self.momenta = None if self.turned is None else torch.zeros(self.turned.shape, device=weights.device)

    @torch.no_grad()
    def step(self, gradient: Tensor, decay: float) -> None:
        """Move along the gradient (n, W) with the recipe's learning rates times `decay`."""
        self._adam(gradient, self.recipe.learning_rate * decay)
        self._muon(gradient, self.recipe.muon * decay)
        self.weights.sub_(self.change)

    def _muon(self, gradient: Tensor, rate: float) -> None:
        """The change of the hidden matrices, of all at once, in the place of Adam's."""
        if self.turned is None or self.momenta is None:
            return
        own = hidden_matrices(self.siren, gradient)
        self.momenta.mul_(MOMENTUM).add_(own)
        ahead = torch.add(own, self.momenta, alpha=MOMENTUM).flatten(0, 1)  # Nesterov's
        torch.mul(orthogonal(ahead, self.dtype).view_as(own), rate, out=self.turned)

    def _adam(self, gradient: Tensor, rate: float) -> None:
        """The change of all weights, by Kingma & Ba 2015, end of section 2. torch's own takes seconds to import."""
        self.steps += 1
        self.mean.lerp_(gradient, 1 - BETAS[0])
        self.square.mul_(BETAS[1]).addcmul_(gradient, gradient, value=1 - BETAS[1])
        unbias = math.sqrt(1 - BETAS[1] ** self.steps)
        torch.sqrt(self.square, out=self.change).add_(1e-8 * unbias)
        torch.div(self.mean, self.change, out=self.change)
        self.change.mul_(rate * unbias / (1 - BETAS[0] ** self.steps))


def orthogonal(matrices: Tensor, dtype: torch.dtype = torch.float32, iterations: int = ITERATIONS) -> Tensor:
    """About U Vᵀ of each matrix U S Vᵀ in (n, h, h), by Muon's quintic Newton–Schulz iteration, in `dtype`."""
    a, b, c = _QUINTIC
    x: Tensor = (matrices / (torch.linalg.vector_norm(matrices, dim=(1, 2), keepdim=True) + 1e-12)).to(dtype)
    for _ in range(iterations):
        gram = torch.bmm(x, x.transpose(1, 2))
        x = torch.baddbmm(x, torch.baddbmm(gram, gram, gram, beta=b, alpha=c), x, beta=a)
    return x.float()


def hidden_matrices(siren: Siren, weights: Tensor) -> Tensor:
    """(n, layers − 1, h, h) view of the hidden-to-hidden matrices of flat weights (n, W), which lie evenly."""
    side, biases = siren.hidden, siren.hidden
    size = (len(weights), siren.layers - 1, side, side)
    start = weights.storage_offset() + 3 * side + biases
    return weights.as_strided(size, (weights.stride(0), side * side + biases, side, 1), start)
