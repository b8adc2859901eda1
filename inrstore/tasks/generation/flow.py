"""Flow matching on codes: a transformer that says which way noise is to move to become a code."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional

from inrstore.errors import BadInput

STEPS = 20
"""Of Heun's method; each asks the network twice."""
PATCH = 2
"""Blocks a side that a token describes, where there are so many."""
PERIODS = 32
Velocity = Callable[[Tensor, float], Tensor]
"""Of codes (n, dim) at a time of the way."""


@dataclass(frozen=True)
class FlowSettings:
    """Sizes of a `Flow`; `dim` and `cells` are those of the codes, `kinds` the classes and one for none."""

    dim: int
    cells: int
    kinds: int
    width: int = 128
    layers: int = 6
    heads: int = 4

    def __post_init__(self) -> None:
        if self.dim % self.cells**3 or self.width % self.heads or self.width < 1 or self.layers < 1:
            raise BadInput(f"a flow has whole blocks, and a width that its heads share evenly, not {self}")

    @property
    def patch(self) -> int:
        return PATCH if self.cells % PATCH == 0 and self.cells > PATCH else 1

    @property
    def tokens(self) -> int:
        return int((self.cells // self.patch) ** 3)


class Flow(nn.Module):
    """The velocity of a rectified flow (Lipman et al. 2023, Liu et al. 2023) from noise at 0 to codes at 1.

    A transformer whose blocks are modulated by time and class (adaLN-zero, Peebles & Xie 2023). Its tokens are cubes of
    blocks of the space, at places that are learned.
    """

    def __init__(self, sizes: FlowSettings) -> None:
        super().__init__()
        self.sizes, width = sizes, sizes.width
        numbers = sizes.dim // sizes.tokens
        self.first = nn.Linear(numbers, width)
        self.place = nn.Parameter(0.02 * torch.randn(sizes.tokens, width))
        self.time = nn.Sequential(nn.Linear(2 * PERIODS, width), nn.SiLU(), nn.Linear(width, width))
        self.kind = nn.Embedding(sizes.kinds, width)
        self.blocks = nn.ModuleList(Block(width, sizes.heads) for _ in range(sizes.layers))
        self.tone = nn.Linear(width, 2 * width)
        self.out = nn.Linear(width, numbers)
        for layer in (self.tone, self.out):
            nn.init.zeros_(layer.weight)
            nn.init.zeros_(layer.bias)

    def forward(self, x: Tensor, time: Tensor, kind: Tensor) -> Tensor:
        """(n, dim) velocities at x (n, dim), which are `time` (n,) of the way, for classes (n,)."""
        angles = time[:, None] * torch.exp(torch.linspace(0, math.log(1000.0), PERIODS, device=x.device))
        given = functional.silu(self.time(torch.cat([angles.sin(), angles.cos()], dim=1)) + self.kind(kind))  # (n, w)
        h = self.first(self.tokens(x)) + self.place  # (n, t, w)
        for block in self.blocks:
            h = block(h, given)
        return self.whole(self.out(toned(h, *self.tone(given).chunk(2, dim=1))))

    def tokens(self, x: Tensor) -> Tensor:
        """(n, t, dim / t) of codes (n, dim)."""
        cubes = self._cubes(x, self.sizes.cells // self.sizes.patch, self.sizes.patch)  # (n, c, s, p, s, p, s, p)
        return cubes.permute(0, 2, 4, 6, 1, 3, 5, 7).reshape(len(x), self.sizes.tokens, -1)

    def whole(self, tokens: Tensor) -> Tensor:
        """(n, dim), back from `tokens`."""
        side, patch = self.sizes.cells // self.sizes.patch, self.sizes.patch
        parts = tokens.view(len(tokens), side, side, side, -1, patch, patch, patch)
        return parts.permute(0, 4, 1, 5, 2, 6, 3, 7).reshape(len(tokens), -1)

    def _cubes(self, x: Tensor, side: int, patch: int) -> Tensor:
        return x.view(len(x), -1, side, patch, side, patch, side, patch)


class Block(nn.Module):
    """Attention and two layers at each token, each beside a shortcut, which is all that a new block is."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.tone = nn.Linear(width, 6 * width)
        self.reads = nn.Linear(width, 3 * width)
        self.says = nn.Linear(width, width)
        self.each = nn.Sequential(nn.Linear(width, 4 * width), nn.GELU(approximate="tanh"), nn.Linear(4 * width, width))
        nn.init.zeros_(self.tone.weight)
        nn.init.zeros_(self.tone.bias)

    def forward(self, h: Tensor, given: Tensor) -> Tensor:
        """(n, t, width) of tokens alike, and what is given (n, width)."""
        scale, shift, share, scale2, shift2, share2 = self.tone(given).chunk(6, dim=1)
        h = h + share[:, None] * self.attended(toned(h, scale, shift))
        return cast(Tensor, h + share2[:, None] * self.each(toned(h, scale2, shift2)))

    def attended(self, h: Tensor) -> Tensor:
        n, t, width = h.shape
        query, key, value = self.reads(h).view(n, t, 3, self.heads, -1).permute(2, 0, 3, 1, 4)  # (n, heads, t, w)
        found = functional.scaled_dot_product_attention(query, key, value)
        return cast(Tensor, self.says(found.transpose(1, 2).reshape(n, t, width)))


def toned(h: Tensor, scale: Tensor, shift: Tensor) -> Tensor:
    """Tokens (n, t, width) normalised, then by what is given (n, width)."""
    return functional.layer_norm(h, h.shape[-1:]) * (1 + scale[:, None]) + shift[:, None]


def flow_loss(flow: Callable[[Tensor, Tensor, Tensor], Tensor], codes: Tensor, kind: Tensor) -> Tensor:
    """How far velocities are from those of straight ways to codes (n, dim) of classes (n,), by the mean square.

    Times are drawn logit-normal, most of them in the middle of the way (Esser et al. 2024).
    """
    noise, time = torch.randn_like(codes), torch.sigmoid(torch.randn(len(codes), device=codes.device))
    there = torch.lerp(noise, codes, time[:, None])
    return functional.mse_loss(flow(there, time, kind).float(), codes - noise)


@torch.inference_mode()
def follow(flow: Flow, noise: Tensor, kind: Tensor, guidance: float = 1.0, steps: int = STEPS) -> Tensor:
    """(n, dim) codes of classes (n,) that noise (n, dim) becomes, by Heun's method.

    guidance : above 1, away from what is so without a class (classifier-free guidance, Ho & Salimans 2022)
    """

    def velocity(x: Tensor, time: float) -> Tensor:
        times = torch.full((len(x),), time)
        found = cast(Tensor, flow(x, times, kind))
        if guidance == 1:
            return found
        return torch.lerp(cast(Tensor, flow(x, times, torch.full_like(kind, flow.sizes.kinds - 1))), found, guidance)

    return heun(velocity, noise, steps)


def heun(velocity: Velocity, x: Tensor, steps: int) -> Tensor:
    """Where x (n, dim) is at time 1 that was there at 0."""
    length = 1 / steps
    for step in range(steps):
        begin = velocity(x, step * length)
        end = velocity(x + length * begin, (step + 1) * length)
        x = x + length / 2 * (begin + end)
    return x
