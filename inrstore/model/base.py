"""A base: where networks start, and how they are fitted. It keys the networks of a store."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any

import numpy as np

from inrstore.errors import ModelNotFound
from inrstore.network.fields import FIELDS
from inrstore.network.fitting import random_base, siren_of
from inrstore.network.recipe import Recipe
from inrstore.network.siren import Siren
from inrstore.records import FloatArray

from .part import Part

NORMALISATION = "bounding-box centre, unit ball, Y up"
LABELS = ("name", "base", "base_seed")
"""What a recipe says of where it comes from, and not of how a network is fitted."""


@dataclass(frozen=True, eq=False)
class Base(Part):
    """Normalisation, recipe, and the shared start θ₀ of every network of each field. `Base.of` makes one."""

    def __post_init__(self) -> None:
        size = self.siren.size
        for key, value in self.tensors.items():
            if value.shape != (size,) or value.dtype != np.float32 or not np.isfinite(value).all():
                raise ValueError(f"the base of {key} is not {size} finite 32-bit numbers")

    @classmethod
    def of(cls, name: str, recipe: Recipe, starts: Mapping[str, FloatArray]) -> Base:
        """From a recipe and θ₀ (W,) of each field."""
        return cls.from_settings(name, asdict(recipe), NORMALISATION, starts)

    @classmethod
    def from_settings(cls, name: str, recipe: Mapping[str, Any], normalisation: str, starts: Mapping[str, Any]) -> Base:
        """As `of`, from a recipe's settings as they were saved, which may lack those of later versions."""
        kept = {key: value for key, value in recipe.items() if key not in LABELS}
        tensors = {field: np.asarray(start, np.float32) for field, start in starts.items()}
        return cls(name, {"part": "base", "normalisation": normalisation, "recipe": kept}, tensors)

    @cached_property
    def recipe(self) -> Recipe:
        """How the networks are fitted that start here and are encoded."""
        return Recipe.from_dict({**self.settings["recipe"], "name": self.name, "base": "model"})

    @cached_property
    def siren(self) -> Siren:
        return siren_of(self.recipe)

    @property
    def fields(self) -> tuple[str, ...]:
        return tuple(field for field in FIELDS if field in self.tensors)

    def start(self, field: str) -> FloatArray:
        """(W,) float32, the start θ₀ of every INR of this field. Errors: ModelNotFound."""
        if field not in self.fields:
            raise ModelNotFound(f"base {self.name!r} has no start for {field!r}, only for {', '.join(self.fields)}")
        return np.asarray(self.tensors[field], np.float32)


def random_start(recipe: Recipe) -> Base:
    """The base of a recipe whose networks start from SIREN's random initialisation."""
    start = random_base(recipe).numpy()
    return Base.of(recipe.name, recipe, {field: start.copy() for field in FIELDS})
