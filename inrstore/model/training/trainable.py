"""What a training asks of an encoder besides what every encoder has."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Protocol, runtime_checkable

import torch
from torch import Tensor

from ..base import Base
from ..encoders import Encoder
from .warp import WarpRecipe


class Trainable(Encoder, Protocol):
    """An encoder, a torch module, that `train_encoder` can train; see `ProbesEncoder` for an example."""

    @classmethod
    def begin(cls, base: Base, **settings: Any) -> Trainable:
        """One that has learned nothing yet. Errors: BadInput."""

    def features(self, field: str, weights: Tensor) -> Tensor:
        """(n, …) uint8 or float16, of whole weights (n, W): what is kept of each network, and all that it ever sees."""

    def prepare(self, batches: Iterable[Tensor]) -> None:
        """Look at the features of everything that it will learn from, once, before the first step."""

    def altered(self, features: Tensor, recipe: WarpRecipe, generator: torch.Generator) -> Tensor:
        """What `learned` takes, of features, each as of another shape that was never fitted."""

    def plain(self, features: Tensor) -> Tensor:
        """What `learned` and `embed` take, of features as they are."""

    def learned(self, inputs: Tensor) -> Tensor:
        """(n, d) of unit length: the part of embeddings that training shapes."""

    def embed(self, inputs: Tensor) -> Tensor:
        """(n, dim) embeddings of unit length."""


@runtime_checkable
class Posing(Protocol):
    """What an encoder may have besides, that is trained with a decoder and sees each shape in other poses."""

    def posed(self, features: Tensor, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        """What `embed` takes, of features (n, …) of turned shapes, and the turn G (3, 3): Gx has what x had."""
