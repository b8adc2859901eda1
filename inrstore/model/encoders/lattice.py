"""From the weights of an INR to its embedding, and nothing but the weights."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from inrstore.errors import BadInput
from inrstore.network.siren import Siren, forward
from inrstore.records import FloatArray

from ..part import Tensors
from .readings import Asking, blurred, probes, volumes
from .single import Convolutions

if TYPE_CHECKING:
    from ..base import Base

STRIDES = (2, 2, 2, 1)
OUTLINE_SHARE = 1 / 3
"""Of the squared length of an embedding."""
MIN_PROBES = 8
"""Three halvings; oneDNN's bfloat16 gradients of a strided convolution over a single cell are not reliable."""


@dataclass(frozen=True)
class LatticeSettings:
    """Sizes of a `LatticeEncoder`."""

    probes: int = 24
    """The network is asked at the centres of this many cells a side of the cube [-1, 1]³."""
    width: int = 32
    """Channels after the first convolution; later ones have two and four times as many."""
    dim: int = 256
    """Of the whole embedding, `outline` included."""
    outline: int = 64
    """Numbers of the embedding that no label had a say in."""
    dropout: float = 0.3


class LatticeEncoder(Asking, nn.Module):
    """Encodes a network from its weights alone, by running it at a fixed lattice of probes.

    inr2vec's encoder pools over the rows of the weight matrices. Trained on hundreds of shapes instead of a
    hundred thousand, that or a dense reading of the weight change overfits, and networks of different fields
    drift apart. The outputs at fixed points are a function of the weights, too, and say the same in every
    field (cf. Kahana et al. 2024, "Deep Linear Probe Generators for Weight Space Learning"): how near the
    surface is, and whether the point is inside. As the probes form a lattice, convolutions read them.

    A third of the squared length of an embedding is the outline: main directions of the blurred nearness. It knows
    nothing of classes, so that search stays sensible among shapes unlike any that the rest was trained on.
    """

    kind: ClassVar[str] = "lattice"
    any_base: ClassVar[bool] = True
    places: Tensor
    mean: Tensor
    directions: Tensor

    def __init__(self, siren: Siren, sizes: LatticeSettings) -> None:
        if sizes.probes < MIN_PROBES:
            raise BadInput(f"an encoder needs at least {MIN_PROBES} probes a side, not {sizes.probes}")
        if not 0 < sizes.outline < sizes.dim:
            raise BadInput(f"an encoder's outline must have from 1 to {sizes.dim - 1} numbers, not {sizes.outline}")
        super().__init__()
        self.siren, self.sizes = siren, sizes
        self.register_buffer("places", probes(sizes.probes), persistent=False)
        self.offset: dict[str, Tensor] = {}
        """By field (W,), added to the weights before they are read: of encoders from before whole weights were handed
        over, where it is not zero."""
        self._convolutions: Convolutions | None = None  # of an encoder that learns no more
        channels, side, body = 2, sizes.probes, nn.Sequential()
        for stride, factor in zip(STRIDES, (1, 2, 4, 4), strict=True):
            body.extend(_convolution(channels, sizes.width * factor, stride))
            channels, side = sizes.width * factor, -(-side // stride)
        self.body = body
        self.out = nn.Sequential(
            nn.Dropout(sizes.dropout),
            nn.Linear(channels * side**3, 2 * sizes.dim),
            nn.ReLU(),
            nn.Dropout(sizes.dropout),
            nn.Linear(2 * sizes.dim, sizes.dim - sizes.outline),
        )
        blurred = (sizes.probes // 2) ** 3
        self.register_buffer("mean", torch.zeros(blurred))
        self.register_buffer("directions", torch.eye(blurred, sizes.outline))

    @property
    def dim(self) -> int:
        return self.sizes.dim

    @property
    def side(self) -> int:
        return self.sizes.probes

    def read_weights(self, field: str, weights: FloatArray) -> FloatArray:
        rows = super().read_weights(field, weights)
        return rows + self.offset[field].numpy() if field in self.offset else rows

    def inputs(self, field: str, weights: Tensor) -> Tensor:
        return self.read(field, weights)

    def of_reading(self, field: str, raw: Tensor) -> Tensor:
        volumes = self.volumes(field, raw[None])
        code = self.out((self._convolutions or Convolutions(self.body))(volumes[0])[None])
        return self._joined(functional.normalize(code, dim=-1), self.outline(volumes))[0]

    def settings(self) -> Mapping[str, Any]:
        return asdict(self.sizes)

    def arrays(self) -> Tensors:
        """In half precision, which halves a model's file."""
        state = {k: (v.half() if v.is_floating_point() else v).numpy() for k, v in self.state_dict().items()}
        return state | {f"offset.{field}": value.numpy() for field, value in self.offset.items()}

    @classmethod
    def restore(cls, base: Base, settings: Mapping[str, Any], arrays: Tensors) -> LatticeEncoder:
        encoder = cls(base.siren, LatticeSettings(**settings))
        tensors = {key: torch.from_numpy(np.asarray(value, np.float32)) for key, value in arrays.items()}
        encoder.offset = {k.removeprefix("offset."): v for k, v in tensors.items() if k.startswith("offset.")}
        encoder.load_state_dict({k: v for k, v in tensors.items() if not k.startswith("offset.")})
        encoder._convolutions = Convolutions(encoder.eval().body)
        return encoder

    def forward(self, field: str, weights: Tensor) -> Tensor:
        """(n, dim) embeddings of unit length, of whole weights θ (n, W) of networks of one field."""
        return self.embed(self.read(field, weights))

    def read(self, field: str, weights: Tensor) -> Tensor:
        """(n, 2, p, p, p) in [0, 1]: nearness to the surface at the probes, and insideness, 0 where nothing says."""
        if field in self.offset:
            weights = weights + self.offset[field].to(weights.device)
        raw = forward(self.siren, weights, self.places.expand(len(weights), -1, -1))
        return self.volumes(field, raw)

    def volumes(self, field: str, raw: Tensor) -> Tensor:
        """The same from raw outputs (n, p³) at the probes, whatever they come from."""
        return volumes(field, raw, self.sizes.probes)

    def embed(self, volumes: Tensor) -> Tensor:
        """(n, dim) embeddings of unit length, of readings (n, 2, p, p, p)."""
        return self._joined(self.learned(volumes), self.outline(volumes))

    def _joined(self, learned: Tensor, outline: Tensor) -> Tensor:
        return torch.cat([math.sqrt(1 - OUTLINE_SHARE) * learned, math.sqrt(OUTLINE_SHARE) * outline], dim=1)

    def learned(self, volumes: Tensor) -> Tensor:
        """(n, dim - outline) of unit length: the part that training shapes."""
        code: Tensor = self.out(self.body(volumes).flatten(1))
        return functional.normalize(code.float(), dim=-1)

    def outline(self, volumes: Tensor) -> Tensor:
        """(n, outline) of unit length: coordinates along the main directions of the blurred nearness."""
        return functional.normalize((blurred(volumes) - self.mean) @ self.directions, dim=-1)

    @torch.no_grad()
    def learn_outline(self, batches: Iterable[Tensor]) -> None:
        """Take mean and main directions from readings (n, 2, p, p, p), which come in batches."""
        rows = torch.cat([blurred(batch) for batch in batches])
        self.mean.copy_(rows.mean(dim=0))
        centred = rows - self.mean
        _, vectors = torch.linalg.eigh(centred.T @ centred)  # ascending
        self.directions.copy_(vectors[:, -self.sizes.outline :])


def _convolution(channels: int, out: int, stride: int) -> list[nn.Module]:
    return [nn.Conv3d(channels, out, 3, stride, 1, bias=False), nn.BatchNorm3d(out), nn.ReLU()]
