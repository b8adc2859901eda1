"""Auto-decoding (Park et al. 2019): a latent for each shape is learned with the network, and of a new one it alone."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

import torch
from torch import Tensor

from .decoders import Decoder


@dataclass(frozen=True)
class Rates:
    """How a road learns: learning rates of Adam, all of which fall along half a cosine, and what a step sees."""

    network: float = 1e-3
    latents: float = 1e-3
    """While the network is learned."""
    alone: float = 5e-3
    """Of new shapes' latents."""
    begin: float = 0.01
    """Standard deviation of a latent's numbers at the start."""
    shapes: int = 16
    """Of a training step; each with its own points."""
    points: int = 64
    """Of each; so few that a step stays in the processor's cache."""
    seed: int = 0


def learn(decoder: Decoder, points: Tensor, distances: Tensor, rates: Rates, steps: int) -> Tensor:
    """(n, decoder.latent) latents of n shapes, learned with the decoder, which is frozen then.

    points, distances : (n, m, 3) and (n, m), samples of the shapes' signed distance
    """
    generator = torch.Generator().manual_seed(rates.seed)
    latents = _start(len(points), decoder.latent, rates, generator)
    optimiser = torch.optim.Adam(
        [{"params": list(decoder.parameters()), "lr": rates.network}, {"params": [latents], "lr": rates.latents}]
    )
    decoder.train()
    for step in _paced(optimiser, steps):
        some = torch.randperm(len(points), generator=generator)[: rates.shapes]
        prior = decoder.prior * min(1.0, 10 * step / steps)  # grows at first, as in the authors' code
        _step(optimiser, decoder, latents[some], *_drawn(points[some], distances[some], rates, generator), prior)
    decoder.requires_grad_(False).eval()
    return latents.detach()


def fit_latents(decoder: Decoder, points: Tensor, distances: Tensor, rates: Rates, steps: int) -> Tensor:
    """(k, decoder.latent) latents of k shapes that a frozen decoder never saw; arguments as of `learn`.

    What becomes of one shape does not depend on the others, but for the points that are drawn.
    """
    generator = torch.Generator().manual_seed(rates.seed)
    latents = _start(len(points), decoder.latent, rates, generator)
    optimiser = torch.optim.Adam([latents], lr=rates.alone)
    for _ in _paced(optimiser, steps):
        _step(optimiser, decoder, latents, *_drawn(points, distances, rates, generator), decoder.prior)
    return latents.detach()


def _start(count: int, numbers: int, rates: Rates, generator: torch.Generator) -> Tensor:
    return (rates.begin * torch.randn(count, numbers, generator=generator)).requires_grad_()


def _paced(optimiser: torch.optim.Optimizer, steps: int) -> Iterable[int]:
    """The steps, before each of which the learning rates are set."""
    first = [group["lr"] for group in optimiser.param_groups]
    for step in range(steps):
        for group, rate in zip(optimiser.param_groups, first, strict=True):
            group["lr"] = rate * (0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * step / steps)))
        yield step


def _drawn(points: Tensor, distances: Tensor, rates: Rates, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """(k, p, 3) points and (k, p) distances: other ones of each shape."""
    places = torch.randint(points.shape[1], (len(points), rates.points), generator=generator)
    return points.gather(1, places[..., None].expand(-1, -1, 3)), distances.gather(1, places)


def _step(
    optimiser: torch.optim.Optimizer, decoder: Decoder, latents: Tensor, points: Tensor, distances: Tensor, prior: float
) -> None:
    losses = decoder.loss(latents, points, distances) + prior * latents.square().sum(dim=1)
    optimiser.zero_grad(set_to_none=True)
    losses.sum().backward()
    optimiser.step()
