"""Learned bases: better ones for a store's model, from its own networks, or those of a profile, from shapes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch

from inrstore.errors import BadInput, EmptySurface
from inrstore.model import Model
from inrstore.network.fields import FieldSamples
from inrstore.network.fitting import random_base
from inrstore.network.portable import PortableInr
from inrstore.network.recipe import Recipe
from inrstore.progress import OnProgress, tell
from inrstore.surface.extraction import extract_mesh, inr_field
from inrstore.surface.sampling import SEED_RESOLUTION, sample_inr

from .assemble import bare_model, with_bases
from .base import BaseRecipe
from .learning import Learning
from .shapes import TrainingShapes, stacked
from .work import claim, folder

if TYPE_CHECKING:
    from inrstore.store import Store

STARTS = ("model", "random")


def train_base(
    store: Store,
    out: str | Path,
    work: str | Path,
    recipe: BaseRecipe,
    *,
    name: str = "default",
    shapes: int = 250,
    start: str = "model",
    jobs: int = 1,
    on_progress: OnProgress | None = None,
) -> Model:
    """The store's model with bases learned from its own networks, saved in `out`; given again, a stopped run goes on.

    Each field that the store has shapes of is learned from at most `shapes` of them, drawn by the recipe's seed; other
    fields keep their base. `start` is `model`, the store's base, or `random`, SIREN's own. Encoder and decoder stay as
    they are: they look at what a network says, not at where it began.

    Raises
    ------
    BadInput
        If an option is unusable, the store is empty, or `work` belongs to another run.
    """
    if start not in STARTS or shapes < 1:
        raise BadInput(f"start is {start!r} and shapes {shapes}; give model or random, and a number above zero")
    model = store.model
    claimed = {"store": store.id, "base": store.base_id, "shapes": shapes, "start": start, **asdict(recipe)}
    learning = Learning(model.recipe, recipe, claim(work, claimed), jobs, on_progress)
    learned = {}
    for field in model.fields:
        tell(on_progress, f"sampling {field}")
        pool = list(_sampled(store, field, shapes, recipe.seed))
        if pool:
            own = torch.from_numpy(model.base.start(field))
            first = random_base(model.recipe) if start == "random" else own
            learned[field] = learning.base(field, first, stacked(pool))
    if not learned:
        raise BadInput(f"{store.url} has no shapes to learn from; ingest some first")
    better = with_bases(model, name, learned)
    better.save(out)
    return better


def learn_bases(
    shapes: TrainingShapes,
    out: str | Path,
    work: str | Path,
    fit: Recipe,
    recipe: BaseRecipe,
    *,
    name: str,
    count: int = 250,
    jobs: int = 1,
    on_progress: OnProgress | None = None,
) -> Model:
    """A model of bases alone for the networks of `fit`, learned from at most `count` of the shapes.

    The sdf's begins at SIREN's random initialisation and the others at the sdf's. It is saved in `out`; given again, a
    stopped run goes on.

    Raises
    ------
    BadInput
        If the shapes cannot be sampled as every field, their fits diverge, `work` belongs to another run, or it or
        `out` cannot be a folder.
    """
    folder(out)
    claimed = {"digest": shapes.digest(), "shapes": count, "fit": asdict(fit), **asdict(recipe)}
    learning = Learning(fit, recipe, claim(work, claimed), jobs, on_progress)
    tell(on_progress, f"sampling {min(count, len(shapes.labels))} of {len(shapes.labels)} shapes")
    pools = shapes.pools(fit.sampling, count, seed=recipe.seed, jobs=jobs)
    learned = bare_model(name, fit, learning.bases(pools))
    learned.save(out)
    return learned


def _sampled(store: Store, field: str, count: int, seed: int) -> Iterator[FieldSamples]:
    """Samples of what the chosen shapes' networks say; networks without a surface are passed over."""
    keys = store.keys({"field": field})
    keys = np.sort(np.random.default_rng(seed).permutation(keys)[:count])
    for key, weights in zip(keys, store.weights(keys) if len(keys) else (), strict=True):
        inr = PortableInr(store.model.siren, field, weights)
        try:
            surface = extract_mesh(inr_field(inr.siren, weights), field, SEED_RESOLUTION)
        except EmptySurface:
            continue
        rng = np.random.default_rng([seed, int(key)])
        yield sample_inr(inr, *surface, store.model.recipe.sampling, rng)
