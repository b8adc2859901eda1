"""An encoder, trained on the networks of a store alone."""

from __future__ import annotations

import copy
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import numpy as np
import torch
from torch import Tensor, nn

from inrstore.errors import BadInput
from inrstore.files import atomic_path
from inrstore.metrics import retrieval_metrics
from inrstore.network.fitting import has_bfloat16

from ..base import Base
from ..decoder import Decoder, DecoderSettings, Sizes, build
from ..grid_decoder import GridDecoderSettings
from .decoded import chamfer
from .lessons import decoding_loss, decoding_loss_of_all, lessons
from .losses import Classes, contrast
from .members import Members
from .trainable import Posing, Trainable
from .warp import WarpRecipe

DECODED = 32
"""Shapes at most of which a validation decodes the surfaces."""


@dataclass(frozen=True)
class EncoderRecipe:
    """Settings of the training of an encoder; `RECIPES` has one for each kind that is here."""

    kind: str = "probes"
    settings: Mapping[str, Any] = field(default_factory=dict)
    """Of the encoder; what is left out is its own default."""
    epochs: int = 24
    batch: int = 128
    """Shapes a step."""
    views: int | None = None
    """Altered copies of each shape in a step: by default one where all have labels, which say what belongs together,
    and two where one has only its own copy."""
    learning_rate: float = 3e-3
    """At its greatest, of AdamW: it rises for three tenths of the steps and falls to nothing (OneCycle)."""
    weight_decay: float = 0.05
    classes: float = 1.0
    """Weight of the classification, where there are labels."""
    smoothing: float = 0.1
    contrast: float = 0.3
    """Weight of the contrastive loss; with no labels it is all there is."""
    temperature: float = 0.1
    label_share: float = 1.0
    """Weight of a neighbour of the same class, where another copy of the same shape has 1."""
    mixup: float = 0.0
    """Share of the steps in which two shapes and their classes are mixed; for encoders that read weights."""
    decode: float = 0.0
    """Weight of an implicit decoder's loss, trained beside the encoder."""
    decoder: Sizes = field(default_factory=DecoderSettings)
    points: int = 256
    """Of each shape and step, for the decoder."""
    warp: WarpRecipe = field(default_factory=lambda: WarpRecipe(stretch=0.3, turn=0.12))
    refits: int = 0
    """Further networks of each shape that has kept samples, fitted before the first epoch: other views of it."""
    held_out: float = 0.1
    """Share of the shapes that only the validation sees."""
    patience: int = 8
    """Epochs without a better validation after which it stops."""
    seed: int = 0


RECIPES = {
    "probes": EncoderRecipe(),
    "weights": EncoderRecipe("weights", epochs=16, learning_rate=1e-3, mixup=0.5),
    "inr2vec": EncoderRecipe(
        "inr2vec", epochs=300, batch=16, views=1, learning_rate=1e-4, weight_decay=1e-2, classes=0, contrast=0,
        decode=1, decoder=DecoderSettings(width=512, frequencies=10, dim=1024), points=1_024, patience=40,
    ),
    "grid": EncoderRecipe(
        "grid", epochs=36, batch=16, views=1, learning_rate=2e-3, weight_decay=1e-3, classes=0, contrast=0,
        decode=1, decoder=GridDecoderSettings(), points=1_024, patience=20,
    ),
}  # fmt: skip
"""That of inr2vec is as published (De Luigi et al. 2023, appendix): encoder and decoder together, and no labels. What
differs: 1,024 points of a shape and step, seven eighths of them near its surface, in place of 10,000; the rate rises
and falls; and it stops when nothing gets better."""


@dataclass(frozen=True)
class Rows:
    """Features of networks, and what is known of each."""

    features: Tensor
    """(n, …) as the encoder keeps them."""
    label: Tensor
    """(n,) int64; −1 for none."""
    field: tuple[str, ...] = ()
    """(n,) of each, and the whole weights (n, W) float16: what a decoder learns from; empty where there is none."""
    weights: Tensor | None = None
    object: Tensor | None = None
    """(n,) int64: networks of one number are of one object, as other fits and other fields; by default all differ."""


class EncoderTraining:
    """Encoder, classes, perhaps a decoder, and their optimiser: a training that can be saved and resumed."""

    def __init__(
        self,
        encoder: Trainable,
        base: Base,
        rows: Rows,
        recipe: EncoderRecipe,
        device: str = "cpu",
        decoder: Decoder | None = None,
    ) -> None:
        """With a decoder that one goes on from as well; without, it begins anew, where the recipe wants one."""
        torch.manual_seed(recipe.seed)
        self.rows, self.recipe, self.device, self.siren = rows, recipe, device, base.siren
        self.encoder = cast(Any, encoder)
        self.encoder.to(device)
        names = int(rows.label.max()) + 1
        self.classes = Classes(self._learned_dim(), names).to(device) if names > 0 and recipe.classes else None
        self.decoder: Decoder | None = None
        if recipe.decode:
            own = build(list(base.fields), recipe.decoder) if decoder is None else copy.deepcopy(decoder)
            self.decoder = own.to(device)
        parts: list[nn.Module | None] = [self.encoder, self.classes, self.decoder]
        self.modules = [part for part in parts if part is not None and next(part.parameters(), None) is not None]
        parameters = [p for part in self.modules for p in part.parameters()]
        self.optimiser = torch.optim.AdamW(parameters, lr=recipe.learning_rate, weight_decay=recipe.weight_decay)
        for part in self.modules:
            part.eval()
        self.epoch = 0
        self.history: list[dict[str, float]] = []

    def _learned_dim(self) -> int:
        self.encoder.eval()
        with torch.no_grad():
            return int(self.encoder.learned(self.encoder.plain(self.rows.features[:1].to(self.device))).shape[1])

    def run_epoch(self, own: Tensor) -> dict[str, float]:
        """One pass over the objects of the rows (k,) in an order of this epoch's own; the mean of each loss.

        Errors: BadInput if the losses are no longer numbers.
        """
        seed = self.recipe.seed * 1_000_003 + self.epoch
        torch.manual_seed(seed)  # dropout, so that a resumed training goes as one that was never stopped
        generator = torch.Generator().manual_seed(seed)
        networks = Members(own if self.rows.object is None else self.rows.object[own], own)
        order = torch.randperm(len(networks), generator=generator)
        size = min(self.recipe.batch, len(order))
        steps, sums = len(order) // size, dict[str, float]()  # the rest, always another one, waits for the next epoch
        for part in self.modules:
            part.train()
        for step in range(steps):
            for group in self.optimiser.param_groups:
                group["lr"] = self.recipe.learning_rate * one_cycle((self.epoch + step / steps) / self.recipe.epochs)
            some = order[step * size : (step + 1) * size]
            losses = self._losses(networks.drawn(some, self.views, generator), generator, mix=True)
            self.optimiser.zero_grad(set_to_none=True)
            torch.stack(list(losses.values())).sum().backward()
            for part in self.modules:
                nn.utils.clip_grad_norm_(part.parameters(), 5.0)
            self.optimiser.step()
            for name, value in losses.items():
                sums[name] = sums.get(name, 0.0) + float(value.detach()) / steps
        if not all(math.isfinite(value) for value in sums.values()):
            raise BadInput("the training diverged: its losses are no numbers; give a smaller --rate")
        self.epoch += 1
        for part in self.modules:
            part.eval()
        return sums

    @property
    def views(self) -> int:
        labelled = self.classes is not None and bool((self.rows.label >= 0).all())
        return self.recipe.views or (1 if labelled else 2)

    def _losses(self, rows: Tensor, generator: torch.Generator, mix: bool = False) -> dict[str, Tensor]:
        """Each loss times its weight, of rows (views, n) of n objects; with `mix` networks may be mixed."""
        recipe, label = self.recipe, self.rows.label[rows].to(self.device)
        features = [self.rows.features[some].to(self.device) for some in rows]
        inputs = torch.cat([self.encoder.altered(some, recipe.warp, generator) for some in features])
        labels, shapes = label.flatten(), torch.arange(rows.shape[1], device=self.device).repeat(len(rows))
        losses: dict[str, Tensor] = {}
        with torch.autocast(self.device, torch.bfloat16, enabled=has_bfloat16(self.device)):
            if mix and self.classes is not None and float(torch.rand((), generator=generator)) < recipe.mixup:
                return {"mixup": recipe.classes * self._mixed(inputs, labels, generator)}
            if recipe.contrast or self.classes is not None:
                z = self.encoder.learned(inputs)
                if self.classes is not None:
                    losses["classes"] = recipe.classes * self.classes.loss(z, labels, recipe.smoothing)
                if recipe.contrast:
                    found = contrast(z, shapes, labels, recipe.temperature, recipe.label_share)
                    losses["contrast"] = recipe.contrast * found
            if self.decoder is not None:
                losses["decode"] = recipe.decode * self._decoding(rows[0], features[0], generator)
        return losses

    def _mixed(self, inputs: Tensor, labels: Tensor, generator: torch.Generator) -> Tensor:
        """MixUp (Zhang et al. 2018) of networks of one base, whose neurons are aligned by where they began."""
        assert self.classes is not None
        other = torch.randperm(len(inputs), generator=generator).to(inputs.device)
        share = float(torch.rand((), generator=generator))
        z = self.encoder.learned(share * inputs + (1 - share) * inputs[other])
        first, second = (self.classes.loss(z, some, self.recipe.smoothing) for some in (labels, labels[other]))
        return share * first + (1 - share) * second

    def _decoding(self, rows: Tensor, features: Tensor, generator: torch.Generator) -> Tensor:
        assert self.decoder is not None and self.rows.weights is not None
        turn, total = None, torch.zeros((), device=self.device)
        if self.encoder.training and isinstance(self.encoder, Posing):
            inputs, turn = self.encoder.posed(features, generator)
        else:
            inputs = self.encoder.plain(features)
        z, loss = self.encoder.embed(inputs), decoding_loss if turn is None else decoding_loss_of_all
        fields = [self.rows.field[int(row)] for row in rows]
        for name in sorted(set(fields)):
            some = torch.tensor([place for place, own in enumerate(fields) if own == name])
            weights = self.rows.weights[rows[some]].float().to(self.device)
            points, raw = lessons(self.siren, name, weights, self.recipe.points, generator)
            points = points if turn is None else points @ turn.T.to(points.device)
            total = total + loss(self.decoder, z[some], name, points, raw) * len(some) / len(rows)
        return total

    @torch.no_grad()
    def embeddings(self, rows: Tensor) -> np.ndarray:
        """(k, dim) of some rows, unaltered."""
        some = [
            self.encoder.embed(self.encoder.plain(self.rows.features[part].to(self.device))) for part in rows.split(64)
        ]
        return torch.cat(some).cpu().numpy()

    @torch.no_grad()
    def validate(self, rows: Tensor) -> dict[str, float]:
        """Retrieval by class where most have labels, else losses and surfaces; of rows that were not learned from."""
        labels = self.rows.label[rows]
        known = rows[labels >= 0]
        names = self.rows.label[known]
        if self.classes is not None and len(known) > max(len(rows) / 2, len(names.unique())):
            found = retrieval_metrics(self.embeddings(known), names.numpy())
            return {name: found[name] for name in ("map", "hit@1", "hit@5")}
        generator = torch.Generator().manual_seed(self.recipe.seed)
        parts = [self._losses(part.expand(self.views, -1), generator) for part in rows.split(self.recipe.batch)]
        found = {name: sum(float(part[name]) for part in parts) / len(parts) for name in parts[0]}
        return found if self.decoder is None else {**found, "chamfer": self._chamfer(rows)}

    def _chamfer(self, rows: Tensor) -> float:
        """Of what the decoder makes of some of the rows, evenly spread."""
        assert self.decoder is not None and self.rows.weights is not None
        distances: list[float] = []
        for row in rows[:: -(-len(rows) // DECODED)].split(1):
            z = self.encoder.embed(self.encoder.plain(self.rows.features[row].to(self.device)))
            weights = self.rows.weights[row].float().to(self.device)
            distances += chamfer(self.decoder, z, self.siren, self.rows.field[int(row)], weights)
        return float(np.mean(distances))

    def save(self, path: Path) -> None:
        """A checkpoint, read back with `weights_only`, so nothing in it is executed."""
        state = {
            "epoch": self.epoch,
            "history": self.history,
            "modules": [part.state_dict() for part in self.modules],
            "optimiser": self.optimiser.state_dict(),
        }
        with atomic_path(path) as temporary:
            torch.save(state, temporary)

    def resume(self, path: Path) -> None:
        """Continue from a checkpoint that `save` wrote."""
        state: dict[str, Any] = torch.load(path, weights_only=True, map_location=self.device)
        for part, kept in zip(self.modules, state["modules"], strict=True):
            part.load_state_dict(kept)
        self.optimiser.load_state_dict(state["optimiser"])
        self.epoch, self.history = state["epoch"], state["history"]


def one_cycle(at: float) -> float:
    """Share of the greatest learning rate at 0 ≤ at < 1 of the way (Smith & Topin 2018): 1/25, 1 at .3, then to 0."""
    if at < 0.3:
        return 1 / 25 + (1 - 1 / 25) * 0.5 * (1 - math.cos(math.pi * at / 0.3))
    return 0.5 * (1 + math.cos(math.pi * (at - 0.3) / 0.7))
