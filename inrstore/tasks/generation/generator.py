"""The generator head: new codes, of a class if it learned any."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from inrstore.errors import BadInput, CorruptShard
from inrstore.model import Head
from inrstore.model.part import Tensors
from inrstore.records import FloatArray, Shape

from ..classification.labelled import unit
from ..remembered import NAME, ids_of, learned_from
from .flow import Flow, FlowSettings, follow
from .gan import NOISE, Gan, GanSettings

if TYPE_CHECKING:
    from inrstore.store import Store

KIND = "generator"
BATCH = 64
"""Codes that are made at once."""
Network = Flow | Gan
Label = str | None


@dataclass(frozen=True, eq=False)
class Generator:
    """A head of kind `generator`, ready to be asked. Its codes are of the encoder that the head names."""

    head: Head

    @property
    def classes(self) -> Sequence[str]:
        """(c,) that can be asked for; none if it learned without."""
        classes: Sequence[str] = self._settings["classes"]
        return classes

    @property
    def label(self) -> Label:
        """What the classes are values of: `label`, or a tag; None if it learned without."""
        label: Label = self._settings["label"]
        return label

    @property
    def field(self) -> str:
        """In which its codes are decoded."""
        return str(self._settings["field"])

    def learned(self, store: Store) -> NDArray[np.int64]:
        """(n,) keys, ascending, of the shapes of a store that it learned from; those removed since are left out."""
        return learned_from(self.head, store)

    @cached_property
    def network(self) -> Network:
        """Errors: BadInput for another kind of head, CorruptShard."""
        head = self.head
        if head.kind != KIND:
            raise BadInput(f"head {head.name!r} is of kind {head.kind!r}; it does not generate")
        try:
            network = built(self._settings["network"], self._settings["sizes"])
            own = {key: head.tensors[f"network.{key}"] for key in network.state_dict()}
            network.load_state_dict({key: torch.from_numpy(np.asarray(v, np.float32)) for key, v in own.items()})
        except (ValueError, KeyError, TypeError, RuntimeError) as error:
            raise CorruptShard(f"generator {head.name!r} is damaged: {error}; restore it from a copy") from error
        return network.eval()

    def draw(self, count: int, label: Label = None, seed: int = 0) -> list[Label]:
        """Classes of so many codes: the one asked for, or by default each as often as it was learned from.

        Errors: BadInput for a class that it does not know.
        """
        if count < 1:
            raise BadInput(f"count: {count} codes asked for; give 1 or more")
        if label is not None:
            self._place(label)
            return [label] * count
        names: list[Label] = [*self.classes, None]
        often = np.array(self._settings["counts"], np.float64)
        drawn = np.random.default_rng([seed, 1]).choice(len(names), count, p=often / often.sum())
        return [names[place] for place in drawn]

    @torch.inference_mode()
    def sample(self, labels: Sequence[Label], seed: int = 0, guidance: float = 1.0) -> FloatArray:
        """(n, dim) new codes of length one, one for each class; None is for a shape of any.

        The same seed gives the same codes, and with further classes more of them.

        guidance : of a flow with classes: above 1, codes are more like their class, and less unlike each other

        Errors: BadInput for a class that it does not know, or guidance that it cannot heed; CorruptShard.
        """
        network = self.network
        if guidance != 1 and (isinstance(network, Gan) or not self.classes):
            raise BadInput("guidance is for a flow that learned classes: leave it out, or train one with --label")
        if not 0 <= guidance < np.inf:
            raise BadInput(f"guidance is {guidance}; give 0 or more, 1 being as it was learned")
        kind = torch.tensor([self._place(label) for label in labels])
        size = NOISE if isinstance(network, Gan) else network.sizes.dim
        noise = np.random.default_rng([seed, 0]).standard_normal((len(labels), size), np.float32)
        parts = zip(torch.from_numpy(noise).split(BATCH), kind.split(BATCH), strict=True)
        made = torch.cat([_made(network, part, own, guidance) for part, own in parts]).numpy()
        return unit(made * float(self._settings["scale"]) + self.head.tensors["mean"])

    @property
    def _settings(self) -> Any:
        return self.head.settings["settings"]

    def _place(self, label: Label) -> int:
        """Errors: BadInput."""
        if label is None:
            return len(self.classes)
        if label not in self.classes:
            known = f"only {', '.join(self.classes)[:200]}" if self.classes else "no class; train one with --label"
            raise BadInput(f"the generator {self.head.name!r} knows no {label!r}, {known}")
        return self.classes.index(label)


def built(network: str, sizes: dict[str, Any]) -> Network:
    """One that has learned nothing yet. Errors: TypeError, BadInput."""
    return Gan(GanSettings(**sizes)) if network == "gan" else Flow(FlowSettings(**sizes))


def described(network: Network) -> dict[str, Any]:
    """Plain JSON from which `built` makes such a network."""
    return {"network": "gan" if isinstance(network, Gan) else "flow", "sizes": asdict(network.sizes)}


def tensors_of(network: Network, mean: FloatArray, learned: Sequence[Shape]) -> Tensors:
    """A network in half precision, which halves the head's file; the mean of codes; and whose these were."""
    own = {f"network.{key}": value.detach().half().numpy() for key, value in network.state_dict().items()}
    return {**own, "mean": mean, NAME: ids_of(learned)}


def _made(network: Network, noise: Tensor, kind: Tensor, guidance: float) -> Tensor:
    return network.make(noise, kind) if isinstance(network, Gan) else follow(network, noise, kind, guidance)
