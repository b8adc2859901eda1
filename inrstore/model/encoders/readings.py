"""What networks say at a lattice of probes, and how an encoder that asks them there encodes one at a time."""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, ClassVar

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from inrstore.network.siren import Siren, forward
from inrstore.network.turning import by_cube, permuted, turned
from inrstore.records import FloatArray

from ..part import Tensors
from .many import MANY, Many
from .single import Lattice, one_thread


class Asking(Many, ABC):
    """The methods of an encoder that reads a network (W,) by its raw outputs at the cells' centres of [-1, 1]³."""

    kind: ClassVar[str]
    siren: Siren

    @property
    @abstractmethod
    def dim(self) -> int:
        """Numbers in an embedding."""

    @property
    @abstractmethod
    def side(self) -> int:
        """Probes a side."""

    @abstractmethod
    def settings(self) -> Mapping[str, Any]:
        """As every encoder's."""

    @abstractmethod
    def arrays(self) -> Tensors:
        """As every encoder's."""

    @abstractmethod
    def of_reading(self, field: str, raw: Tensor) -> Tensor:
        """(dim,) of the raw outputs (p³,) of one network, by products whose sizes are always the same."""

    def of_readings(self, field: str, raw: Tensor) -> Tensor:
        """(n, dim) of raw outputs (n, p³), the same to rounding."""
        return torch.stack([self.of_reading(field, row) for row in raw])

    def read_weights(self, field: str, weights: FloatArray) -> FloatArray:
        """(n, W) float32 what is read of weights (n, W)."""
        return np.ascontiguousarray(weights, np.float32)

    def inputs(self, field: str, weights: Tensor) -> Tensor:
        return volumes(field, asked(self.siren, self.side, weights), self.side)

    def encode(self, field: str, weights: FloatArray) -> FloatArray:
        """(n, dim) embeddings from whole weights θ (n, W), one at a time, so that no other changes its bytes."""
        out = np.empty((len(weights), self.dim), np.float32)
        with torch.inference_mode(), one_thread():
            lattice = Lattice(self.siren, self.side)
            for number, row in enumerate(self.read_weights(field, weights)):
                out[number] = self.of_reading(field, lattice.ask(torch.from_numpy(row))).numpy()
        return out

    def encode_turned(self, field: str, weights: FloatArray, turns: FloatArray) -> FloatArray:
        """(p, dim) of one network (W,) after each turn (p, 3, 3); one reading serves all that differ by the cube's.

        These permute the lattice of probes, so that 12 turns about an axis and their mirror images need three readings.
        """
        firsts, cubes = by_cube(turns)
        places = np.unique(firsts)
        networks = turned(self.siren, self.read_weights(field, weights[None])[0], turns[places])
        out = np.empty((len(turns), self.dim), np.float32)

        def read(place: int, network: FloatArray) -> None:
            numbers = np.flatnonzero(firsts == place)
            with torch.inference_mode():
                raw = Lattice(self.siren, self.side).ask(torch.from_numpy(network)).view([self.side] * 3)
                ways = [permuted(cubes[number]) for number in numbers]
                rows = torch.stack([raw.permute(axes).flip(flipped).flatten() for axes, flipped in ways])
                out[numbers] = self.of_readings(field, rows).numpy()

        with one_thread(), ThreadPoolExecutor(min(len(places), os.cpu_count() or 1)) as pool:
            list(pool.map(read, places.tolist(), networks))
        return out


def asked(siren: Siren, side: int, weights: Tensor) -> Tensor:
    """(n, side³) raw outputs of networks (n, W) at `probes`: one at a time on a processor, many on a GPU."""
    if weights.device.type == "cpu":
        lattice = Lattice(siren, side)
        return torch.stack([lattice.ask(row) for row in weights])
    places = probes(side).to(weights.device)
    return torch.cat([forward(siren, some, places.expand(len(some), -1, -1)) for some in weights.split(MANY)])


def probes(side: int) -> Tensor:
    """(side³, 3): the centres of the cells of [-1, 1]³, the last axis fastest."""
    axis = (torch.arange(side) + 0.5) / side * 2 - 1
    return torch.cartesian_prod(axis, axis, axis)


def volumes(field: str, raw: Tensor, side: int) -> Tensor:
    """(n, 2, p, p, p) in [0, 1]: nearness to the surface, and insideness, 0 where nothing says, of outputs (n, p³)."""
    inside = torch.sigmoid(raw)
    if field == "udf":
        near, inside = inside, torch.zeros_like(inside)
    elif field == "sdf":
        near = 1 - (2 * inside - 1).abs()
    else:
        near = 4 * inside * (1 - inside)
    return torch.stack([near, inside], dim=1).view(-1, 2, side, side, side)


def blurred(volumes: Tensor) -> Tensor:
    """(n, (p/2)³): nearness, averaged over overlapping blocks of 4³ probes."""
    return functional.avg_pool3d(volumes[:, :1].float(), 4, 2, 1).flatten(1)
