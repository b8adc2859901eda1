"""Recipes: how a network is fitted. A profile is a recipe with a name; a JSON file is one too."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from inrstore.errors import BadInput

LOSSES = ("entropy", "absolute")
"""What `inrstore.network.fields.loss` knows."""


@dataclass(frozen=True)
class SamplingRecipe:
    """Where the field is asked: around surface points moved by Gaussian noise, and uniformly in [-1, 1]³."""

    surface: tuple[tuple[float, int], ...] = ((0.002, 5_000), (0.006, 3_500), (0.05, 1_700))
    """(σ, count) pairs, σ in normalised units."""
    uniform: int = 1_800

    @property
    def surface_count(self) -> int:
        return sum(count for _, count in self.surface)


@dataclass(frozen=True)
class Recipe:
    """One way to fit: network, start, samples, steps. Frozen, and saved beside whatever it made."""

    name: str
    hidden: int = 64
    layers: int = 3
    omega: float = 30.0
    base: str = "model"
    """`model`: from the learned base of the store's model; `random`: from SIREN's own, drawn with `base_seed`; else
    from the learned base of another model, by name or directory; one beside a profile's file is found first."""
    base_seed: int = 0
    sampling: SamplingRecipe = field(default_factory=SamplingRecipe)
    steps: int = 60
    rounds: int = 1
    """How often the steps may be run: a shape whose error is above `target` goes on, with the rates wound up again."""
    target: float = 0.0
    """In the unit of `fitting.Fitted.error`."""
    batch_points: int = 1_536
    learning_rate: float = 1e-2
    """Of Adam, in all weights that Muon does not move."""
    muon: float = 1e-2
    """Learning rate of Muon in the hidden-to-hidden matrices; 0 leaves them to Adam."""
    loss: str = "entropy"
    """One of `LOSSES`; `absolute` changes it for sdf only."""
    warmup: float = 0.0
    """Share of the steps in which the learning rates rise from nothing."""
    cosine: bool = True
    """Decay the learning rates to a hundredth along half a cosine."""
    half: bool = True
    """Hidden products and Muon's own in bfloat16 where the processor has it; the first layer's phases, the weights and
    the rest of the optimiser stay float32."""

    def __post_init__(self) -> None:
        for name in ("hidden", "layers", "steps", "rounds", "batch_points"):
            if getattr(self, name) < 1:
                raise BadInput(f"profile {self.name!r}: {name} must be at least 1, not {getattr(self, name)}")
        if self.loss not in LOSSES:
            raise BadInput(f"profile {self.name!r}: loss must be one of {', '.join(LOSSES)}, not {self.loss!r}")
        if not 0 <= self.warmup < 1:
            raise BadInput(f"profile {self.name!r}: warmup must be a share of the steps below 1, not {self.warmup}")
        if not isinstance(self.base, str) or not self.base:
            raise BadInput(
                f"profile {self.name!r}: base must be 'model', 'random', or a model's name or directory, "
                f"not {self.base!r}"
            )

    def to_json(self) -> str:
        return json.dumps(asdict(self), indent=2)

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Recipe:
        """Refuses unknown settings, by name, so that a typing error is not a silent default."""
        unknown = set(values) - {f.name for f in fields(cls)}
        if unknown or "name" not in values:
            what = f"unknown settings {sorted(unknown)}" if unknown else "no name"
            raise BadInput(f"a profile with {what}; known are {[f.name for f in fields(cls)]}")
        if "sampling" in values:
            values = values | {"sampling": _sampling(values["sampling"])}
        return cls(**values)


def _sampling(values: Any) -> SamplingRecipe:
    if not isinstance(values, dict) or set(values) != {"surface", "uniform"}:
        raise BadInput(
            f"sampling must be an object with 'surface', a list of [σ, count], and 'uniform', not {values!r}"
        )
    return SamplingRecipe(tuple((float(s), int(n)) for s, n in values["surface"]), int(values["uniform"]))


DEFAULT = Recipe("default")
FIDELITY = replace(
    DEFAULT,
    name="fidelity",
    base="fidelity",
    sampling=SamplingRecipe(((0.002, 25_000), (0.006, 10_000), (0.01, 10_000), (0.05, 15_000)), 10_000),
    steps=1_200,
    batch_points=768,
    learning_rate=3e-3,
    muon=3.5e-3,
    loss="absolute",
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
PROFILES = {recipe.name: recipe for recipe in (DEFAULT, FIDELITY, PAPER)}


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
        values = json.loads(path.read_text("utf-8"))
        if not isinstance(values, dict):
            raise ValueError("not a JSON object")
        recipe = Recipe.from_dict(values)
        beside = path.parent / recipe.base
        return replace(recipe, base=str(beside.resolve())) if (beside / "model.json").is_file() else recipe
    except (ValueError, TypeError, KeyError) as error:
        raise BadInput(f"{path}: not a profile: {error}") from error
