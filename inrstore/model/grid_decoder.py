"""The decoder of a grid encoder's embeddings: they become a grid of features, which is read at any point."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional


@dataclass(frozen=True)
class GridDecoderSettings:
    """Sizes of a `GridDecoder`; `dim` is that of the embeddings, `cells` and `widths` as of their encoder."""

    dim: int = 4096
    cells: int = 8
    """Blocks a side that an embedding describes, a power of two."""
    widths: tuple[int, ...] = (16, 64)
    """Channels from the finest grid to that of the blocks, each of half the side."""
    features: int = 24
    """Of a cell of the finest grid."""
    hidden: int = 64
    """Neurons of each of the two layers that read them."""


class GridDecoder(nn.Module):
    """After convolutional occupancy networks (Peng et al. 2020): convolutions, then a small network at each point.

    The features of the eight cells around a point are interpolated; with them goes where in its cell the point is, as
    sines and cosines, which do not jump from one cell to the next. One output a field.
    """

    def __init__(self, fields: Sequence[str], sizes: GridDecoderSettings) -> None:
        super().__init__()
        self.fields, self.sizes = tuple(fields), sizes
        widths = tuple(reversed(sizes.widths))
        stages: list[nn.Module] = [nn.Conv3d(sizes.dim // sizes.cells**3, widths[0], 1), Residual(widths[0])]
        for coarse, fine in zip(widths, widths[1:], strict=False):
            stages += [nn.ConvTranspose3d(coarse, fine, 2, 2), Residual(fine)]
        self.stages = nn.Sequential(*stages, nn.Conv3d(widths[-1], sizes.features, 1))
        self.side = sizes.cells * 2 ** (len(widths) - 1)
        self.first = nn.Linear(sizes.features + 12, sizes.hidden)
        self.second = nn.Linear(sizes.hidden, sizes.hidden)
        self.out = nn.Linear(sizes.hidden, len(self.fields))

    def forward(self, embedding: Tensor, points: Tensor) -> Tensor:
        """(n, m, fields) raw outputs for embeddings (n, dim) at points (n, m, 3), as of the fields' networks."""
        return self.at(self.prepare(embedding), points)

    def prepare(self, embedding: Tensor) -> Tensor:
        """(n, features, side, side, side) of embeddings (n, dim): once a shape, however many points are asked."""
        cells = self.sizes.cells
        scaled = embedding * math.sqrt(self.sizes.dim)  # unit vectors have small entries
        return cast(Tensor, self.stages(scaled.view(len(scaled), -1, cells, cells, cells)))

    def at(self, prepared: Tensor, points: Tensor) -> Tensor:
        """(n, m, fields) of what `prepare` gave, at points (n, m, 3) of [-1, 1]³; outside, the edge goes on."""
        places = points.flip(-1)[:, :, None, None]  # grid_sample counts axes from the last
        read = functional.grid_sample(prepared, places, align_corners=False, padding_mode="border")
        phase = points * (math.pi * self.side)  # two cells a turn, and one
        within = torch.cat([phase.sin(), phase.cos(), (phase / 2).sin(), (phase / 2).cos()], dim=-1)
        x = functional.silu(self.first(torch.cat([read[..., 0, 0].transpose(1, 2), within], dim=-1)))
        return cast(Tensor, self.out(functional.silu(self.second(x))))


class Residual(nn.Module):
    """Two convolutions beside a shortcut (He et al. 2016, with normalisation first), of grids (n, width, s, s, s)."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.body = nn.Sequential(
            nn.GroupNorm(8, width), nn.SiLU(), nn.Conv3d(width, width, 3, 1, 1),
            nn.GroupNorm(8, width), nn.SiLU(), nn.Conv3d(width, width, 3, 1, 1),
        )  # fmt: skip

    def forward(self, x: Tensor) -> Tensor:
        return cast(Tensor, x + self.body(x))
