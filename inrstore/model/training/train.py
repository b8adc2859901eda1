"""Training a model on shapes: bases, then fitted variants, then encoder and decoder.

Every stage leaves files in the work folder and is skipped if they are there, so a stopped run goes on.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

from safetensors.numpy import load_file, save_file

from inrstore.errors import BadInput
from inrstore.files import atomic_path, write_atomically
from inrstore.model import Base, Model
from inrstore.network.fields import FIELDS
from inrstore.network.fitting import siren_of
from inrstore.network.recipe import DEFAULT, Recipe
from inrstore.progress import Meter, OnProgress, tell
from inrstore.records import FloatArray

from ..decoder import DecoderSettings
from ..encoders.lattice import LatticeSettings
from .assemble import codec_model
from .base import BaseRecipe
from .codec import Codec, CodecData, CodecRecipe
from .dataset import Dataset, load_dataset, save_variant
from .figures import retrieval_figures
from .learning import Learning
from .shapes import FittedVariant, TrainingShapes
from .work import claim, folder

CODEC_SETTINGS = ("codec", "encoder", "decoder", "held_out", "variants")
SAVED_EVERY = 500
"""Steps of the codec."""


@dataclass(frozen=True)
class TrainRecipe:
    """All settings of a training; saved as recipe.json in the work folder."""

    name: str = "default"
    fit: Recipe = DEFAULT
    base: BaseRecipe = field(default_factory=BaseRecipe)
    codec: CodecRecipe = field(default_factory=CodecRecipe)
    encoder: LatticeSettings = field(default_factory=LatticeSettings)
    decoder: DecoderSettings = field(default_factory=DecoderSettings)
    base_shapes: int = 250
    variants: int = 3
    """Copies of every shape; number 0 is the shape as it is."""
    grids_every: int = 2
    """Occupancy grids are fitted in every such variant."""
    kept_samples: int = 2_048
    held_out: float = 0.1
    """Share of the shapes that only the figures see."""
    jobs: int = 2
    seed: int = 0


@dataclass(frozen=True)
class Trained:
    """A model, and its figures on the held-out shapes."""

    model: Model
    figures: Mapping[str, float]


def train_model(
    shapes: TrainingShapes,
    out: str | Path,
    work: str | Path,
    recipe: TrainRecipe,
    on_progress: OnProgress | None = None,
    *,
    base: Base | None = None,
) -> Trained:
    """Train a model on shapes and save it in `out`; its figures go to figures.json in the work folder.

    With `base` the networks start there and are fitted by its recipe; without it bases are learned first.

    Raises
    ------
    BadInput
        If `base` lacks a field, the shapes cannot be sampled as every field, their fits diverge, `work` belongs to
        another run, or it or `out` cannot be a folder.
    """
    folder(out)
    if base is not None:
        recipe = replace(recipe, fit=base.recipe)
    work = claim(work, _claimed(shapes, recipe, base))
    bases = _bases(shapes, work, recipe, on_progress) if base is None else _starts(base)
    for number in range(recipe.variants):
        _variant(number, shapes, bases, work, recipe, on_progress)
    dataset = _dataset(shapes, bases, work, recipe)
    codec = _codec(dataset.training(), work, recipe, on_progress)
    figures = retrieval_figures(codec, dataset.questions())
    write_atomically(work / "figures.json", json.dumps(figures, indent=2).encode())
    model = codec_model(recipe.name, base or Base.of(recipe.fit.name, recipe.fit, bases), codec)
    model.save(out)
    return Trained(model, figures)


def _claimed(shapes: TrainingShapes, recipe: TrainRecipe, base: Base | None) -> dict[str, object]:
    """A work folder serves one set of shapes and settings; what only the codec reads may change."""
    settings = asdict(recipe)
    for later in ("name", "jobs", *CODEC_SETTINGS):
        settings.pop(later)
    start = {} if base is None else {"base": base.id}
    return {"settings": settings, "digest": shapes.digest(), "labels": list(shapes.labels), **start}


def _starts(base: Base) -> dict[str, FloatArray]:
    """field → (W,). Errors: BadInput."""
    if missing := [name for name in FIELDS if name not in base.fields]:
        raise BadInput(f"the base {base.name} has no start for {', '.join(missing)}; give one with all fields")
    return {name: base.start(name) for name in FIELDS}


def _bases(
    shapes: TrainingShapes, work: Path, recipe: TrainRecipe, on_progress: OnProgress | None
) -> dict[str, FloatArray]:
    """field → (W,)."""
    path = work / "bases.safetensors"
    if not path.exists():
        tell(on_progress, "sampling for the bases")
        pools = shapes.pools(recipe.fit.sampling, recipe.base_shapes, seed=recipe.seed, jobs=recipe.jobs)
        learned = Learning(recipe.fit, recipe.base, work, recipe.jobs, on_progress).bases(pools)
        with atomic_path(path) as temporary:
            save_file({name: base.numpy() for name, base in learned.items()}, temporary)
    return load_file(path)


def _variant(
    number: int,
    shapes: TrainingShapes,
    bases: Mapping[str, FloatArray],
    work: Path,
    recipe: TrainRecipe,
    on_progress: OnProgress | None,
) -> None:
    path = _variant_path(work, number)
    if path.exists():
        return
    names = [f for f in FIELDS if f != "occ" or number % recipe.grids_every == 0]
    meter = Meter(on_progress, len(shapes.labels), stage=f"variant {number}")

    def heard() -> Iterator[FittedVariant]:
        for one in shapes.fitted(
            names, recipe.fit, bases, variant=number, kept=recipe.kept_samples, seed=recipe.seed, jobs=recipe.jobs
        ):
            yield one
            meter.step()

    save_variant(path, heard(), len(bases["sdf"]), recipe.kept_samples)


def _variant_path(work: Path, number: int) -> Path:
    return work / f"variant-{number}.safetensors"


def _dataset(shapes: TrainingShapes, bases: Mapping[str, FloatArray], work: Path, recipe: TrainRecipe) -> Dataset:
    paths = [_variant_path(work, number) for number in range(recipe.variants)]
    return load_dataset(paths, shapes.labels, bases, recipe.held_out, recipe.seed + 1)


def _codec(data: CodecData, work: Path, recipe: TrainRecipe, on_progress: OnProgress | None) -> Codec:
    codec = Codec(siren_of(recipe.fit), data, recipe.codec, recipe.encoder, recipe.decoder)
    settings = {name: asdict(recipe)[name] for name in CODEC_SETTINGS}
    digest = hashlib.sha256(json.dumps(settings, sort_keys=True).encode()).hexdigest()
    checkpoint = work / f"codec-{digest[:12]}.pt"
    if checkpoint.exists():
        codec.resume(checkpoint)
    meter = Meter(on_progress, recipe.codec.steps, stage="codec")
    meter.resume(codec.step)

    def heard(step: int, losses: dict[str, float]) -> None:
        meter.step(", ".join(f"{k} {v:.4f}" for k, v in losses.items()))
        if step % SAVED_EVERY == 0:
            codec.save(checkpoint)

    codec.train(heard)
    return codec
