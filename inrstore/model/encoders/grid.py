"""The grid encoder: embeddings to decode from, of which each part describes a block of the space."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar, cast

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from inrstore.errors import BadInput
from inrstore.network.siren import Siren

from ..grid_decoder import GridDecoderSettings, Residual
from ..part import Tensors
from .readings import Asking, volumes

if TYPE_CHECKING:
    from ..base import Base
    from ..training.warp import WarpRecipe

PATCH = 3
"""Probes a side of a cell of the finest grid, which the first layer takes together."""


@dataclass(frozen=True)
class GridSettings:
    """Sizes of a `GridEncoder`."""

    cells: int = 8
    """Blocks of the space a side, a power of two."""
    channels: int = 8
    """Numbers that describe a block."""
    widths: tuple[int, ...] = (16, 64)
    """Channels from the finest grid to that of the blocks, each of half the side."""
    blind: float = 0.3
    """In training, how often it is not told what is inside, as a scan cannot say; so both mean the same."""
    noise: float = 0.05
    """In training, how far an embedding is moved, as a share of its length, so that what lies near decodes alike."""

    @property
    def dim(self) -> int:
        return self.channels * self.cells**3

    @property
    def probes(self) -> int:
        """A side; the network is asked at the centres of so many cells of [-1, 1]³."""
        return PATCH * self.cells * int(2 ** (len(self.widths) - 1))


class GridEncoder(Asking, nn.Module):
    """Encodes a network by what it says at a lattice of probes, each part of the space by itself, to be decoded.

    An embedding for search forgets what does not tell shapes apart; this one keeps where the surface is: numbers for
    each block of a coarse grid, by 3-D convolutions (cf. the latent grids of Peng et al. 2020 and of latent
    diffusion). It is a function of the weights alone, in every field.
    """

    kind: ClassVar[str] = "grid"
    any_base: ClassVar[bool] = True

    def __init__(self, siren: Siren, sizes: GridSettings) -> None:
        power_of_two = sizes.cells > 0 and not sizes.cells & (sizes.cells - 1)
        widths_fit = sizes.widths and not any(width < 8 or width % 8 for width in sizes.widths)
        if not power_of_two or sizes.channels < 1 or not widths_fit:
            raise BadInput(f"a grid encoder has 1, 2, 4, … cells, channels, and widths of multiples of 8, not {sizes}")
        super().__init__()
        self.siren, self.sizes = siren, sizes
        widths = sizes.widths
        stages: list[nn.Module] = [nn.Conv3d(2, widths[0], PATCH, PATCH), Residual(widths[0])]
        for fine, coarse in zip(widths, widths[1:], strict=False):
            stages += [nn.Conv3d(fine, coarse, 2, 2), Residual(coarse)]
        self.stages = nn.Sequential(*stages, nn.Conv3d(widths[-1], sizes.channels, 1))

    @classmethod
    def begin(cls, base: Base, **settings: Any) -> GridEncoder:
        """One that has learned nothing yet. Errors: BadInput."""
        return cls(base.siren, _settings(settings))

    @property
    def dim(self) -> int:
        return self.sizes.dim

    @property
    def side(self) -> int:
        return self.sizes.probes

    def of_reading(self, field: str, raw: Tensor) -> Tensor:
        return self.embed(volumes(field, raw[None], self.side))[0]

    def settings(self) -> Mapping[str, Any]:
        return {**asdict(self.sizes), "widths": list(self.sizes.widths)}

    def arrays(self) -> Tensors:
        """In half precision, which halves a model's file."""
        return {key: value.half().cpu().numpy() for key, value in self.state_dict().items()}

    @classmethod
    def restore(cls, base: Base, settings: Mapping[str, Any], arrays: Tensors) -> GridEncoder:
        encoder = cls(base.siren, _settings(settings))
        encoder.load_state_dict({k: torch.from_numpy(np.asarray(v, np.float32)) for k, v in arrays.items()})
        return encoder.eval()

    def features(self, field: str, weights: Tensor) -> Tensor:
        """(n, 2, p, p, p) uint8, 255 for 1, of whole weights (n, W): what a training keeps of a network."""
        return (self.inputs(field, weights) * 255).round().byte()

    def prepare(self, batches: Iterable[Tensor]) -> None:
        """Nothing is taken from the features before the first step."""

    def decoded_by(self, sizes: GridDecoderSettings) -> GridDecoderSettings:
        """The sizes of a decoder of its embeddings, where they follow from its own."""
        return replace(sizes, dim=self.dim, cells=self.sizes.cells, widths=self.sizes.widths)

    def plain(self, features: Tensor) -> Tensor:
        """(n, 2, p, p, p) in [0, 1] from features, unaltered."""
        return features.float() / 255

    def altered(self, features: Tensor, recipe: WarpRecipe, generator: torch.Generator) -> Tensor:
        """As `plain`: what is decoded must be what was read; see `posed`."""
        return self.plain(features)

    def posed(self, features: Tensor, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        """Inputs of features in another pose, some without their inside, and the turn G (3, 3) of the shapes.

        The pose is one of the cube's eight that keep the second axis, mirrors included.
        """
        flip_x, flip_z, swap = (torch.rand(3, generator=generator) < 0.5).tolist()
        turn = torch.diag(torch.tensor([-1.0 if flip_x else 1.0, 1.0, -1.0 if flip_z else 1.0]))
        readings = self.plain(features).flip([axis for axis, flip in ((2, flip_x), (4, flip_z)) if flip])
        if swap:
            readings, turn = readings.transpose(2, 4), turn[[2, 1, 0]]
        told = torch.rand(len(readings), generator=generator).to(readings.device) >= self.sizes.blind
        return torch.stack([readings[:, 0], readings[:, 1] * told[:, None, None, None]], dim=1), turn

    def learned(self, inputs: Tensor) -> Tensor:
        """All of the embedding."""
        return self.embed(inputs)

    def embed(self, readings: Tensor) -> Tensor:
        """(n, dim) embeddings of unit length, of readings (n, 2, p, p, p) in [0, 1]."""
        code = functional.normalize(cast(Tensor, self.stages(readings)).flatten(1).float(), dim=1)
        if self.training and self.sizes.noise:
            code = code + self.sizes.noise / math.sqrt(self.dim) * torch.randn_like(code)
            code = functional.normalize(code, dim=1)
        return code


def _settings(given: Mapping[str, Any]) -> GridSettings:
    """As JSON has them. Errors: TypeError for one that is none."""
    return GridSettings(**{**given, "widths": tuple(given.get("widths", GridSettings.widths))})
