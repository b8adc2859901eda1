"""Batched SIRENs (Sitzmann et al. 2020, arXiv 2006.09661) on flat weights: one row of a matrix is one network.

A network is ``sin(ω(W x + b))`` for every hidden layer and ``W x + b`` for the last. Its weights are laid out
layer by layer, weight matrix (out, in) row-major first, then bias.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import torch
from torch import Tensor


@dataclass(frozen=True)
class Siren:
    """The architecture 3-hidden×layers-1: `layers` counts the sine layers, the first one included."""

    hidden: int = 128
    layers: int = 3
    omega: float = 30.0

    @property
    def dims(self) -> list[tuple[int, int]]:
        """(in, out) of each linear layer, in order."""
        widths = [3] + [self.hidden] * self.layers + [1]
        return list(zip(widths[:-1], widths[1:], strict=True))

    @property
    def size(self) -> int:
        """Number of weights, biases included."""
        return sum(i * o + o for i, o in self.dims)

    def __str__(self) -> str:
        return f"3-{self.hidden}x{self.layers}-1, ω {self.omega:g}"


def initialise(shape: Siren, seed: int) -> Tensor:
    """(W,) random weights as the SIREN paper prescribes (its section 3.2); the last layer is linear."""
    generator = torch.Generator().manual_seed(seed)
    parts = []
    for index, (fan_in, fan_out) in enumerate(shape.dims):
        bound = 1 / fan_in if index == 0 else math.sqrt(6 / fan_in) / shape.omega
        parts.append((torch.rand(fan_out * fan_in, generator=generator) * 2 - 1) * bound)
        parts.append((torch.rand(fan_out, generator=generator) * 2 - 1) / math.sqrt(fan_in))
    return torch.cat(parts)


def split(shape: Siren, weights: Tensor) -> list[tuple[Tensor, Tensor]]:
    """Flat weights (n, W) as [(n, out, in), (n, out)] for every layer; views, so gradients flow back."""
    layers, start = [], 0
    for fan_in, fan_out in shape.dims:
        matrix = weights[:, start : start + fan_in * fan_out].view(-1, fan_out, fan_in)
        start += fan_in * fan_out
        layers.append((matrix, weights[:, start : start + fan_out]))
        start += fan_out
    return layers


def forward(shape: Siren, weights: Tensor, points: Tensor) -> Tensor:
    """Raw outputs (n, m) of n networks, weights (n, W), at n sets of points (n, m, 3)."""
    *sine_layers, (matrix, bias) = split(shape, weights)
    x = points
    for inner, shift in sine_layers:
        x = _sine(torch.baddbmm(shift[:, None], x, inner.transpose(1, 2)), shape.omega)  # (n, m, h)
    return torch.baddbmm(bias[:, None], x, matrix.transpose(1, 2))[..., 0]


def _sine(product: Tensor, omega: float) -> Tensor:
    """sin(ω x); x is spent where nobody asks for gradients."""
    if product.requires_grad or not by_numpy(product):
        return torch.sin(omega * product)
    there = product.mul_(omega).numpy()
    np.sin(there, out=there)
    return product


def by_numpy(x: Tensor) -> bool:
    """Whether NumPy takes sines faster: with AVX-512 one of its threads does the work of two of torch's.

    With AVX2 it takes half as long again as torch (measured).
    """
    return x.device.type == "cpu" and torch.get_num_threads() <= 2 and _wide()


@lru_cache
def _wide() -> bool:
    return torch.backends.cpu.get_cpu_capability() == "AVX512"
