"""Networks that hear a latent and a point: DeepSDF's, that of occupancy networks, and a SIREN with shifts.

Each maps latents (n, d) and points (n, m, 3) to raw outputs (n, m) in the convention of `inrstore.network.fields`, and
has the loss of its paper. Sizes that nothing is said of are the published ones. A product of a latent is computed once
a shape, not once a point, which gives the same numbers cheaper.
"""

from __future__ import annotations

import math
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.utils.parametrizations import weight_norm

from inrstore.network import fields

LEAST = 1e-4
"""Of a label, from 0 and 1, where it is made a raw output."""


class Conditioned(nn.Linear):
    """A linear layer of the concatenation [x, latent]."""

    def __init__(self, own: int, latent: int, out: int) -> None:
        super().__init__(own + latent, out)
        self.own = own

    def forward(self, x: Tensor, latent: Tensor) -> Tensor:  # type: ignore[override]
        """(n, m, out) of x (n, m, own) and latents (n, latent)."""
        place, code = self.weight.tensor_split([self.own], dim=1)
        return functional.linear(x, place, self.bias) + functional.linear(latent, code)[:, None]


class DeepSdf(nn.Module):
    """Park et al. 2019, arXiv 1901.05103: layers with weight normalisation and dropout, the input once more midway.

    The layer before the input comes again keeps its full width, which the paper makes narrower by that of the input.
    Weights begin as He et al. 2015 prescribe. From PyTorch's own start, which the authors' code has, the signs of more
    samples were wrong in a trial on eight shapes.
    """

    field = "sdf"
    prior = 1e-4
    """Weight of a latent's squared length."""

    def __init__(self, latent: int = 256, width: int = 512, layers: int = 8, dropout: float = 0.2) -> None:
        super().__init__()
        self.latent, self.dropout, self.middle = latent, dropout, layers // 2
        heads = {0: Conditioned(3, latent, width), self.middle: Conditioned(width + 3, latent, width)}
        inner = [heads.get(place) or nn.Linear(width, width) for place in range(layers)]
        for layer in inner:
            heard = layer.own if isinstance(layer, Conditioned) else layer.in_features  # latents begin near zero
            nn.init.normal_(layer.weight, std=math.sqrt(2 / heard))
            nn.init.zeros_(layer.bias)
        self.inner = nn.ModuleList(weight_norm(layer) for layer in inner)
        self.out = nn.Linear(width, 1)

    def forward(self, latent: Tensor, points: Tensor) -> Tensor:
        distance = self.distance(latent, points)
        return torch.logit(fields.labels("sdf", distance), eps=LEAST)

    def distance(self, latent: Tensor, points: Tensor) -> Tensor:
        """(n, m) signed distances, negative inside, before they are clamped."""
        x = points
        for place, layer in enumerate(self.inner):
            if place == self.middle:
                x = torch.cat([x, points], dim=-1)
            x = torch.relu(layer(x, latent) if place in (0, self.middle) else layer(x))
            x = functional.dropout(x, self.dropout, self.training)
        return torch.tanh(self.out(x))[..., 0]

    def loss(self, latent: Tensor, points: Tensor, distances: Tensor) -> Tensor:
        """(n,) mean absolute error of the clamped distance; where a clamped one is right, nothing is learned."""
        said = self.distance(latent, points).clamp(-fields.CLIP, fields.CLIP)
        return (said - distances.clamp(-fields.CLIP, fields.CLIP)).abs().mean(dim=-1)


class ConditionalNorm(nn.Module):
    """Batch normalisation over all points of all shapes, whose scale and shift the latent gives."""

    def __init__(self, latent: int, width: int) -> None:
        super().__init__()
        self.norm = nn.BatchNorm1d(width, affine=False)
        self.scale, self.shift = nn.Linear(latent, width), nn.Linear(latent, width)
        for layer, bias in ((self.scale, 1.0), (self.shift, 0.0)):
            nn.init.zeros_(layer.weight)
            nn.init.constant_(layer.bias, bias)

    def forward(self, x: Tensor, latent: Tensor) -> Tensor:
        """(n, m, width) of x (n, m, width) and latents (n, d)."""
        level = self.norm(x.flatten(0, 1)).view_as(x)
        return self.scale(latent)[:, None] * level + self.shift(latent)[:, None]


class Block(nn.Module):
    """Two layers beside a shortcut, each after a normalisation that the latent moves."""

    def __init__(self, latent: int, width: int) -> None:
        super().__init__()
        self.norms = nn.ModuleList(ConditionalNorm(latent, width) for _ in range(2))
        self.first, self.second = nn.Linear(width, width), nn.Linear(width, width)
        nn.init.zeros_(self.second.weight)

    def forward(self, x: Tensor, latent: Tensor) -> Tensor:
        inner = self.first(torch.relu(self.norms[0](x, latent)))
        return cast(Tensor, x + self.second(torch.relu(self.norms[1](inner, latent))))


class Occupancy(nn.Module):
    """The decoder of occupancy networks (Mescheder et al. 2019, arXiv 1812.03828); here no encoder makes the latent.

    Of distances it hears the sign alone. Its surface is where it says one half.
    """

    field = "occ"
    prior = DeepSdf.prior

    def __init__(self, latent: int = 256, width: int = 256, blocks: int = 5) -> None:
        super().__init__()
        self.latent = latent
        self.place = nn.Linear(3, width)
        self.blocks = nn.ModuleList(Block(latent, width) for _ in range(blocks))
        self.norm = ConditionalNorm(latent, width)
        self.out = nn.Linear(width, 1)

    def forward(self, latent: Tensor, points: Tensor) -> Tensor:
        x = self.place(points)
        for block in self.blocks:
            x = block(x, latent)
        return cast(Tensor, self.out(torch.relu(self.norm(x, latent)))[..., 0])

    def loss(self, latent: Tensor, points: Tensor, distances: Tensor) -> Tensor:
        """(n,) mean binary cross entropy."""
        inside = (distances < 0).float()
        raw = self(latent, points)
        return functional.binary_cross_entropy_with_logits(raw, inside, reduction="none").mean(dim=-1)


class ModulatedSiren(nn.Module):
    """Functa's (Dupont et al. 2022, arXiv 2201.12204): a SIREN whose layers a latent shifts, by a linear map.

    Its loss is that of the individual networks of the default profile, with which it so compares.
    """

    field = "sdf"
    prior = 0.0

    def __init__(self, latent: int = 256, width: int = 512, layers: int = 15, omega: float = 30.0) -> None:
        super().__init__()
        self.latent, self.omega = latent, omega
        self.inner = nn.ModuleList(nn.Linear(width if place else 3, width) for place in range(layers))
        self.shifts = nn.Linear(latent, layers * width, bias=False)
        self.out = nn.Linear(width, 1)
        for place, layer in enumerate([*self.inner, self.out]):  # as Sitzmann et al. 2020 prescribe
            bound = math.sqrt(6 / layer.in_features) / omega if place else 1 / 3
            nn.init.uniform_(layer.weight, -bound, bound)

    def forward(self, latent: Tensor, points: Tensor) -> Tensor:
        shifts = self.shifts(latent)[:, None].tensor_split(len(self.inner), dim=-1)
        x = points
        for layer, shift in zip(self.inner, shifts, strict=True):
            x = torch.sin(self.omega * (layer(x) + shift))
        return cast(Tensor, self.out(x)[..., 0])

    def loss(self, latent: Tensor, points: Tensor, distances: Tensor) -> Tensor:
        """(n,) mean absolute error of the label."""
        return fields.loss("sdf", self(latent, points), fields.labels("sdf", distances), "absolute")


Decoder = DeepSdf | Occupancy | ModulatedSiren
