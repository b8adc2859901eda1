"""The classifier head: what class an embedding is of, how sure that is, and whether it is like anything learned."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from inrstore.errors import BadArray, BadInput, CorruptShard
from inrstore.model import Head
from inrstore.records import FloatArray

from .calibration import probabilities
from .labelled import unit

KIND = "classifier"
WIDTHS = (512, 256)
DROPOUT = 0.5
TOP = 5
"""Classes that an answer names, at most."""


@dataclass(frozen=True)
class Named:
    """What a classifier says of one embedding."""

    label: str
    probability: float
    unlike: bool
    """Whether it is less like the classes than nearly all that was learned from; the label means little then."""
    top: tuple[tuple[str, float], ...]
    """The likeliest classes with their probabilities, the first being the label."""

    def to_dict(self) -> dict[str, Any]:
        top = [{"label": label, "probability": probability} for label, probability in self.top]
        return {"label": self.label, "probability": self.probability, "unlike": self.unlike, "top": top}


@dataclass(frozen=True, eq=False)
class Classifier:
    """A head of kind `classifier`, ready to be asked.

    Classes come of logits by a softmax at the head's temperature. The greatest logit says how much an embedding is like
    what was learned (MaxLogit, Hendrycks et al. 2022): below the head's threshold it is flagged as unlike all of it.
    """

    head: Head

    @property
    def names(self) -> Sequence[str]:
        """The classes (c,)."""
        names: Sequence[str] = self.head.settings["settings"]["names"]
        return names

    @property
    def label(self) -> str:
        """What the classes are values of: `label`, or a tag."""
        return str(self.head.settings["settings"]["label"])

    @cached_property
    def network(self) -> nn.Module:
        """Embeddings (n, d) to logits (n, c). Errors: BadInput for another kind of head, CorruptShard."""
        head = self.head
        if head.kind != KIND:
            raise BadInput(f"head {head.name!r} is of kind {head.kind!r}; it does not classify")
        try:
            settings = head.settings["settings"]
            network = build(settings["network"], settings["dim"], len(settings["names"]))
            network.load_state_dict({key: torch.from_numpy(np.array(value)) for key, value in head.tensors.items()})
        except (ValueError, KeyError, TypeError, RuntimeError) as error:
            raise CorruptShard(f"classifier {head.name!r} is damaged: {error}; restore it from a copy") from error
        return network.eval()

    def logits(self, rows: NDArray[np.floating]) -> FloatArray:
        """(n, c) of embeddings (n, d). Errors: BadArray for another width, BadInput, CorruptShard."""
        network, dim = self.network, int(self.head.settings["settings"]["dim"])
        if rows.ndim != 2 or rows.shape[1] != dim:
            raise BadArray(f"embeddings have the shape {rows.shape}; this classifier reads (n, {dim})")
        return logits_of(network, unit(rows))

    def probabilities(self, logits: FloatArray) -> NDArray[np.float64]:
        """(n, c) calibrated."""
        return probabilities(logits, float(self.head.settings["settings"]["temperature"]))

    def unlike(self, logits: FloatArray) -> NDArray[np.bool_]:
        """(n,)."""
        found: NDArray[np.bool_] = logits.max(axis=1) < float(self.head.settings["settings"]["threshold"])
        return found

    def classify(self, rows: NDArray[np.floating], top: int = TOP) -> list[Named]:
        """What each of the embeddings (n, d) is. Errors: as `logits`."""
        logits = self.logits(rows)
        said, unlike = self.probabilities(logits), self.unlike(logits)
        order = np.argsort(-said, axis=1, kind="stable")[:, :top]
        answers = []
        for row, places, strange in zip(said, order, unlike, strict=True):
            best = tuple((self.names[place], float(row[place])) for place in places)
            answers.append(Named(*best[0], bool(strange), best))
        return answers


def build(network: str, dim: int, classes: int) -> nn.Module:
    """What maps embeddings (n, dim) to logits (n, classes).

    `linear`: one layer. `mlp`: inr2vec's as published, 512 and 256 wide, with batch normalisation and dropout.
    """
    if network == "linear":
        return nn.Linear(dim, classes)
    layers: list[nn.Module] = []
    for fan_in, out in zip((dim, *WIDTHS), WIDTHS, strict=False):
        layers += [nn.Linear(fan_in, out), nn.BatchNorm1d(out), nn.ReLU(), nn.Dropout(DROPOUT)]
    return nn.Sequential(*layers, nn.Linear(WIDTHS[-1], classes))


@torch.inference_mode()
def logits_of(network: nn.Module, rows: FloatArray) -> FloatArray:
    """(n, c) of a network that is not learning now."""
    found: list[Tensor] = [network(part) for part in torch.from_numpy(rows).split(8_192)]
    result: FloatArray = torch.cat(found).numpy()
    return result


def tensors_of(network: nn.Module) -> Mapping[str, NDArray[Any]]:
    return {key: value.detach().numpy().copy() for key, value in network.state_dict().items()}
