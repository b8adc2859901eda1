"""Weights alone: a perceptron that reads all of a network, which is never asked what it says."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from inrstore.errors import BadInput
from inrstore.network.fields import FIELDS
from inrstore.network.siren import Siren
from inrstore.records import FloatArray

from ..part import Tensors
from ..training.warp import WarpRecipe, moves, whole_only
from .many import Many
from .single import one_thread

if TYPE_CHECKING:
    from ..base import Base

LEAST = 1e-4
"""A weight that hardly changes in any network is not blown up by more than this allows."""


@dataclass(frozen=True)
class WeightsSettings:
    """Sizes of a `WeightsEncoder`."""

    width: int = 512
    """Neurons of each layer."""
    blocks: int = 1
    """Layers between the first and the last, each beside a shortcut."""
    dim: int = 256
    dropout: float = 0.3
    noise: float = 0.5
    """In training, noise on every weight's change, in units of its standard deviation."""
    moved: float = 0.0
    """In training, the share of the networks that are moved, exactly, in their first layer. Such networks are
    of the moved shape, but lie farther from where all began than any that a fit ends at."""


class WeightsEncoder(Many, nn.Module):
    """Encodes the change θ − θ₀ that fitting made, without evaluating the network anywhere.

    As all networks of a base start at the same θ₀, a neuron means the same in all of them: which layer and row a weight
    is of is given instead of found, and no symmetry has to be undone (cf. the neural functional transformers of Zhou et
    al. 2023, arXiv 2305.13546). So each change, standardised weight by weight, has a direction of its own in the first
    layer, and what follows is a perceptron. A transformer with a token a neuron, which shared one matrix a layer among
    the neurons, was worse than the main directions of the change.
    """

    kind: ClassVar[str] = "weights"
    any_base: ClassVar[bool] = False
    mean: Tensor
    scale: Tensor
    start: Tensor

    def __init__(self, siren: Siren, start: Tensor, sizes: WeightsSettings) -> None:
        if sizes.width < 1 or sizes.blocks < 0 or sizes.dim < 1:
            raise BadInput(f"an encoder of weights needs a width and a dim, and blocks of 0 or more, not {sizes}")
        super().__init__()
        self.siren, self.sizes = siren, sizes
        self.register_buffer("start", start, persistent=False)  # (fields, W), the base's; NaN where it has none
        self.register_buffer("mean", torch.zeros(len(FIELDS), siren.size))
        self.register_buffer("scale", torch.ones(len(FIELDS), siren.size))
        self.enter = nn.Sequential(nn.Dropout(sizes.dropout / 2), nn.Linear(siren.size, sizes.width))
        self.field = nn.Parameter(torch.randn(len(FIELDS), sizes.width) * 0.02)
        self.blocks = nn.ModuleList(_layer(sizes, sizes.width) for _ in range(sizes.blocks))
        self.out = _layer(sizes, sizes.dim)

    @classmethod
    def begin(cls, base: Base, **settings: Any) -> WeightsEncoder:
        """One that has learned nothing yet. Errors: BadInput."""
        return cls(base.siren, starts(base), WeightsSettings(**settings))

    @property
    def dim(self) -> int:
        return self.sizes.dim

    def encode(self, field: str, weights: FloatArray) -> FloatArray:
        """(n, dim) embeddings from whole weights θ (n, W), one at a time, so that no other changes its bytes."""
        out = np.empty((len(weights), self.dim), np.float32)
        with torch.inference_mode(), one_thread():
            for number, row in enumerate(torch.from_numpy(np.ascontiguousarray(weights, np.float32))):
                out[number] = self.embed(self.inputs(field, row[None]))[0].numpy()
        return out

    def settings(self) -> Mapping[str, Any]:
        return asdict(self.sizes)

    def arrays(self) -> Tensors:
        """Half precision where the range allows it: scales of weights may be small."""
        state = {key: value.cpu() for key, value in self.state_dict().items()}
        return {k: (v if k in ("mean", "scale") else v.half()).numpy() for k, v in state.items()}

    @classmethod
    def restore(cls, base: Base, settings: Mapping[str, Any], arrays: Tensors) -> WeightsEncoder:
        encoder = cls(base.siren, starts(base), WeightsSettings(**settings))
        encoder.load_state_dict({key: torch.from_numpy(np.asarray(value)) for key, value in arrays.items()})
        return encoder.eval()

    def features(self, field: str, weights: Tensor) -> Tensor:
        """(n, W + 1) float16 of whole weights (n, W): the change, and last the field's number."""
        return self.inputs(field, weights).half()

    def inputs(self, field: str, weights: Tensor) -> Tensor:
        place = FIELDS.index(field)
        return _labelled(weights - self.start[place].to(weights.device), place)

    @torch.no_grad()
    def prepare(self, batches: Iterable[Tensor]) -> None:
        """Take each weight's mean and standard deviation, by field, from features, which come in batches."""
        count, total, square = (torch.zeros(len(FIELDS), n, dtype=torch.float64) for n in (1, *[self.siren.size] * 2))
        for batch in batches:
            for place in range(len(FIELDS)):
                rows = batch[batch[:, -1] == place, :-1].double()
                count[place] += len(rows)
                total[place] += rows.sum(dim=0)
                square[place] += rows.square().sum(dim=0)
        mean = total / count.clamp_min(1)
        deviation = (square / count.clamp_min(1) - mean.square()).clamp_min(0).sqrt()
        self.mean.copy_(mean)
        self.scale.copy_(torch.where(count > 1, deviation.clamp_min(LEAST), torch.ones_like(deviation)))

    def altered(self, features: Tensor, recipe: WarpRecipe, generator: torch.Generator) -> Tensor:
        """Features of shapes never fitted: some moved exactly in the first layer, and noise on all weights."""
        whole_only(recipe)
        rows = features.float()
        matrix, shift = moves(len(rows), recipe, generator)  # the network says at x what it said at M x + s
        place = rows[:, -1].long()
        whole = rows[:, :-1] + self.start[place]
        hidden = self.siren.hidden
        first = whole[:, : 3 * hidden].view(-1, hidden, 3)
        bias = whole[:, 3 * hidden : 4 * hidden] + (first @ shift.to(rows.device))[..., 0]
        moved = torch.cat([(first @ matrix.to(rows.device)).flatten(1), bias, whole[:, 4 * hidden :]], dim=1)
        some = torch.rand(len(rows), 1, generator=generator).to(rows.device) < self.sizes.moved
        noise = torch.randn(whole.shape, generator=generator).to(rows.device) * self.sizes.noise * self.scale[place]
        return torch.cat([torch.where(some, moved, whole) - self.start[place] + noise, rows[:, -1:]], dim=1)

    def plain(self, features: Tensor) -> Tensor:
        return features.float()

    def embed(self, features: Tensor) -> Tensor:
        """(n, dim) embeddings of unit length, of features (n, W + 1) float."""
        return self.learned(features)

    def learned(self, features: Tensor) -> Tensor:
        place = features[:, -1].long()
        x = self.enter((features[:, :-1] - self.mean[place]) / self.scale[place]) + self.field[place]
        for block in self.blocks:
            x = x + block(x)
        return functional.normalize(self.out(x).float(), dim=-1)


def _layer(sizes: WeightsSettings, out: int) -> nn.Sequential:
    """From as many neurons as an encoder is wide; normalisation first."""
    return nn.Sequential(nn.LayerNorm(sizes.width), nn.GELU(), nn.Dropout(sizes.dropout), nn.Linear(sizes.width, out))


def starts(base: Base) -> Tensor:
    """(fields, W) where a base's networks begin, by the order of all fields; NaN for those it does not have."""
    found = torch.full((len(FIELDS), base.siren.size), torch.nan)
    for place, field in enumerate(FIELDS):
        if field in base.fields:
            found[place] = torch.from_numpy(np.asarray(base.start(field), np.float32))
    return found


def _labelled(change: Tensor, place: int) -> Tensor:
    return torch.cat([change, torch.full((len(change), 1), float(place), device=change.device)], dim=1)
