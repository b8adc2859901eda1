"""What a run fits: the store's own network of each shape, and a second one if a profile asks for it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from inrstore.errors import BadInput
from inrstore.model import Model, start_model
from inrstore.network.recipe import Recipe, load_profile
from inrstore.network.siren import Siren
from inrstore.records import FloatArray

from .discover import Found
from .files.networks import Reading, architecture, foreign_model
from .options import OWN, ImportOptions, Options

if TYPE_CHECKING:
    from inrstore.store import Store


@dataclass(frozen=True, eq=False)
class Target:
    """One network to fit for each shape: a recipe, and the base of its model for each field."""

    profile: str
    model_id: str
    recipe: Recipe
    bases: Mapping[str, FloatArray]


@dataclass(frozen=True)
class Foreign:
    """The architecture of a run's networks, which are kept beside the store's own."""

    reading: Reading
    siren: Siren
    model_id: str


@dataclass(frozen=True, eq=False)
class Settings:
    """What all files of a run share; sent to each worker once."""

    targets: tuple[Target, ...]
    """The first is the store's own model, whose weights are encoded."""
    model: Model
    options: Options = Options()
    foreign: Foreign | None = None
    """Set for a run that reads networks instead of geometry."""


Second = tuple[Model, Target]
"""What a run fits beside the store's own networks, and its model, which the store may lack."""


def settings_for(store: Store, options: Options, second: Second | None = None) -> Settings:
    """Everything that workers need. The store gets the second network's model."""
    model = store.model
    targets = [Target(OWN, model.id, model.recipe, _bases(model))]
    if second is not None:
        store.add_model(second[0])
        targets.append(second[1])
    return Settings(tuple(targets), model, options)


def second_network(store: Store, profile: str | Path) -> Second:
    """The network of a profile other than the store's own.

    Raises
    ------
    BadInput
        If the profile is none, or starts from a model of another architecture.
    """
    model, recipe = store.model, load_profile(profile)
    if recipe.name == OWN:
        raise BadInput(f"{profile}: the name {OWN!r} is taken by the store's own networks; choose another")
    second = start_model(recipe, model)
    return second, Target(recipe.name, second.id, recipe, _bases(second))


def foreign_settings(store: Store, found: Found, options: ImportOptions) -> Settings:
    """Everything that workers need to import networks of the architecture of the first file that can be read.

    The store gets a model for it. Without a file that can be read, all of them fail, each for its own reason.
    """
    reading = reading_of(options)
    siren = store.model.siren
    for source in found.sources:
        try:
            if options.limits.too_large(os.path.getsize(source.path)):
                continue
            siren = architecture(source.path, reading)
            break
        except (BadInput, OSError):  # a worker says why
            continue
    foreign = foreign_model(siren)
    store.add_model(foreign)
    return replace(settings_for(store, options), foreign=Foreign(reading, siren, foreign.id))


def reading_of(options: ImportOptions) -> Reading:
    """Errors: BadInput."""
    return Reading(None if options.field == "auto" else options.field, options.omega, options.inside)


def _bases(model: Model) -> dict[str, FloatArray]:
    return {field: model.base(field) for field in model.fields}
