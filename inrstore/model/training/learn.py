"""Training an encoder from a store: networks are read, features kept, epochs run, the best is a model."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import torch
from torch import Tensor

from inrstore.errors import BadInput
from inrstore.files import write_atomically
from inrstore.model import Base, EncoderPart, Head, Model, encoders
from inrstore.model.encoders.grid import GridEncoder
from inrstore.model.encoders.spectral import SpectralSettings, with_spectrum, without_spectrum
from inrstore.model.grid_decoder import GridDecoderSettings
from inrstore.progress import Meter, OnProgress

from .encoder import RECIPES, EncoderRecipe, EncoderTraining, Rows
from .history import best_epoch
from .networks import NO_LABELS, Networks, features
from .refits import with_refits
from .trainable import Trainable
from .work import claim, folder

if TYPE_CHECKING:
    from inrstore.store import Conditions, Store

CHECKPOINT, BEST, FEATURES, REFITS = "encoder.pt", "best.pt", "features.npy", "refits.npy"
HISTORY = "history.json"
History = Sequence[Mapping[str, float]]
"""Of each epoch its losses, as "loss …", and what the validation found."""
OnEpoch = Callable[[History], None]


@dataclass(frozen=True)
class Learned:
    """A trained model, the figures of its best epoch, and the history of all that were run."""

    model: Model
    figures: Mapping[str, float]
    history: History
    seconds: float
    """Of this run alone, where several went on from each other."""


def recipe_of(kind: str) -> EncoderRecipe:
    """The settings of a kind of encoder. Errors: BadInput if it cannot be trained, MissingDependency if unknown."""
    if not hasattr(encoders.find(kind), "begin"):
        raise BadInput(f"encoders of kind {kind!r} cannot be trained from a store; give one of {', '.join(RECIPES)}")
    return RECIPES.get(kind, EncoderRecipe(kind))


def train_encoder(
    store: Store,
    out: str | Path,
    work: str | Path,
    recipe: EncoderRecipe | None = None,
    *,
    labels: str = NO_LABELS,
    where: Conditions | None = None,
    same: str | None = None,
    start: EncoderPart | None = None,
    decoder: Head | None = None,
    spectrum: float = 0.0,
    name: str = "encoder",
    device: str = "cpu",
    on_epoch: OnEpoch | None = None,
    on_progress: OnProgress | None = None,
) -> Learned:
    """Train an encoder on the stored networks, without any source, and save it in `out` as a model.

    A share of the shapes, drawn by the recipe's seed, is only validated with; the best epoch is kept: by mean average
    precision where there are labels, else by the losses. `inrstore reencode --model OUT` then gives the store this
    encoder. In `work`, which serves one training, are the features of the networks, refits, checkpoints of the last and
    of the best epoch and the history; the same call goes on from there, to the same result.

    Parameters
    ----------
    labels : "none", "label", or the name of a tag whose values are the classes.
    where : only shapes that fulfil these conditions, see `inrstore.store.shapes.Shapes`.
    same : a tag that names the object of shapes of which several are of one: its mesh, its cloud, another fit of it.
        They are altered copies of each other, and none is validated with where another is learned from.
    start : an encoder of the recipe's kind to go on from; its settings hold where the recipe says nothing else.
    decoder : the decoder of `start`, to go on from as well, where the recipe has one learn; its sizes hold.
    spectrum : the share that the spectrum of the surface has of what is saved, see `encoders.spectral`; nothing of it
        is learned. 0 leaves it out.
    on_epoch : hears the history after each epoch, as `inrstore.pictures.curves.draw_curves` takes it.

    Raises
    ------
    BadInput
        If there are too few shapes or classes, the losses diverge, `start` is of another kind, other settings or other
        networks, `decoder` belongs to another encoder, `work` belongs to another training, or it or `out` cannot be a
        folder.
    MissingDependency
        If nothing knows the recipe's kind.
    """
    recipe, started = recipe or EncoderRecipe(), time.perf_counter()
    folder(out)
    start = without_spectrum(start) if start is not None else None
    networks = Networks.of(store, labels, where, same)
    if not recipe.contrast and not recipe.decode and not (recipe.classes and networks.names):
        raise BadInput("nothing is to be learned: give labels, or weight to the contrast or to a decoder")
    if spectrum and recipe.decode:
        raise BadInput("a decoder that learns beside its encoder knows no spectrum: leave one of them out")
    encoder = _begun(recipe, networks.base, start)
    if decoder is not None and (start is None or decoder.encoder_id != start.id):
        raise BadInput(f"decoder {decoder.name!r} belongs to another encoder than the one to start from")
    if decoder is not None:
        recipe = replace(recipe, decoder=decoder.decoder.sizes)
    elif isinstance(recipe.decoder, GridDecoderSettings):
        recipe = replace(recipe, decoder=cast(GridEncoder, encoder).decoded_by(recipe.decoder))
    work = claim(work, claimed(networks, recipe, labels, start, decoder))
    own, held = networks.split(recipe.held_out, recipe.seed)
    if recipe.refits:
        stored = len(networks)
        networks = with_refits(networks, own, recipe.refits, work / REFITS, recipe.seed, device, on_progress)
        own = torch.cat([own, torch.arange(stored, len(networks))])
    kept = features(networks, encoder, work / FEATURES, on_progress, device)
    if start is None:
        encoder.prepare(kept[part] for part in own.split(1_024))
    weights = whole_weights(networks) if recipe.decode else None
    rows = Rows(kept, networks.label, networks.fields, weights, networks.object)
    first = decoder.decoder if decoder is not None else None
    training = EncoderTraining(encoder, networks.base, rows, recipe, device, first)
    figures = run(training, own, held, work, on_progress, on_epoch)
    model = _model(name, networks.base, training, spectrum, _card(name, networks, recipe, labels, own, held, figures))
    model.save(out)
    return Learned(model, figures, json.loads((work / HISTORY).read_text()), time.perf_counter() - started)


def _begun(recipe: EncoderRecipe, base: Base, start: EncoderPart | None) -> Trainable:
    kind = cast(Any, encoders.find(recipe.kind))
    torch.manual_seed(recipe.seed)
    if start is not None and (start.kind != recipe.kind or not start.reads(base)):
        raise BadInput(
            f"the encoder {start.name} to start from is of kind {start.kind!r} for base {start.base_id[:12]}; this "
            f"training is of kind {recipe.kind!r} on networks of base {base.id[:12]}"
        )
    try:
        if start is None:
            return cast(Trainable, kind.begin(base, **recipe.settings))
        return cast(Trainable, kind.restore(base, {**start.settings["settings"], **recipe.settings}, start.tensors))
    except BadInput:
        raise
    except (TypeError, ValueError, KeyError, ArithmeticError, RuntimeError) as error:
        raise BadInput(f"an encoder of kind {recipe.kind!r} cannot be made with {recipe.settings}: {error}") from error


def claimed(
    networks: Networks, recipe: EncoderRecipe, labels: str, start: EncoderPart | None, decoder: Head | None = None
) -> dict[str, object]:
    """A work folder serves one set of networks and settings; how long it is to go on may change."""
    settings = json.loads(json.dumps(asdict(recipe)))
    settings.pop("patience")
    shapes = {"store": networks.store.id, "base": networks.base.id, "shapes": [int(key) for key in networks.keys]}
    return {
        "settings": settings,
        "labels": labels,
        "start": start and start.id,
        **({"decoder": decoder.id} if decoder else {}),
        "classes": list(networks.names),
        "label": networks.label.tolist(),
        "object": networks.object.tolist(),
        **shapes,
    }


def whole_weights(networks: Networks) -> Tensor:
    """(n, W) float16, for a decoder."""
    found = torch.empty(len(networks), networks.base.siren.size, dtype=torch.float16)
    for rows, _, weights in networks.blocks():
        found[rows] = weights.half()
    return found


def run(
    training: EncoderTraining,
    own: Tensor,
    held: Tensor,
    work: Path,
    on_progress: OnProgress | None,
    on_epoch: OnEpoch | None,
) -> Mapping[str, float]:
    """Epochs until the recipe's end, or until its patience is, from the checkpoint, if there is one; the best's row.

    The training is then as it was after the best.
    """
    if (work / CHECKPOINT).exists():
        training.resume(work / CHECKPOINT)
    recipe, meter = training.recipe, Meter(on_progress, training.recipe.epochs, stage="epoch")
    meter.resume(training.epoch)
    while training.epoch < recipe.epochs and training.epoch - best_epoch(training.history) < recipe.patience:
        losses = training.run_epoch(own)
        row = {**{f"loss {key}": value for key, value in losses.items()}, **training.validate(held)}
        training.history.append({key: round(value, 6) for key, value in row.items()})
        if best_epoch(training.history) == training.epoch:
            training.save(work / BEST)
        training.save(work / CHECKPOINT)
        write_atomically(work / HISTORY, json.dumps(training.history, indent=1).encode())
        if on_epoch is not None:
            on_epoch(training.history)
        meter.step(", ".join(f"{key} {value:.4f}" for key, value in row.items()))
    training.resume(work / BEST)
    return training.history[training.epoch - 1]


def _model(name: str, base: Base, training: EncoderTraining, spectrum: float, card: str) -> Model:
    training.encoder.cpu()
    part = EncoderPart.of(name, training.encoder, base)
    if spectrum:
        part = with_spectrum(part, base, SpectralSettings().with_share(spectrum))
        card += f"\nBeside it lies the spectrum of the surface, with {spectrum:g} of an embedding's squared length.\n"
    decoder = None if training.decoder is None else Head.of(name, training.decoder.cpu(), part.id)
    return Model(name, base, part, decoder, card)


def _card(
    name: str,
    networks: Networks,
    recipe: EncoderRecipe,
    labels: str,
    own: Tensor,
    held: Tensor,
    row: Mapping[str, float],
) -> str:
    """What somebody should know who is given the model, in Markdown."""
    count = {field: networks.fields.count(field) for field in sorted(set(networks.fields))}
    of_each = ", ".join(f"{number} {field}" for field, number in count.items())
    if networks.again is not None:
        of_each += f"; {len(networks.again)} of them fitted once more to kept samples"
    classes = f"{len(networks.names)} classes ({labels})" if networks.names else "no labels"
    figures = "\n".join(f"| {key} | {value:.4f} |" for key, value in row.items() if not key.startswith("loss "))
    settings = json.dumps(asdict(recipe), indent=1)
    return f"""# {name}

An encoder of kind `{recipe.kind}`, trained by `inrstore train encoder` on stored networks alone.

- **Data**: {len(networks)} networks ({of_each}) of base `{networks.base.id[:12]}`, {classes}; {len(own)} to
  learn from, {len(held)} to validate with. Whose shapes they are, and under which licence, the store's owner knows.
- **Figures** of the best epoch, on the shapes that were only validated with:

| figure | value |
| --- | --- |
{figures}

- **Settings**:

```json
{settings}
```
"""
