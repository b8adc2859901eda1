"""Training a model from folders of meshes: bases, then fitted variants, then encoder and decoder.

Every stage leaves files in the work folder and is skipped if they are there, so a stopped run goes on.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np
import torch
from safetensors.numpy import load_file, save_file
from torch import Tensor

from inrstore.errors import BadInput
from inrstore.metrics import retrieval_metrics
from inrstore.model import Model
from inrstore.model.decoder import DecoderSettings
from inrstore.model.encoders.lattice import LatticeSettings
from inrstore.model.training.base import BaseRecipe, learn_base
from inrstore.model.training.codec import Codec, CodecData, CodecRecipe, FieldRows
from inrstore.network.fields import FIELDS
from inrstore.network.fitting import random_base
from inrstore.network.recipe import DEFAULT, Recipe
from inrstore.records import FloatArray

from .trainset import FittedVariant, Source, find_sources, fit_variants, pools

CODEC_SETTINGS = ("codec", "encoder", "decoder", "held_out", "variants")
Report = Callable[[str], None]


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
    """Copies of every mesh; number 0 is the mesh as it is."""
    grids_every: int = 2
    """Occupancy grids are fitted in every such variant."""
    kept_samples: int = 2_048
    held_out: float = 0.1
    """Share of the meshes that only the figures see."""
    jobs: int = 2
    seed: int = 0


def train_model(
    folders: Sequence[str | Path],
    out: str | Path,
    work: str | Path,
    recipe: TrainRecipe,
    report: Report = print,
) -> Model:
    """Train a model on the meshes below `folders`, whose folders name the classes, and save it in `out`.

    Raises
    ------
    BadInput
        If there are no meshes, or `work` belongs to a run with other settings.
    """
    work = Path(work)
    sources = find_sources(folders)
    _claim(work, recipe, sources)
    bases = _bases(sources, work, recipe, report)
    for number in range(recipe.variants):
        _variant(number, sources, bases, work, recipe, report)
    data, held = _dataset(work, recipe, bases)
    codec = _codec(data.subset(~held), work, recipe, report)
    figures = _figures(codec, data, held)
    report(f"held-out meshes: {json.dumps(figures)}")
    (work / "figures.json").write_text(json.dumps(figures, indent=2))
    model = Model(recipe.name, recipe.fit, recipe.encoder, recipe.decoder, _tensors(codec, bases))
    model.save(out)
    return model


def _claim(work: Path, recipe: TrainRecipe, sources: Sequence[Source]) -> None:
    """A work folder serves one set of meshes and settings; what only the codec reads may change."""
    settings = asdict(recipe)
    for later in ("name", "jobs", *CODEC_SETTINGS):
        settings.pop(later)
    text = json.dumps({"settings": settings, "meshes": [Path(s.path).name for s in sources]}, indent=1)
    path = work / "recipe.json"
    if path.exists() and path.read_text() != text:
        raise BadInput(f"{work} belongs to a training with other meshes or settings; give another --work folder")
    work.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def _bases(sources: Sequence[Source], work: Path, recipe: TrainRecipe, report: Report) -> dict[str, FloatArray]:
    """field → (W,); the sdf's comes first, and the others start from it."""
    path = work / "bases.safetensors"
    if path.exists():
        return load_file(path)
    start, bases = random_base(recipe.fit), {}
    drawn = pools(sources, recipe.fit.sampling, recipe.base_shapes, seed=recipe.seed, jobs=recipe.jobs)
    for name, (points, values) in drawn.items():

        def heard(step: int, loss: float, name: str = name) -> None:
            if (step + 1) % 10 == 0:
                report(f"base {name}: outer step {step + 1}, loss after the fits {loss:.4f}")

        start = learn_base(start, points, values, name, recipe.fit, recipe.base, heard)
        bases[name] = start.numpy().copy()
        start = torch.from_numpy(bases["sdf"])
    save_file(bases, path)
    return bases


def _variant(
    number: int,
    sources: Sequence[Source],
    bases: dict[str, FloatArray],
    work: Path,
    recipe: TrainRecipe,
    report: Report,
) -> None:
    path = work / f"variant-{number}.safetensors"
    if path.exists():
        return
    names = [f for f in FIELDS if f != "occ" or number % recipe.grids_every == 0]
    fitted = []
    for one in fit_variants(
        sources, names, recipe.fit, bases, variant=number, kept=recipe.kept_samples, seed=recipe.seed,
        jobs=recipe.jobs,
    ):  # fmt: skip
        fitted.append(one)
        if len(fitted) % 100 == 0:
            report(f"variant {number}: {len(fitted)} of {len(sources)} meshes fitted")
    partial = path.with_suffix(".partial")
    save_file(_pack(fitted, len(bases["sdf"]), recipe.kept_samples), partial)
    (work / "labels.json").write_text(json.dumps([s.label for s in sources]))
    partial.replace(path)


def _pack(fitted: Sequence[FittedVariant], size: int, kept: int) -> dict[str, np.ndarray]:
    arrays: dict[str, np.ndarray] = {}
    for name in FIELDS:
        rows = [(v.shape, change, s) for v in fitted for change, s in v.rows if s.field == name]
        arrays[f"{name}.shape"] = np.array([shape for shape, _, _ in rows], np.int64)
        arrays[f"{name}.change"] = np.array([c for _, c, _ in rows], np.float16).reshape(-1, size)
        arrays[f"{name}.points"] = np.array([s.points for _, _, s in rows], np.float16).reshape(-1, kept, 3)
        arrays[f"{name}.values"] = np.array([s.values for _, _, s in rows], np.float16).reshape(-1, kept)
    return arrays


def _dataset(work: Path, recipe: TrainRecipe, bases: dict[str, FloatArray]) -> tuple[CodecData, Tensor]:
    """All variants, and which of them are of held-out meshes."""
    labels = json.loads((work / "labels.json").read_text())
    classes = sorted(set(labels) - {"other"})
    label_of = torch.tensor([classes.index(x) if x != "other" else -1 for x in labels])
    parts = [load_file(work / f"variant-{n}.safetensors") for n in range(recipe.variants)]
    count = len(labels)
    row = {name: torch.full((len(parts) * count,), -1) for name in FIELDS}
    fields = {}
    for name in FIELDS:
        start = 0
        for number, part in enumerate(parts):
            shapes = torch.from_numpy(part[f"{name}.shape"])
            row[name][number * count + shapes] = torch.arange(start, start + len(shapes))
            start += len(shapes)
        change, points, values = (
            torch.from_numpy(np.concatenate([part[f"{name}.{what}"] for part in parts]))
            for what in ("change", "points", "values")
        )
        fields[name] = FieldRows(change, points, values, torch.from_numpy(bases[name]))
    shape = torch.arange(count).repeat(len(parts))
    data = CodecData(fields, shape, label_of.repeat(len(parts)), row)
    have = torch.stack([r >= 0 for r in row.values()]).any(dim=0)
    held_shapes = np.random.default_rng(recipe.seed + 1).permutation(count)[: int(count * recipe.held_out)]
    held = torch.isin(data.shape, torch.from_numpy(held_shapes))
    return data.subset(have), held[have]


def _codec(data: CodecData, work: Path, recipe: TrainRecipe, report: Report) -> Codec:
    siren = Model("", recipe.fit, None, None, {}).siren
    codec = Codec(siren, data, recipe.codec, recipe.encoder, recipe.decoder)
    settings = {name: asdict(recipe)[name] for name in CODEC_SETTINGS}
    digest = hashlib.sha256(json.dumps(settings, sort_keys=True).encode()).hexdigest()
    checkpoint = work / f"codec-{digest[:12]}.pt"
    if checkpoint.exists():
        codec.resume(checkpoint)

    def heard(step: int, losses: dict[str, float]) -> None:
        if step % 100 == 0:
            report(f"codec: step {step}, " + ", ".join(f"{k} {v:.4f}" for k, v in losses.items()))
        if step % 500 == 0:
            codec.save(checkpoint)

    codec.train(heard)
    return codec


@torch.no_grad()
def _figures(codec: Codec, data: CodecData, held: Tensor) -> dict[str, float]:
    """Of held-out meshes as they are: retrieval by class, and finding one's own sdf network by its udf network."""
    figures: dict[str, float] = {}
    own = held & (torch.arange(len(held)) < int((data.shape == data.shape.max()).nonzero()[0]) + 1)
    both = own & (data.row["sdf"] >= 0) & (data.row["udf"] >= 0)
    z = {name: codec.encoder(name, data.fields[name].change[data.row[name][both]].float()) for name in ("sdf", "udf")}
    known = data.label[both] >= 0
    labels = [str(int(x)) for x in data.label[both][known]]
    for name, rows in z.items():
        if len(set(labels)) == len(labels):  # no class has two held-out meshes
            break
        scores = retrieval_metrics(rows[known].numpy(), labels)
        figures |= {f"{name} {k}": round(float(v), 4) for k, v in scores.items() if k in ("hit@1", "map")}
    if both.any():
        nearest = (z["udf"] @ z["sdf"].T).argmax(dim=1)
        figures["udf finds sdf"] = round(float((nearest == torch.arange(len(nearest))).float().mean()), 4)
    figures["held-out meshes"] = int(both.sum())
    return figures


def _tensors(codec: Codec, bases: dict[str, FloatArray]) -> dict[str, Tensor]:
    """What the model keeps; encoder and decoder in half precision, which halves the package."""
    tensors = {f"base.{name}": torch.from_numpy(base) for name, base in bases.items()}
    for prefix, module in (("encoder", codec.encoder), ("decoder", codec.decoder)):
        state = {k: v.detach() for k, v in module.state_dict().items()}
        tensors |= {f"{prefix}.{k}": v if k.startswith("start.") else v.half() for k, v in state.items()}
    return tensors
