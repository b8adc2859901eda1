"""Learned bases: better ones for a store's model, from its own networks, or those of a profile, from meshes."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from inrstore.errors import BadInput, EmptySurface
from inrstore.model import Model, from_recipe
from inrstore.model.training.base import BaseRecipe, learn_base
from inrstore.network.fields import FieldSamples
from inrstore.network.fitting import random_base
from inrstore.network.portable import PortableInr
from inrstore.network.recipe import Recipe
from inrstore.surface.extraction import extract_mesh, inr_field

from .files.geometry import Network
from .files.networks import RESOLUTION
from .sampling.sample import sample_network
from .trainset import Source, find_sources, pools, stacked

if TYPE_CHECKING:
    from inrstore.store import Store

SAVED_EVERY = 10
Report = Callable[[str], None]
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
    report: Report = print,
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
    work, model = Path(work), store.model
    _claim(work, {"store": store.id, "model": model.id, "shapes": shapes, "start": start, **asdict(recipe)})
    tensors = dict(model.tensors)
    for field in model.fields:
        pool = _pool(store, field, shapes, recipe.seed)
        if pool:
            report(f"base {field}: learning from {len(pool)} shapes")
            first = random_base(model.recipe) if start == "random" else tensors[f"base.{field}"].float()
            learning = Learning(model.recipe, recipe, work, jobs, report)
            tensors[f"base.{field}"] = learning.base(field, first, *stacked(pool))
            if f"encoder.start.{field}" in tensors:  # what it adds to the change, so that their sum stays
                moved = tensors[f"base.{field}"] - model.tensors[f"base.{field}"].float()
                tensors[f"encoder.start.{field}"] = tensors[f"encoder.start.{field}"].float() + moved
    if all(torch.equal(tensors[key], model.tensors[key]) for key in tensors):
        raise BadInput(f"{store.url} has no shapes to learn from; ingest some first")
    learned = replace(model, name=name, tensors=tensors, saved="", card="")
    learned.save(out)
    return learned


def learn_from_meshes(
    folders: Sequence[str | Path],
    out: str | Path,
    work: str | Path,
    fit: Recipe,
    recipe: BaseRecipe,
    *,
    name: str,
    shapes: int = 250,
    jobs: int = 1,
    report: Report = print,
) -> Model:
    """A model of bases alone for the networks of `fit`, learned from at most `shapes` of the meshes below `folders`.

    The sdf's begins at SIREN's random initialisation and the others at the sdf's. It is saved in `out`; given again, a
    stopped run goes on.

    Raises
    ------
    BadInput
        If there are no meshes, they cannot be sampled as every field, their fits diverge, `work` belongs to another
        run, or it or `out` cannot be a folder.
    """
    sources, work = find_sources(folders), Path(work)
    _folder(out)
    _claim(work, {"meshes": _digest(sources), "shapes": shapes, "fit": asdict(fit), **asdict(recipe)})
    report(f"sampling {min(shapes, len(sources))} of {len(sources)} meshes")
    start, tensors = random_base(fit), {}
    for field, pool in pools(sources, fit.sampling, shapes, seed=recipe.seed, jobs=jobs).items():
        report(f"base {field}: learning from {len(pool[0])} shapes")
        tensors[f"base.{field}"] = Learning(fit, recipe, work, jobs, report).base(field, start, *pool)
        start = tensors["base.sdf"]
    learned = replace(from_recipe(replace(fit, base="model")), name=name, tensors=tensors)
    learned.save(out)
    return learned


def _claim(work: Path, settings: dict[str, object]) -> None:
    text = json.dumps(settings, indent=1)
    path = work / "recipe.json"
    if path.is_file() and path.read_text() != text:
        raise BadInput(f"{work} belongs to a training with other shapes or settings; give another --work folder")
    _folder(work)
    path.write_text(text)


def _folder(path: str | Path) -> None:
    try:
        Path(path).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BadInput(f"{path} cannot be a folder to write to: {error.strerror}; give another") from error


def _digest(sources: Sequence[Source]) -> str:
    """SHA-256 hex of the meshes' files."""
    digest = hashlib.sha256()
    for source in sources:
        digest.update(hashlib.sha256(Path(source.path).read_bytes()).digest())
    return digest.hexdigest()


def _pool(store: Store, field: str, count: int, seed: int) -> list[FieldSamples]:
    """Samples of what the chosen shapes' networks say; networks without a surface are passed over."""
    keys = store.keys({"field": field})
    keys = np.sort(np.random.default_rng(seed).permutation(keys)[:count])
    found = []
    for key, weights in zip(keys, store.weights(keys) if len(keys) else (), strict=True):
        inr = PortableInr(store.model.siren, field, weights)
        try:
            surface = extract_mesh(inr_field(inr.siren, weights), field, RESOLUTION)
        except EmptySurface:
            continue
        rng = np.random.default_rng([seed, int(key)])
        found.append(sample_network(Network(inr, *surface, framed=True), store.model.recipe.sampling, rng)[0])
    return found


@dataclass(frozen=True)
class Learning:
    """How bases are learned, and the folder in which each leaves its checkpoint."""

    fit: Recipe
    recipe: BaseRecipe
    work: Path
    jobs: int
    report: Report

    def base(self, field: str, first: Tensor, points: Tensor, values: Tensor) -> Tensor:
        """(W,) from `first` (W,), or from the checkpoint, with samples of n shapes, (n, m, 3) and (n, m)."""
        checkpoint = self.work / f"base-{field}.safetensors"
        kept = load_file(checkpoint) if checkpoint.exists() else {"base": first, "done": torch.tensor(0)}

        def keep(done: int, base: Tensor) -> None:
            if done % SAVED_EVERY == 0 or done == self.recipe.outer_steps:
                save_file({"base": base.contiguous(), "done": torch.tensor(done)}, checkpoint.with_suffix(".partial"))
                checkpoint.with_suffix(".partial").replace(checkpoint)

        def heard(step: int, loss: float) -> None:
            if (step + 1) % SAVED_EVERY == 0:
                self.report(f"base {field}: outer step {step + 1}, loss after the fits {loss:.4f}")

        return learn_base(
            kept["base"], points, values, field, self.fit, self.recipe, heard,
            done=int(kept["done"]), on_base=keep, jobs=self.jobs,
        ).contiguous()  # fmt: skip
