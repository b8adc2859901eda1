"""From the weights of an INR to its embedding, and nothing but the weights."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional

from .siren import SirenShape, forward


@dataclass(frozen=True)
class EncoderShape:
    """Sizes of a `WeightEncoder`."""

    probes: int = 16
    """The network is asked at the cells of a grid of this many a side, those inside the unit ball."""
    width: int = 512
    dim: int = 256
    dropout: float = 0.3


class WeightEncoder(nn.Module):
    """Encodes a network from its weights alone, by running it at a fixed set of probes.

    inr2vec's encoder pools over the rows of the weight matrices. Trained on hundreds of shapes instead of a
    hundred thousand, that or a dense reading of the weight change overfits, and networks of different fields
    drift apart. The outputs at fixed points are a function of the weights, too, and say the same in every
    field (cf. Kahana et al. 2024, "Deep Linear Probe Generators for Weight Space Learning"): how near the
    surface is, and whether the point is inside. Each is standardised by field, the rest is shared.
    """

    places: Tensor

    def __init__(self, siren: SirenShape, fields: Sequence[str], shape: EncoderShape) -> None:
        super().__init__()
        self.siren, self.shape = siren, shape
        self.register_buffer("places", probes(shape.probes), persistent=False)
        count = 2 * len(self.places)
        self.start = nn.ParameterDict({f: nn.Parameter(torch.zeros(siren.size), False) for f in fields})
        self.mean = nn.ParameterDict({f: nn.Parameter(torch.zeros(count), False) for f in fields})
        self.spread = nn.ParameterDict({f: nn.Parameter(torch.ones(count), False) for f in fields})
        self.first = nn.Sequential(nn.Dropout(shape.dropout), nn.Linear(count, shape.width))
        self.trunk = nn.ModuleList(_Block(shape.width, shape.dropout) for _ in range(2))
        self.out = nn.Sequential(nn.LayerNorm(shape.width), nn.Linear(shape.width, shape.dim))

    def forward(self, field: str, change: Tensor) -> Tensor:
        """(n, dim) embeddings of unit length, of changes θ − θ₀ (n, W) of networks of one field."""
        x = self.first((self.read(field, change) - self.mean[field]) / self.spread[field])
        for block in self.trunk:
            x = block(x)
        return functional.normalize(self.out(x), dim=-1)

    def read(self, field: str, change: Tensor) -> Tensor:
        """(n, 2p): nearness to the surface in [0, 1] at the p probes, then insideness, ½ where nothing says."""
        raw = forward(self.siren, self.start[field] + change, self.places.expand(len(change), -1, -1))
        p = torch.sigmoid(raw)
        if field == "udf":
            return torch.cat([p, torch.full_like(p, 0.5)], dim=1)
        near = 1 - (2 * p - 1).abs() if field == "sdf" else 4 * p * (1 - p)
        return torch.cat([near, p], dim=1)

    @torch.no_grad()
    def standardise(self, field: str, changes: Tensor) -> None:
        """Take the mean and spread at each probe from changes (n, W) of one field."""
        seen = torch.cat([self.read(field, part) for part in changes.split(64)])
        self.mean[field].copy_(seen.mean(dim=0))
        self.spread[field].copy_(seen.std(dim=0) + 0.05)


def probes(side: int) -> Tensor:
    """(p, 3): the centres of side³ cells of [-1, 1]³ that are not outside the unit ball."""
    axis = (torch.arange(side) + 0.5) / side * 2 - 1
    grid = torch.cartesian_prod(axis, axis, axis)
    return grid[grid.norm(dim=1) < 1.05]


class _Block(nn.Module):
    def __init__(self, width: int, dropout: float) -> None:
        super().__init__()
        self.layers = nn.Sequential(nn.LayerNorm(width), nn.GELU(), nn.Dropout(dropout), nn.Linear(width, width))

    def forward(self, x: Tensor) -> Tensor:
        return x + cast(Tensor, self.layers(x))
