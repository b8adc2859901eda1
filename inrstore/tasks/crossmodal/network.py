"""From features of pictures to places among shapes: a network that learns by contrast.

Of a batch of pictures each is to be nearer to its own shape than to all others (InfoNCE, van den Oord et al. 2018; as
CLIP has it, Radford et al. 2021), the others being those of the batch, and those that are most like its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from inrstore.records import FloatArray

from ..learning import Stateful


@dataclass(frozen=True)
class ContrastRecipe:
    """Settings of a training; frozen, and saved in the card of what it makes."""

    steps: int = 1_000
    batch: int = 256
    width: int = 1_024
    temperature: float = 0.07
    rate: float = 1e-3
    decay: float = 0.05
    dropout: float = 0.3
    blind: float = 0.2
    """Share of the features that a step does not see."""
    hard: int = 15
    """Of the shapes most like a picture's own, so many are among those that it must not be nearer to."""
    extra: float = 0.3
    """Share of a batch that is of pictures which were given, where some were."""
    seed: int = 0


def build(features: int, width: int, directions: int, dropout: float = 0.0) -> nn.Sequential:
    """Features (n, f) to places (n, k)."""
    layers = [nn.Linear(features, width), nn.LayerNorm(width), nn.GELU(), nn.Dropout(dropout)]
    return nn.Sequential(*layers, nn.Linear(width, directions))


class Contrast:
    """The training, see `inrstore.tasks.learning.Learning`.

    features : (n, f) of pictures, on a common scale; targets : (m, k) of length one, of shapes; own : (n,) which shape
    each picture is of; given : (g,) which pictures were given by somebody, and count `extra` of a batch.
    """

    def __init__(
        self,
        features: NDArray[np.float16],
        targets: FloatArray,
        own: NDArray[np.int64],
        given: NDArray[np.int64],
        recipe: ContrastRecipe,
    ) -> None:
        self.recipe = recipe
        self.features, self.targets = torch.from_numpy(features), torch.from_numpy(targets)
        self.own, self.given = torch.from_numpy(own), torch.from_numpy(given)
        self.drawn = torch.from_numpy(np.setdiff1d(np.arange(len(own)), given))
        self.near = nearest(self.targets, recipe.hard)
        self.network = build(features.shape[1], recipe.width, targets.shape[1], recipe.dropout).train()
        self.optimiser = torch.optim.AdamW(self.network.parameters(), recipe.rate, weight_decay=recipe.decay)
        self.cycle = torch.optim.lr_scheduler.OneCycleLR(self.optimiser, recipe.rate, total_steps=recipe.steps)
        self.loss: float | None = None

    @property
    def parts(self) -> dict[str, Stateful]:
        return {"network": self.network, "optimiser": self.optimiser, "cycle": self.cycle}

    def step(self) -> str:
        some = self._batch()
        seen = functional.dropout(self.features[some].float(), self.recipe.blind)
        query = functional.normalize(self.network(seen), dim=1)  # (b, k)
        own = self.own[some]
        others, place = torch.cat([own, self.near[own].flatten()]).unique(return_inverse=True)
        scores = query @ self.targets[others].T / self.recipe.temperature  # (b, o)
        loss = functional.cross_entropy(scores, place[: len(own)])
        self.optimiser.zero_grad()
        loss.backward()
        self.optimiser.step()
        self.cycle.step()
        now = float(loss.detach())
        self.loss = now if self.loss is None else self.loss + 0.02 * (now - self.loss)
        return f"loss {self.loss:.3f}"

    def _batch(self) -> Tensor:
        extra = round(self.recipe.batch * self.recipe.extra) if len(self.given) else 0
        some = self.drawn[torch.randint(len(self.drawn), (self.recipe.batch - extra,))]
        return torch.cat([some, self.given[torch.randint(len(self.given), (extra,))]]) if extra else some


def nearest(targets: Tensor, count: int) -> Tensor:
    """(m, c) of each shape those that are most like it, itself among them."""
    wanted = min(count + 1, len(targets))
    return torch.cat([(part @ targets.T).topk(wanted, dim=1).indices for part in targets.split(2_048)])


def tensors_of(network: nn.Sequential) -> Mapping[str, FloatArray]:
    """By name, as a head has them."""
    return {f"network.{key}": value.detach().numpy().copy() for key, value in network.state_dict().items()}


def restored(given: Mapping[str, FloatArray]) -> nn.Sequential:
    """Errors: KeyError, RuntimeError if these are not its tensors."""
    state = {key.removeprefix("network."): torch.from_numpy(np.array(value)) for key, value in given.items()}
    width, features = state["0.weight"].shape
    network = build(features, width, len(state["4.bias"]))
    network.load_state_dict(state)
    return network.eval()


@torch.inference_mode()
def placed(network: nn.Sequential, features: FloatArray) -> FloatArray:
    """(n, k) of length one."""
    found = [functional.normalize(network(part), dim=1) for part in torch.from_numpy(features).split(4_096)]
    return np.asarray(torch.cat(found).numpy())
