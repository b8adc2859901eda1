"""The latent generative adversarial network, the published way to generate codes; it is the baseline of `flow`."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

NOISE = 128
"""Numbers that a code is made of."""
CRITIC_STEPS = 5
"""To one of the generator."""
PENALTY = 10.0
RATE, BETAS = 1e-4, (0.5, 0.9)
"""Of Adam, for both."""


@dataclass(frozen=True)
class GanSettings:
    """Sizes of a `Gan`; `dim` is that of the codes, `kinds` the classes and one for none."""

    dim: int
    kinds: int
    width: int = 512


class Gan(nn.Module):
    """Two perceptrons, one that makes codes of noise and one that tells them from real ones.

    The l-WGAN of Achlioptas et al. 2018, which inr2vec used on its embeddings: Wasserstein loss with a penalty of the
    gradient (Gulrajani et al. 2017). It is wider, as codes have more numbers, and both are told the class.
    """

    def __init__(self, sizes: GanSettings) -> None:
        super().__init__()
        self.sizes = sizes
        self.maker = perceptron(NOISE + sizes.kinds, sizes.width, sizes.dim)
        self.critic = perceptron(sizes.dim + sizes.kinds, sizes.width, 1)

    def make(self, noise: Tensor, kind: Tensor) -> Tensor:
        """(n, dim) of noise (n, NOISE) and classes (n,)."""
        made: Tensor = self.maker(self._told(noise, kind))
        return made

    def judge(self, codes: Tensor, kind: Tensor) -> Tensor:
        """(n,) how real codes (n, dim) of classes (n,) look."""
        judged: Tensor = self.critic(self._told(codes, kind))
        return judged[:, 0]

    def _told(self, rows: Tensor, kind: Tensor) -> Tensor:
        return torch.cat([rows, functional.one_hot(kind, self.sizes.kinds).to(rows)], dim=1)


def perceptron(fan_in: int, width: int, out: int) -> nn.Module:
    return nn.Sequential(nn.Linear(fan_in, width), nn.ReLU(), nn.Linear(width, width), nn.ReLU(), nn.Linear(width, out))


class Contest:
    """The training of a `Gan`: both sides with an optimiser of their own."""

    def __init__(self, gan: Gan, rate: float = RATE) -> None:
        self.gan = gan
        self.makes = torch.optim.Adam(gan.maker.parameters(), rate, BETAS)
        self.judges = torch.optim.Adam(gan.critic.parameters(), rate, BETAS)

    def judge_better(self, codes: Tensor, kind: Tensor) -> float:
        """A step of the critic on real codes (n, dim) of classes (n,); how far apart it holds the two sides."""
        with torch.no_grad():
            made = self.gan.make(torch.randn(len(codes), NOISE, device=codes.device), kind)
        apart = self.gan.judge(codes, kind).mean() - self.gan.judge(made, kind).mean()
        _step(self.judges, PENALTY * self._steepness(codes, made, kind) - apart)
        return float(apart.detach())

    def make_better(self, kind: Tensor) -> None:
        """A step of the generator, for classes (n,)."""
        noise = torch.randn(len(kind), NOISE, device=kind.device)
        _step(self.makes, -self.gan.judge(self.gan.make(noise, kind), kind).mean())

    def _steepness(self, codes: Tensor, made: Tensor, kind: Tensor) -> Tensor:
        """How far the critic's slope is from 1 between real codes and made ones, by the mean square."""
        between = torch.lerp(codes, made, torch.rand(len(codes), 1, device=codes.device)).requires_grad_()
        (slope,) = torch.autograd.grad(self.gan.judge(between, kind).sum(), between, create_graph=True)
        found: Tensor = ((slope.norm(dim=1) - 1) ** 2).mean()
        return found


def _step(optimiser: torch.optim.Optimizer, loss: Tensor) -> None:
    optimiser.zero_grad()
    loss.backward()
    optimiser.step()
