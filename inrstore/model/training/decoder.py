"""Training an implicit decoder for the embeddings that a store has: its encoder stays as it is."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import torch
from torch import Tensor, nn

from inrstore.errors import BadInput
from inrstore.model import EncoderPart, Head, Model
from inrstore.progress import OnProgress

from .encoder import EncoderRecipe, EncoderTraining, Rows
from .learn import HISTORY, Learned, OnEpoch, claimed, run, whole_weights
from .networks import NO_LABELS, Networks
from .trainable import Trainable
from .warp import WarpRecipe
from .work import claim, folder

if TYPE_CHECKING:
    from inrstore.store import Conditions, Store

RECIPE = EncoderRecipe(
    "stored", epochs=20, batch=64, views=1, learning_rate=1e-3, weight_decay=1e-2, classes=0, contrast=0,
    decode=1, points=512, patience=8,
)  # fmt: skip


class Stored(nn.Module):
    """In the place of an encoder: embeddings (n, dim) that are there already, which no training changes."""

    def altered(self, features: Tensor, recipe: WarpRecipe, generator: torch.Generator) -> Tensor:
        return features

    def plain(self, features: Tensor) -> Tensor:
        return features

    def learned(self, inputs: Tensor) -> Tensor:
        return inputs

    def embed(self, inputs: Tensor) -> Tensor:
        return inputs


def train_decoder(
    store: Store,
    out: str | Path,
    work: str | Path,
    recipe: EncoderRecipe = RECIPE,
    *,
    where: Conditions | None = None,
    name: str = "decoder",
    device: str = "cpu",
    on_epoch: OnEpoch | None = None,
    on_progress: OnProgress | None = None,
) -> Learned:
    """Train an implicit decoder for a store's embeddings, and save it in `out` as a model with the store's encoder.

    It learns what the stored networks say at points near their surfaces and elsewhere; no source is read. A share of
    the shapes, drawn by the recipe's seed, is only validated with, and the epoch is kept whose surfaces are nearest to
    the networks' own, by Chamfer distance. `inrstore reencode --model OUT` then gives the store this decoder; nothing
    is encoded again. `work` is as that of `learn.train_encoder`.

    Raises
    ------
    NoEncoder
        If the store has no encoder.
    BadInput
        If there are too few encoded shapes, the losses diverge, `work` belongs to another training, or it or `out`
        cannot be a folder.
    """
    started = time.perf_counter()
    folder(out)
    encoder, networks = store.encoder(), Networks.of(store, where=where)
    recipe = replace(recipe, decoder=replace(recipe.decoder, dim=encoder.dim))
    work = claim(work, {"part": "decoder", **claimed(networks, recipe, NO_LABELS, encoder)})
    own, held = networks.split(recipe.held_out, recipe.seed)
    rows = Rows(_embeddings(networks), networks.label, networks.fields, whole_weights(networks), networks.object)
    training = EncoderTraining(cast(Trainable, Stored()), networks.base, rows, recipe, device)
    figures = run(training, own, held, work, on_progress, on_epoch)
    assert training.decoder is not None
    head = Head.of(name, training.decoder.cpu(), encoder.id)
    model = Model(name, networks.base, encoder, head, _card(name, networks, recipe, encoder, (own, held), figures))
    model.save(out)
    return Learned(model, figures, json.loads((work / HISTORY).read_text()), time.perf_counter() - started)


def _embeddings(networks: Networks) -> Tensor:
    """(n, dim) as stored. Errors: BadInput if there are shapes without one."""
    keys, matrix = networks.store.embeddings()
    missing = int((~np.isin(networks.keys, keys)).sum())
    if missing:
        raise BadInput(f"{missing} shapes have no embedding yet; run `inrstore encode` first")
    return torch.from_numpy(matrix[np.searchsorted(keys, networks.keys)])


def _card(
    name: str,
    networks: Networks,
    recipe: EncoderRecipe,
    encoder: EncoderPart,
    sides: tuple[Tensor, Tensor],
    row: Mapping[str, float],
) -> str:
    figures = "\n".join(f"| {key} | {value:.4f} |" for key, value in row.items())
    settings = json.dumps({"decoder": asdict(recipe.decoder), **_settings(recipe)}, indent=1)
    return f"""# {name}

An implicit decoder for the embeddings of the encoder {encoder.name} (`{encoder.id[:12]}`), trained by
`inrstore train decoder` on stored networks alone: {len(sides[0])} to learn from, {len(sides[1])} to validate with.
Whose shapes they are, and under which licence, the store's owner knows.

Figures of the best epoch; `chamfer`, in units of the normalised radius, is between the cells of the decoded surfaces
and of the networks' own, of shapes that were only validated with:

| figure | value |
| --- | --- |
{figures}

Settings:

```json
{settings}
```
"""


def _settings(recipe: EncoderRecipe) -> Mapping[str, Any]:
    """Those that say something of a decoder."""
    names = ("epochs", "batch", "points", "learning_rate", "weight_decay", "held_out", "patience", "seed")
    return {name: getattr(recipe, name) for name in names}
