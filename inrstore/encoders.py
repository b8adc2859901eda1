"""From the weights of an INR to its embedding, and nothing but the weights."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional

from .siren import SirenShape, split


@dataclass(frozen=True)
class EncoderShape:
    """Sizes of a `WeightEncoder`."""

    rank: int = 16
    width: int = 512
    dim: int = 256
    dropout: float = 0.1


class WeightEncoder(nn.Module):
    """Encodes the change φ = θ − θ₀ from the base, which keeps every neuron's identity.

    inr2vec's encoder pools over the rows of the weight matrices and so forgets which neuron a row was; all our
    networks start from one base, and neuron i of one answers to neuron i of another (cf. Kofinas et al. 2024
    and arXiv 2503.18123 on the gain from encoding the scaled change). So every coordinate is standardised,
    the square matrices are shortened along their inputs by a learned projection, and a plain residual
    network reads the result. The first layers differ by field, the rest is shared: one embedding space.
    """

    def __init__(self, siren: SirenShape, fields: Sequence[str], shape: EncoderShape) -> None:
        super().__init__()
        self.siren, self.shape = siren, shape
        self.readers = nn.ModuleDict({field: _Reader(siren, shape) for field in fields})
        self.trunk = nn.ModuleList(_Block(shape.width, shape.dropout) for _ in range(2))
        self.out = nn.Sequential(nn.LayerNorm(shape.width), nn.Linear(shape.width, shape.dim))

    def forward(self, field: str, change: Tensor) -> Tensor:
        """(n, dim) embeddings of unit length, of changes (n, W) of networks of one field."""
        x = self.read(field, change)
        for block in self.trunk:
            x = block(x)
        return functional.normalize(self.out(x), dim=-1)

    def read(self, field: str, change: Tensor) -> Tensor:
        return cast(Tensor, self.readers[field](change))

    def standardise(self, field: str, changes: Tensor) -> None:
        """Take the mean and spread of each coordinate from changes (n, W) of one field."""
        reader = cast(_Reader, self.readers[field])
        reader.mean.copy_(changes.mean(dim=0))
        spread = changes.std(dim=0)
        reader.spread.copy_(spread.clamp_min(float(spread.mean()) * 0.1))


class _Reader(nn.Module):
    """The layers that belong to one field."""

    mean: Tensor
    spread: Tensor

    def __init__(self, siren: SirenShape, shape: EncoderShape) -> None:
        super().__init__()
        self.siren = siren
        self.register_buffer("mean", torch.zeros(siren.size))
        self.register_buffer("spread", torch.ones(siren.size))
        hidden, count = siren.hidden, siren.layers - 1
        self.projections = nn.Parameter(torch.randn(count, hidden, shape.rank) / hidden**0.5)
        features = siren.size - count * hidden * hidden + count * hidden * shape.rank
        self.first = nn.Linear(features, shape.width)

    def forward(self, change: Tensor) -> Tensor:
        layers = split(self.siren, (change - self.mean) / self.spread)
        parts = [layers[0][0].flatten(1), layers[-1][0].flatten(1), *(bias for _, bias in layers)]
        for (matrix, _), projection in zip(layers[1:-1], self.projections, strict=True):
            parts.append((matrix @ projection).flatten(1))  # (n, out, rank) → (n, out * rank)
        return cast(Tensor, self.first(torch.cat(parts, dim=1)))


class _Block(nn.Module):
    def __init__(self, width: int, dropout: float) -> None:
        super().__init__()
        self.layers = nn.Sequential(nn.LayerNorm(width), nn.GELU(), nn.Dropout(dropout), nn.Linear(width, width))

    def forward(self, x: Tensor) -> Tensor:
        return x + cast(Tensor, self.layers(x))
