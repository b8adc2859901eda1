"""The segmenter head: which part of its shape a point belongs to, from the shape's embedding and class."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.spatial import cKDTree
from torch import Tensor, nn
from torch.nn import functional

from inrstore.arrays import as_floats, as_points
from inrstore.errors import BadInput, CorruptShard
from inrstore.model import Head
from inrstore.model.decoder import positional
from inrstore.network.siren import Siren, forward
from inrstore.records import FloatArray

KIND = "segmenter"
REACHES = (0.05, 0.1, 0.2, 0.4)
"""How far from a point the network is asked, in units of the normalised radius."""
NEIGHBOURS, NEAR = 16, 0.1
"""Points of one surface, at most, that are asked as one, and how near they are."""
CHUNK, TOGETHER = 16_384, 64
"""Points at once that a decoder, and that a network is asked about."""


@dataclass(frozen=True)
class SegmenterSettings:
    """Sizes of a `PartDecoder`."""

    dim: int
    """Of the embeddings."""
    classes: int
    parts: int
    """Of all classes together."""
    sees: bool = True
    """Whether it also sees what the shape's network says around each point."""
    width: int = 256
    frequencies: int = 4
    dropout: float = 0.3


class PartDecoder(nn.Module):
    """After inr2vec's (De Luigi et al. 2023): an implicit decoder that is given embedding, class and point.

    It gives a logit for each part. Where it `sees`, it is also given the network's answers around the point.
    """

    def __init__(self, sizes: SegmenterSettings) -> None:
        super().__init__()
        self.sizes = sizes
        width, given = sizes.width, 3 + 6 * sizes.frequencies + (answers(REACHES) if sizes.sees else 0)
        self.point = nn.Linear(given, width)
        self.code = nn.Linear(sizes.dim, width, bias=False)
        self.kind = nn.Embedding(sizes.classes, width)
        self.hidden = nn.ModuleList(nn.Linear(width, width) for _ in range(3))
        self.out = nn.Linear(width, sizes.parts)

    def forward(self, embedding: Tensor, kind: Tensor, given: Tensor) -> Tensor:
        """(n, m, parts) of embeddings (n, dim), classes (n,) and what is known of m points of each, see `given`."""
        drop = self.sizes.dropout
        code = functional.dropout(self.code(embedding * math.sqrt(self.sizes.dim)), drop, self.training)
        x = torch.relu(self.point(given) + (code + self.kind(kind))[:, None])
        for place, layer in enumerate(self.hidden):
            x = x + torch.relu(layer(functional.dropout(x, drop if place == 1 else 0.0, self.training)))
        out: Tensor = self.out(functional.dropout(x, drop, self.training))
        return out


@torch.no_grad()
def given(siren: Siren, weights: Tensor, points: Tensor, sizes: SegmenterSettings) -> Tensor:
    """(n, m, k) what a `PartDecoder` is given of points (n, m, 3): their place, and what networks (n, W) say around."""
    found, said = [positional(points, sizes.frequencies)], []
    if sizes.sees:
        offsets = around(REACHES).to(points)
        for some in points.split(TOGETHER, dim=1):  # what all of them take is more than caches hold
            places = some[:, :, None] + offsets  # (n, t, a, 3)
            said.append(forward(siren, weights, places.flatten(1, 2)).view(*places.shape[:3]))
        found.append(2 * torch.sigmoid(torch.cat(said, dim=1)) - 1)
    return torch.cat(found, dim=-1)


def around(reaches: Sequence[float]) -> Tensor:
    """(a, 3): the point itself, and at each reach the 26 directions to the cells around one."""
    directions = torch.tensor([way for way in product((-1.0, 0.0, 1.0), repeat=3) if any(way)])
    unit = functional.normalize(directions, dim=1)
    return torch.cat([torch.zeros(1, 3), *(unit * reach for reach in reaches)])


def answers(reaches: Sequence[float]) -> int:
    return 1 + 26 * len(reaches)


def smoothed(said: FloatArray, points: NDArray[np.floating]) -> FloatArray:
    """(m, k) the mean of what was said of a surface's points (m, 3) over the nearest of them: parts hang together."""
    if len(points) < 2:
        return said
    near = cKDTree(points).query(points, min(NEIGHBOURS, len(points)), distance_upper_bound=NEAR)[1]
    padded = np.vstack([said, np.zeros_like(said[:1])])  # where there are fewer, places point after the last
    total = sum(padded[places] for places in near.T)
    return np.asarray(total / (near < len(points)).sum(axis=1, keepdims=True), np.float32)


@dataclass(frozen=True, eq=False)
class Segmenter:
    """A head of kind `segmenter`, ready to be asked."""

    head: Head
    siren: Siren
    """Of the networks whose shapes it is asked about."""

    @property
    def classes(self) -> Sequence[str]:
        classes: Sequence[str] = self.head.settings["settings"]["classes"]
        return classes

    @property
    def label(self) -> str:
        """What the classes are values of: `label`, or a tag."""
        return str(self.head.settings["settings"]["label"])

    def names(self, kind: str) -> tuple[str, ...]:
        """What the parts of a class are called. Errors: BadInput for another class."""
        return tuple(name for _, name in self._own(kind))

    @cached_property
    def decoder(self) -> PartDecoder:
        """Errors: BadInput for another kind of head, CorruptShard."""
        head = self.head
        if head.kind != KIND:
            raise BadInput(f"head {head.name!r} is of kind {head.kind!r}; it does not segment")
        try:
            decoder = PartDecoder(SegmenterSettings(**head.settings["settings"]["sizes"]))
            decoder.load_state_dict({key: torch.from_numpy(np.array(value)) for key, value in head.tensors.items()})
        except (ValueError, KeyError, TypeError, RuntimeError) as error:
            raise CorruptShard(f"segmenter {head.name!r} is damaged: {error}; restore it from a copy") from error
        return decoder.eval()

    def probabilities(
        self, embedding: FloatArray, weights: FloatArray, kind: str, points: NDArray[np.floating]
    ) -> FloatArray:
        """(m, k) how likely each of the class's k parts is at points (m, 3) of the normalised frame.

        Of the shape with the embedding (d,) and the network (W,). Errors: BadInput for another class, BadArray.
        """
        decoder, own = self.decoder, [place for place, _ in self._own(kind)]
        z = torch.from_numpy(as_floats(embedding, (decoder.sizes.dim,), "embedding"))[None]
        network = torch.from_numpy(as_floats(weights, (self.siren.size,), "weights"))[None]
        places, which = torch.from_numpy(as_points(points)), torch.tensor([self.classes.index(kind)])
        found = []
        with torch.inference_mode():
            for some in places.split(CHUNK):
                logits = decoder(z, which, given(self.siren, network, some[None], decoder.sizes))
                found.append(logits[0][:, own].softmax(dim=1))
        return torch.cat(found).numpy() if found else np.empty((0, len(own)), np.float32)

    def _own(self, kind: str) -> list[tuple[int, str]]:
        """Places and names of a class's parts."""
        parts: Sequence[Any] = self.head.settings["settings"]["parts"]
        if kind not in self.classes:
            raise BadInput(f"the segmenter {self.head.name!r} knows no {kind!r}, only {', '.join(self.classes)[:200]}")
        return [(place, name) for place, (own, name) in enumerate(parts) if own == kind]
