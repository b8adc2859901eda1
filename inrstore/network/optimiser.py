"""The optimiser of fits: Muon for the hidden-to-hidden matrices, Adam for everything else, on flat weights."""

from __future__ import annotations

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
        self.weights, self.recipe, self.steps = weights, recipe, 0
        self.matrices = _square(siren) if recipe.muon else []
        self.others = _between(self.matrices, weights.shape[1])
        small = weights.device.type == "cpu" and siren.hidden < WIDE
        self.dtype = torch.bfloat16 if half and not small else torch.float32
        self.momenta = torch.zeros(len(weights), len(self.matrices), siren.hidden, siren.hidden, device=weights.device)
        self.mean = torch.zeros_like(_gather(weights, self.others))
        self.square = torch.zeros_like(self.mean)

    @torch.no_grad()
    def step(self, gradient: Tensor, decay: float) -> None:
        """Move along the gradient (n, W) with the recipe's learning rates times `decay`."""
        if self.matrices:
            self._muon(gradient, self.recipe.muon * decay)
        self._adam(_gather(gradient, self.others), self.recipe.learning_rate * decay)

    def _muon(self, gradient: Tensor, rate: float) -> None:
        """All hidden matrices at once."""
        own = torch.stack([gradient[:, span] for span in self.matrices], dim=1).view_as(self.momenta)  # (n, k, h, h)
        self.momenta.mul_(MOMENTUM).add_(own)
        ahead = own.add_(self.momenta, alpha=MOMENTUM).flatten(0, 1)  # Nesterov's
        change = orthogonal(ahead, self.dtype).view_as(self.momenta).flatten(2)
        for index, span in enumerate(self.matrices):
            self.weights[:, span].sub_(change[:, index], alpha=rate)

    def _adam(self, gradient: Tensor, rate: float) -> None:
        """Kingma & Ba 2015, algorithm 1. torch's own optimisers cost seconds of imports at their first step."""
        self.steps += 1
        self.mean.lerp_(gradient, 1 - BETAS[0])
        self.square.mul_(BETAS[1]).addcmul_(gradient, gradient, value=1 - BETAS[1])
        spread = (self.square / (1 - BETAS[1] ** self.steps)).sqrt_().add_(1e-8)
        change = self.mean / spread
        start = 0
        for span in self.others:
            size = span.stop - span.start
            self.weights[:, span].sub_(change[:, start : start + size], alpha=rate / (1 - BETAS[0] ** self.steps))
            start += size


def orthogonal(matrices: Tensor, dtype: torch.dtype = torch.float32, iterations: int = ITERATIONS) -> Tensor:
    """About U Vᵀ of each matrix U S Vᵀ in (n, h, h), by Muon's quintic Newton–Schulz iteration, in `dtype`."""
    a, b, c = _QUINTIC
    x: Tensor = (matrices / (matrices.norm(dim=(1, 2), keepdim=True) + 1e-12)).to(dtype)
    for _ in range(iterations):
        gram = torch.bmm(x, x.transpose(1, 2))
        x = torch.baddbmm(x, torch.baddbmm(gram, gram, gram, beta=b, alpha=c), x, beta=a)
    return x.float()


def _square(siren: Siren) -> list[slice]:
    """Where the hidden-to-hidden matrices lie in a flat row."""
    spans, start = [], 0
    for fan_in, fan_out in siren.dims:
        if fan_in == fan_out == siren.hidden:
            spans.append(slice(start, start + fan_in * fan_out))
        start += fan_in * fan_out + fan_out
    return spans


def _between(spans: list[slice], length: int) -> list[slice]:
    """What the spans, in order, leave of a row."""
    starts, stops = [0] + [span.stop for span in spans], [span.start for span in spans] + [length]
    return [slice(start, stop) for start, stop in zip(starts, stops, strict=True) if start < stop]


def _gather(row: Tensor, spans: list[slice]) -> Tensor:
    return torch.cat([row[:, span] for span in spans], dim=1)
