"""What a run fits: one network of each shape, as the store's base or another profile says."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from inrstore.errors import BadInput
from inrstore.model import Base, Encoding, start_base
from inrstore.network.recipe import Recipe, load_profile
from inrstore.network.siren import Siren
from inrstore.records import FloatArray

from .discover import Found
from .files.networks import Reading, architecture, foreign_base
from .options import ImportOptions, Options
from .sources.reading import at_hand
from .sources.retry import Unreachable

if TYPE_CHECKING:
    from inrstore.store import Store


@dataclass(frozen=True, eq=False)
class Target:
    """One network to fit for each shape: a recipe, and the start of each field."""

    profile: str
    base_id: str
    recipe: Recipe
    starts: Mapping[str, FloatArray]


@dataclass(frozen=True)
class Foreign:
    """The architecture of a run's networks, which are kept beside the store's own."""

    reading: Reading
    siren: Siren
    base_id: str


@dataclass(frozen=True, eq=False)
class Settings:
    """What all files of a run share; sent to each worker once."""

    targets: tuple[Target, ...]
    """The weights of the first are encoded."""
    encoding: Encoding | None
    """None for a store without an encoder."""
    options: Options = Options()
    foreign: Foreign | None = None
    """Set for a run that reads networks instead of geometry."""


Other = tuple[Base, Target]
"""What a run fits instead of the store's own networks, and its base, which the store may lack."""


def settings_for(store: Store, options: Options, other: Other | None = None) -> Settings:
    """Everything that workers need. The store gets the other network's base.

    The other network stands alone if the store's encoder reads it, too; if not, the store's own is fitted before it.
    """
    base, encoder_id = store.base(), store.encoder_id
    encoder = store.encoder(encoder_id) if encoder_id else None
    targets = [Target(store.profile, base.id, base.recipe, base.tensors)]
    if other is not None:
        store.add_base(other[0])
        if other[0].siren == base.siren and (encoder is None or encoder.reads(other[0])):
            base, targets = other[0], []
        targets.append(other[1])
    return Settings(tuple(targets), Encoding(base, encoder) if encoder else None, options)


def other_network(store: Store, profile: str | Path) -> Other:
    """The network of a profile other than the store's own.

    Raises
    ------
    BadInput
        If the profile is none, or starts from a base of another architecture.
    """
    recipe = load_profile(profile)
    if recipe.name == store.profile:
        raise BadInput(f"{profile}: the name {recipe.name!r} is taken by the store's own networks; choose another")
    base = start_base(recipe, store.base())
    return base, Target(recipe.name, base.id, recipe, base.tensors)


def foreign_settings(store: Store, found: Found, options: ImportOptions) -> Settings:
    """Everything that workers need to import networks of the architecture of the first file that can be read.

    The store gets a base for it. Without a file that can be read, all of them fail, each for its own reason.
    """
    reading = reading_of(options)
    siren = store.base().siren
    for source in found.sources:
        try:
            with at_hand(source.path, options.limits, source.via) as place:
                if options.limits.too_large(os.path.getsize(place)):
                    continue
                siren = architecture(place, reading)
                break
        except (BadInput, Unreachable, OSError):  # a worker says why
            continue
    foreign = foreign_base(siren)
    store.add_base(foreign)
    return replace(settings_for(store, options), foreign=Foreign(reading, siren, foreign.id))


def reading_of(options: ImportOptions) -> Reading:
    """Errors: BadInput."""
    return Reading(None if options.field == "auto" else options.field, options.omega, options.inside)
