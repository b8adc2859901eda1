"""Encoder and implicit decoder, trained together on fitted networks."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from inrstore.files import atomic_path
from inrstore.network import fields as field_module
from inrstore.network.fitting import has_bfloat16
from inrstore.network.siren import Siren

from ..decoder import DecoderSettings, ImplicitDecoder
from ..encoders.lattice import LatticeEncoder, LatticeSettings
from .losses import contrast
from .warp import WarpRecipe, warp


@dataclass(frozen=True)
class CodecRecipe:
    """Settings of the training of encoder and decoder."""

    steps: int = 3_000
    batch: int = 48
    """Variants a step; each is read through two of its networks, of different fields where it has them."""
    warp: WarpRecipe = field(default_factory=WarpRecipe)
    """How readings are altered for the contrastive loss."""
    points: int = 48
    """Field samples a variant and step for the decoder."""
    learning_rate: float = 1e-3
    weight_decay: float = 0.02
    temperature: float = 0.1
    contrast: float = 1.0
    """Weight of the contrastive loss beside the reconstruction's."""
    label_share: float = 0.5
    """Weight of a neighbour of the same class, where another network of the same shape has 1."""
    seed: int = 0


@dataclass(frozen=True)
class FieldRows:
    """All fitted networks of one field, and samples of the same fields for the decoder."""

    change: Tensor
    """(n, W) float16, θ − θ₀."""
    points: Tensor
    """(n, m, 3) float16."""
    values: Tensor
    """(n, m) float16, true field values."""
    base: Tensor
    """(W,), θ₀."""

    def networks(self, rows: Tensor) -> Tensor:
        """(k, W) float32, some of the networks as an encoder takes them."""
        return self.base + self.change[rows].float()


@dataclass(frozen=True)
class CodecData:
    """Variants of shapes: which source, which class, and which row of each field's (−1: none)."""

    fields: dict[str, FieldRows]
    shape: Tensor
    """(v,) int64, the source of each variant."""
    label: Tensor
    """(v,) int64, the class of each variant; −1 for none, which is then like no other."""
    row: dict[str, Tensor]
    """field → (v,) int64."""

    def subset(self, keep: Tensor) -> CodecData:
        """The variants where `keep` (v,) is true; the rows stay shared."""
        return CodecData(self.fields, self.shape[keep], self.label[keep], {f: r[keep] for f, r in self.row.items()})


class Codec:
    """Encoder, decoder and their optimiser: a training that can be saved and resumed."""

    def __init__(
        self,
        siren: Siren,
        data: CodecData,
        recipe: CodecRecipe,
        encoder: LatticeSettings,
        decoder: DecoderSettings,
    ) -> None:
        torch.manual_seed(recipe.seed)
        self.data, self.recipe = data, recipe
        self.encoder = LatticeEncoder(siren, encoder)
        self.decoder = ImplicitDecoder(list(data.fields), decoder)
        self.volumes = {name: self._read_all(name) for name in data.fields}
        self.encoder.learn_outline(self._all_volumes())
        parameters = [*self.encoder.parameters(), *self.decoder.parameters()]
        self.optimiser = torch.optim.AdamW(parameters, lr=recipe.learning_rate, weight_decay=recipe.weight_decay)
        self.step = 0

    def train(self, on_step: Callable[[int, dict[str, float]], None] | None = None) -> None:
        """Run to the recipe's end from wherever it stands; `on_step` hears the step and the losses."""
        self.encoder.train()
        while self.step < self.recipe.steps:
            rate = self.recipe.learning_rate * _warm_cosine(self.step, self.recipe.steps)
            self.optimiser.param_groups[0]["lr"] = rate
            losses = self._losses(torch.Generator().manual_seed(self.recipe.seed * 1_000_003 + self.step))
            total = losses["decode"] + self.recipe.contrast * losses["contrast"]
            self.optimiser.zero_grad(set_to_none=True)
            total.backward()
            torch.nn.utils.clip_grad_norm_(self.encoder.parameters(), 1.0)
            self.optimiser.step()
            self.step += 1
            if on_step is not None:
                on_step(self.step, {k: float(v.detach()) for k, v in losses.items()})
        self.encoder.eval()

    @torch.no_grad()
    def _read_all(self, name: str) -> Tensor:
        """(n, 2, p, p, p) uint8, 255 for 1: every reading is used hundreds of times, so it is made once."""
        count, side = len(self.data.fields[name].change), self.encoder.sizes.probes
        volumes = torch.zeros(count, 2, side, side, side, dtype=torch.uint8)
        used = self.data.row[name][self.data.row[name] >= 0]
        for rows in used.split(16):
            volumes[rows] = (self.encoder.read(name, self.data.fields[name].networks(rows)) * 255).round().byte()
        return volumes

    def _all_volumes(self) -> Iterator[Tensor]:
        for name, row in self.data.row.items():
            for rows in row[row >= 0].split(256):
                yield self.volumes[name][rows].float() / 255

    def _losses(self, generator: torch.Generator) -> dict[str, Tensor]:
        chosen = torch.randint(len(self.data.shape), (self.recipe.batch,), generator=generator)
        reads = [self._read(chosen, rank, generator) for rank in range(2)]
        volumes, places = (torch.cat(parts) for parts in zip(*reads, strict=True))
        owner = chosen[places]
        with torch.autocast("cpu", torch.bfloat16, enabled=has_bfloat16("cpu")):
            warped = self.encoder.learned(warp(volumes, self.recipe.warp, generator))
            plain = self.encoder.embed(reads[0][0])
        return {
            "decode": self._decode_loss(plain, chosen[reads[0][1]], generator),
            "contrast": contrast(
                warped, self.data.shape[owner], self.data.label[owner], self.recipe.temperature, self.recipe.label_share
            ),
        }

    def _read(self, chosen: Tensor, rank: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        """Readings of the chosen variants, and the place in the batch of each."""
        volumes, places = [], []
        for name, at, rows in self._reads(chosen, rank, generator):
            volumes.append(self.volumes[name][rows].float() / 255)
            places.append(at)
        return torch.cat(volumes), torch.cat(places)

    def _reads(self, chosen: Tensor, rank: int, generator: torch.Generator) -> list[tuple[str, Tensor, Tensor]]:
        """(field, places in the batch, rows): each variant through the `rank`-th field of a random order."""
        names = list(self.data.fields)
        held = torch.stack([self.data.row[name][chosen] >= 0 for name in names], dim=1).float()  # (b, f)
        noise = torch.rand(held.shape, generator=torch.Generator().manual_seed(generator.initial_seed()))
        order = (held + noise * 0.5).argsort(dim=1, descending=True)
        count = held.sum(dim=1).long()
        pick = order.gather(1, (torch.full_like(count, rank) % count.clamp_min(1))[:, None])[:, 0]
        reads = []
        for index, name in enumerate(names):
            places = torch.nonzero((pick == index) & (count > 0))[:, 0]
            if len(places):
                reads.append((name, places, self.data.row[name][chosen[places]]))
        return reads

    def _decode_loss(self, z: Tensor, owner: Tensor, generator: torch.Generator) -> Tensor:
        total = z.new_zeros(())
        for column, (name, rows) in enumerate(self.data.fields.items()):
            row = self.data.row[name][owner]
            have = torch.nonzero(row >= 0)[:, 0]
            if len(have) == 0:
                continue
            at = torch.randint(rows.points.shape[1], (len(have), self.recipe.points), generator=generator)
            picked = row[have, None]
            points, values = rows.points[picked, at].float(), rows.values[picked, at].float()
            with torch.autocast("cpu", torch.bfloat16, enabled=has_bfloat16("cpu")):
                raw = self.decoder(z[have], points)[..., column].float()
            weight = 10.0 if name == "occ" else 1.0  # the focal loss is that much smaller
            total = total + weight * field_module.loss(name, raw, field_module.labels(name, values)).mean()
        return total

    def save(self, path: Path) -> None:
        """A checkpoint, read back with `weights_only`, so nothing in it is executed."""
        state = {
            "step": self.step,
            "recipe": asdict(self.recipe),
            "encoder": self.encoder.state_dict(),
            "decoder": self.decoder.state_dict(),
            "optimiser": self.optimiser.state_dict(),
            "dropout": torch.get_rng_state(),
        }
        with atomic_path(path) as temporary:
            torch.save(state, temporary)

    def resume(self, path: Path) -> None:
        """Continue from a checkpoint that `save` wrote."""
        state: dict[str, Any] = torch.load(path, weights_only=True)
        self.encoder.load_state_dict(state["encoder"])
        self.decoder.load_state_dict(state["decoder"])
        self.optimiser.load_state_dict(state["optimiser"])
        self.step = state["step"]
        if "dropout" in state:  # older checkpoints lack it: they go on, but drop other neurons
            torch.set_rng_state(state["dropout"])


def _warm_cosine(step: int, steps: int) -> float:
    warm = min(1.0, (step + 1) / min(200, max(1, steps // 10)))
    return warm * (0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * step / steps)))
