"""What a run fits: the store's own network of each shape, and a second one if a profile asks for it."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from inrstore.errors import BadInput
from inrstore.model import Model, start_model
from inrstore.network.recipe import load_profile
from inrstore.records import FloatArray

from .discover import Found
from .files.networks import Reading, architecture, foreign_model
from .options import Options
from .worker import Foreign, Settings, Target

if TYPE_CHECKING:
    from inrstore.store import Store

OWN = "default"
"""Profile of the networks that are encoded: fitted as the store's model says, whatever its recipe's name."""


def settings_for(store: Store, profile: str | Path, options: Options) -> Settings:
    """Everything that workers need. A profile that starts elsewhere than the store's model adds its model to the store.

    Raises
    ------
    BadInput
        If the profile is none, or starts from a model of another architecture.
    """
    model = store.model
    targets = [Target(OWN, model.id, model.recipe, _bases(model))]
    if profile != OWN:
        second, target = second_target(store, profile)
        store.add_model(second)
        targets.append(target)
    return Settings(
        tuple(targets),
        model,
        options.field,
        options.up,
        options.units,
        options.limits,
        options.seed,
        keep_samples=options.keep_samples,
    )


def second_network(store: Store, profile: str | Path) -> tuple[str, str] | None:
    """Profile and model of a run's second networks, None if it has none. Errors: as `settings_for`."""
    if profile == OWN:
        return None
    _, target = second_target(store, profile)
    return target.profile, target.model_id


def second_target(store: Store, profile: str | Path) -> tuple[Model, Target]:
    """The network of a profile other than the store's own, and its model, which the store may lack.

    Errors: as `settings_for`.
    """
    model, recipe = store.model, load_profile(profile)
    if recipe.name == OWN:
        raise BadInput(f"{profile}: the name {OWN!r} is taken by the store's own networks; choose another")
    second = start_model(recipe, model)
    return second, Target(recipe.name, second.id, recipe, _bases(second))


def foreign_settings(store: Store, found: Found, reading: Reading, options: Options) -> Settings:
    """Everything that workers need to import networks of the architecture of the first file that can be read.

    The store gets a model for it. Without a file that can be read, all of them fail, each for its own reason.
    """
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
    return replace(settings_for(store, OWN, options), foreign=Foreign(reading, siren, foreign.id))


def _bases(model: Model) -> dict[str, FloatArray]:
    return {field: model.base(field) for field in model.fields}
