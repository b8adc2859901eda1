"""Recipes: how a network is fitted. A profile is a recipe with a name; a JSON file is one too."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Annotated, Any

from msgspec import Meta

from inrstore import settings
from inrstore.errors import BadInput

LOSSES = ("entropy", "absolute")
"""What `inrstore.network.fields.loss` knows."""
Text = Annotated[str, Meta(min_length=1)]
Count = Annotated[int, Meta(ge=1)]
Seed = Annotated[int, Meta(ge=0, le=2**63 - 1)]
Positive = Annotated[float, Meta(gt=0)]
NotNegative = Annotated[float, Meta(ge=0)]


@dataclass(frozen=True)
class SamplingRecipe:
    """Where the field is asked: around surface points moved by Gaussian noise, and uniformly in [-1, 1]³."""

    surface: tuple[tuple[NotNegative, Annotated[int, Meta(ge=0)]], ...]
    """(σ, count) pairs, σ in normalised units."""
    uniform: Annotated[int, Meta(ge=0)]

    def __post_init__(self) -> None:
        settings.check(self, "sampling")
        if self.surface_count + self.uniform < 1:
            raise BadInput("sampling: surface and uniform are 0 points together; give 1 or more")

    @property
    def surface_count(self) -> int:
        return sum(count for _, count in self.surface)


@dataclass(frozen=True)
class Recipe:
    """One way to fit: network, start, samples, steps. Frozen, and saved beside whatever it made.

    Raises
    ------
    BadInput
        If a setting is of another type than is written here, or out of its range.
    """

    name: Text
    hidden: Count = 64
    layers: Count = 3
    omega: Positive = 30.0
    base: Text = "model"
    """`model`: from the learned base of the store's model; `random`: from SIREN's own, drawn with `base_seed`; else
    from the learned base of another model, by name or directory; one beside a profile's file is found first."""
    base_seed: Seed = 0
    sampling: SamplingRecipe = SamplingRecipe(((0.002, 5_000), (0.006, 3_500), (0.05, 1_700)), 1_800)
    steps: Count = 60
    rounds: Count = 1
    """How often the steps may be run: a shape whose error is above `target` goes on, with the rates wound up again. Of
    sdf only: a udf has a kink at the surface, which leaves an error that says nothing of how hard a shape is."""
    target: NotNegative = 0.0
    """In the unit of `fitting.Fitted.error`."""
    batch_points: Count = 1_536
    learning_rate: Positive = 1e-2
    """Of Adam, in all weights that Muon does not move."""
    muon: NotNegative = 1e-2
    """Learning rate of Muon in the hidden-to-hidden matrices; 0 leaves them to Adam."""
    loss: str = "entropy"
    """One of `LOSSES`; `absolute` changes it for sdf only."""
    warmup: Annotated[float, Meta(ge=0, lt=1)] = 0.0
    """Share of the steps in which the learning rates rise from nothing."""
    cosine: bool = True
    """Decay the learning rates to a hundredth along half a cosine."""
    half: bool = True
    """Hidden products and Muon's own in bfloat16 where the processor has it; the first layer's phases, the weights and
    the rest of the optimiser stay float32."""

    def __post_init__(self) -> None:
        settings.check(self, f"profile {self.name!r}")
        if self.loss not in LOSSES:
            raise BadInput(f"profile {self.name!r}: loss is {self.loss!r}; it must be one of {', '.join(LOSSES)}")

    def to_json(self) -> str:
        return json.dumps(asdict(self), indent=2)

    @classmethod
    def from_dict(cls, values: Any) -> Recipe:
        """Refuses unknown settings, by name, so that a typing error is not a silent default. Errors: BadInput."""
        return settings.convert(cls, values, "profile")


DEFAULT = Recipe(
    "default",
    sampling=SamplingRecipe(((0.003, 6_000), (0.02, 4_500), (0.05, 4_000)), 1_500),
    steps=400,
    rounds=2,
    target=0.0031,
    batch_points=384,
    learning_rate=2e-3,
    muon=3e-3,
    loss="absolute",
    warmup=0.05,
)
FAST = Recipe("fast", base="fast")
FIDELITY = replace(
    DEFAULT,
    name="fidelity",
    base="fidelity",
    rounds=1,
    target=0.0,
    sampling=SamplingRecipe(((0.002, 25_000), (0.006, 10_000), (0.01, 10_000), (0.05, 15_000)), 10_000),
    steps=1_200,
    batch_points=768,
    learning_rate=3e-3,
    muon=3.5e-3,
    warmup=0.1,
)
PAPER = Recipe(
    "paper",  # De Luigi et al. 2023, to the letter: queries, optimiser, steps, precision
    hidden=512,
    layers=4,
    base="random",
    sampling=SamplingRecipe(((0.003, 250_000), (0.01, 200_000), (0.1, 25_000)), 25_000),
    steps=500,
    batch_points=10_000,
    learning_rate=1e-4,
    muon=0.0,
    cosine=False,
    half=False,
)
PROFILES = {recipe.name: recipe for recipe in (DEFAULT, FAST, FIDELITY, PAPER)}


def load_profile(name_or_path: str | Path) -> Recipe:
    """The built-in profile of this name, or the one in a JSON file.

    Raises
    ------
    BadInput
        If it is neither, or the file is not a valid profile.
    """
    if str(name_or_path) in PROFILES:
        return PROFILES[str(name_or_path)]
    path = Path(name_or_path)
    if not path.is_file():
        raise BadInput(f"no profile {str(name_or_path)!r}: give one of {sorted(PROFILES)} or a JSON file")
    try:
        recipe = settings.decode(Recipe, path.read_bytes(), f"profile {path}")
    except OSError as error:
        raise BadInput(f"{path}: cannot be read: {error.strerror}") from error
    beside = path.parent / recipe.base
    return replace(recipe, base=str(beside.resolve())) if (beside / "model.json").is_file() else recipe
