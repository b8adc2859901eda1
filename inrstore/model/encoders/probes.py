"""The probing encoder: what a network says on a lattice, read as slices and as views by 2-D convolutions."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, ClassVar, cast

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from inrstore.errors import BadInput
from inrstore.network.siren import Siren

from ..part import Tensors
from ..training.warp import WarpRecipe, warp
from .readings import Asking, blurred, volumes
from .single import Residual

if TYPE_CHECKING:
    from ..base import Base

MIN_PROBES = 16
TOGETHER = 16
"""Readings of turned copies that are encoded at once, in a fifth of the time that each alone takes."""
VIEW_CHANNELS = 4
"""Depth, silhouette, how much surface a ray crosses, and how much inside."""


@dataclass(frozen=True)
class ProbesSettings:
    """Sizes of a `ProbesEncoder`."""

    probes: int = 24
    """The network is asked at the centres of this many cells a side of the cube [-1, 1]³."""
    width: int = 32
    """Channels of the first stage of the slices' networks, half of it the views'; later ones have up to eight times as
    many."""
    dim: int = 256
    """Of the whole embedding, `outline` included."""
    outline: int = 64
    """Numbers of the embedding that no label had a say in."""
    outline_share: float = 0.2
    """Of the squared length of an embedding."""
    dropout: float = 0.3
    blind: float = 0.5
    """In training, how often it is not told what is inside, as a scan cannot say; so both mean the same."""


class ProbesEncoder(Asking, nn.Module):
    """Encodes a network from its weights alone, by running it at a fixed lattice of probes.

    The answers are a function of the weights, and say the same in every field (cf. Kahana et al. 2024, "Deep Linear
    Probe Generators for Weight Space Learning"). Here they are images: the slices along each of the three axes are the
    channels of one, and six orthographic views are drawn from them (depth, silhouette, thickness, as in MVCNN, Su et
    al. 2015, but from the network); small residual networks (He et al. 2016) read these.

    A part of an embedding is the outline: main directions of the blurred nearness. It knows nothing of classes, so that
    search stays sensible among shapes unlike any that the rest was trained on.
    """

    kind: ClassVar[str] = "probes"
    any_base: ClassVar[bool] = True
    mean: Tensor
    directions: Tensor

    def __init__(self, siren: Siren, sizes: ProbesSettings) -> None:
        if sizes.probes < MIN_PROBES or sizes.probes % 8:
            raise BadInput(f"an encoder needs a multiple of 8 probes a side, {MIN_PROBES} at least, not {sizes.probes}")
        if not 0 < sizes.outline < sizes.dim:
            raise BadInput(f"an encoder's outline must have from 1 to {sizes.dim - 1} numbers, not {sizes.outline}")
        super().__init__()
        self.siren, self.sizes = siren, sizes
        self._products: list[Residual] | None = None  # of an encoder that learns no more
        self.slices = nn.ModuleList(Images(2 * sizes.probes, sizes.width) for _ in range(3))
        self.views = Images(VIEW_CHANNELS, sizes.width // 2)
        features = 3 * 2 * 8 * sizes.width + 6 * self.views.features
        self.out = nn.Sequential(
            nn.BatchNorm1d(features), nn.Dropout(sizes.dropout), nn.Linear(features, sizes.dim - sizes.outline)
        )
        size = (sizes.probes // 2) ** 3
        self.register_buffer("mean", torch.zeros(size))
        self.register_buffer("directions", torch.eye(size, sizes.outline))

    @classmethod
    def begin(cls, base: Base, **settings: Any) -> ProbesEncoder:
        """One that has learned nothing yet. Errors: BadInput."""
        return cls(base.siren, ProbesSettings(**settings))

    @property
    def dim(self) -> int:
        return self.sizes.dim

    @property
    def side(self) -> int:
        return self.sizes.probes

    def of_reading(self, field: str, raw: Tensor) -> Tensor:
        readings = volumes(field, raw[None], self.side)
        nets = self._products or [Residual(net.stem, net.stages) for net in self._nets()]
        return self._joined(self._coded(readings, nets), readings)[0]

    def of_readings(self, field: str, raw: Tensor) -> Tensor:
        return torch.cat([self.embed(volumes(field, some, self.side)) for some in raw.split(TOGETHER)])

    def _nets(self) -> list[Images]:
        return [*cast("Iterable[Images]", self.slices), self.views]

    def train(self, mode: bool = True) -> ProbesEncoder:
        self._products = None if mode else self._products  # what learns is not what was prepared
        super().train(mode)
        return self

    def settings(self) -> Mapping[str, Any]:
        return asdict(self.sizes)

    def arrays(self) -> Tensors:
        """In half precision, which halves a model's file."""
        return {k: (v.half() if v.is_floating_point() else v).cpu().numpy() for k, v in self.state_dict().items()}

    @classmethod
    def restore(cls, base: Base, settings: Mapping[str, Any], arrays: Tensors) -> ProbesEncoder:
        encoder = cls(base.siren, ProbesSettings(**settings))
        encoder.load_state_dict({key: torch.from_numpy(np.asarray(value)) for key, value in arrays.items()})
        encoder.eval()
        encoder._products = [Residual(net.stem, net.stages) for net in encoder._nets()]
        return encoder

    def features(self, field: str, weights: Tensor) -> Tensor:
        """(n, 2, p, p, p) uint8, 255 for 1, of whole weights (n, W): what a training keeps of a network."""
        return (self.inputs(field, weights) * 255).round().byte()

    @torch.no_grad()
    def prepare(self, batches: Iterable[Tensor]) -> None:
        """Take the outline's mean and main directions from features, which come in batches."""
        count, total = 0, torch.zeros_like(self.mean, dtype=torch.float64)
        square = torch.zeros(len(self.mean), len(self.mean), dtype=torch.float64)
        for batch in batches:
            rows = blurred(batch.float() / 255).double()
            count, total, square = count + len(rows), total + rows.sum(dim=0), square + rows.T @ rows
        mean = total / count
        _, vectors = torch.linalg.eigh(square - count * mean[:, None] * mean)  # ascending
        self.mean.copy_(mean)
        self.directions.copy_(vectors[:, -self.sizes.outline :])

    def altered(self, features: Tensor, recipe: WarpRecipe, generator: torch.Generator) -> Tensor:
        """(n, 2, p, p, p) of shapes that were never fitted, some without their inside; from features."""
        warped = warp(features.float() / 255, recipe, generator)
        told = torch.rand(len(warped), generator=generator).to(warped.device) >= self.sizes.blind
        return torch.stack([warped[:, 0], warped[:, 1] * told[:, None, None, None]], dim=1)

    def plain(self, features: Tensor) -> Tensor:
        """(n, 2, p, p, p) in [0, 1] from features, unaltered."""
        return features.float() / 255

    def embed(self, readings: Tensor) -> Tensor:
        """(n, dim) embeddings of unit length, of readings (n, 2, p, p, p) in [0, 1]."""
        return self._joined(self.learned(readings), readings)

    def learned(self, readings: Tensor) -> Tensor:
        """(n, dim - outline) of unit length: the part that training shapes."""
        return self._coded(readings, self._nets())

    def _joined(self, learned: Tensor, readings: Tensor) -> Tensor:
        share = self.sizes.outline_share
        outline = functional.normalize((blurred(readings) - self.mean) @ self.directions, dim=-1)
        return torch.cat([math.sqrt(1 - share) * learned, math.sqrt(share) * outline], dim=1)

    def _coded(self, readings: Tensor, nets: Sequence[Callable[[Tensor], Tensor]]) -> Tensor:
        """What the three networks of slices, and the one of views, make of readings."""
        along = [readings.flatten(1, 2), readings.transpose(2, 3).flatten(1, 2)]  # slices of x, of y and of z
        along.append(readings.permute(0, 1, 4, 2, 3).flatten(1, 2))
        seen = views(readings)  # (n, 6, 4, p, p)
        codes = [net(image) for net, image in zip(nets, along, strict=False)]
        codes.append(nets[-1](seen.flatten(0, 1)).view(len(seen), -1))
        code: Tensor = self.out(torch.cat(codes, dim=1))
        return functional.normalize(code.float(), dim=-1)


class Images(nn.Module):
    """A small residual network from images (n, c, p, p) to (n, features): means and maxima of the last stage.

    The first layer halves the sides; without that it costs three times as much.
    """

    def __init__(self, channels: int, width: int) -> None:
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(channels, width, 3, 2, 1, bias=False), nn.BatchNorm2d(width), nn.ReLU())
        stages = [_Block(width, width, 1)]
        for factor in (1, 2, 4):
            stages.append(_Block(width * factor, 2 * width * factor, 2))
        self.stages = nn.Sequential(*stages)
        self.features = 2 * 8 * width

    def forward(self, images: Tensor) -> Tensor:
        x = self.stages(self.stem(images))
        return torch.cat([x.mean(dim=(2, 3)), x.amax(dim=(2, 3))], dim=1)


class _Block(nn.Module):
    """Two 3×3 convolutions beside a shortcut."""

    def __init__(self, channels: int, out: int, stride: int) -> None:
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(channels, out, 3, stride, 1, bias=False),
            nn.BatchNorm2d(out),
            nn.ReLU(),
            nn.Conv2d(out, out, 3, 1, 1, bias=False),
            nn.BatchNorm2d(out),
        )
        self.shortcut = nn.Identity() if channels == out and stride == 1 else nn.Conv2d(channels, out, 1, stride)

    def forward(self, x: Tensor) -> Tensor:
        return torch.relu(cast(Tensor, self.body(x)) + self.shortcut(x))


def views(readings: Tensor) -> Tensor:
    """(n, 6, 4, p, p): from both ends of each axis depth, silhouette, surface and inside, of readings (n, 2, p, p, p).

    The depth is that of a ray that is stopped by nearness, soft, so that it has gradients and no threshold.
    """
    side, found = readings.shape[-1], []
    steps = (torch.arange(side, device=readings.device, dtype=readings.dtype) + 0.5) / side
    for axis in (2, 3, 4):
        moved = readings.movedim(axis, 2)  # (n, 2, depth, p, p)
        for ray in (moved, moved.flip(2)):
            near, inside = ray[:, 0], ray[:, 1]
            clear = torch.cumprod(1 - near.square() * 0.98, dim=1)  # what still passes behind each cell
            before = torch.cat([torch.ones_like(clear[:, :1]), clear[:, :-1]], dim=1)
            depth = ((before - clear) * steps[:, None, None]).sum(dim=1) + clear[:, -1]
            found.append(torch.stack([depth, near.amax(dim=1), near.mean(dim=1), inside.mean(dim=1)], dim=1))
    return torch.stack(found, dim=1)
