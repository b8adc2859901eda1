"""Learning bases with a checkpoint of each, so that a stopped run goes on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from inrstore.files import atomic_path
from inrstore.network.fitting import random_base
from inrstore.network.recipe import Recipe
from inrstore.progress import Meter, OnProgress

from .base import BaseRecipe, learn_base
from .shapes import Pool

SAVED_EVERY = 10
"""Outer steps."""


@dataclass(frozen=True)
class Learning:
    """How bases are learned, and the folder in which each leaves its checkpoint."""

    fit: Recipe
    recipe: BaseRecipe
    work: Path
    jobs: int
    on_progress: OnProgress | None = None

    def bases(self, pools: Mapping[str, Pool]) -> dict[str, Tensor]:
        """Field → (W,); the sdf's begins at SIREN's random initialisation, and the others at the sdf's."""
        start, learned = random_base(self.fit), {}
        for field, pool in pools.items():
            learned[field] = self.base(field, start, pool)
            start = learned["sdf"]
        return learned

    def base(self, field: str, first: Tensor, pool: Pool) -> Tensor:
        """(W,) from `first` (W,), or from the checkpoint. Errors: BadInput if the fits diverge."""
        checkpoint = self.work / f"base-{field}.safetensors"
        kept = load_file(checkpoint) if checkpoint.exists() else {"base": first, "done": torch.tensor(0)}
        meter = Meter(self.on_progress, self.recipe.outer_steps, stage=f"base {field}")
        meter.resume(int(kept["done"]))

        def keep(done: int, base: Tensor) -> None:
            if done % SAVED_EVERY == 0 or done == self.recipe.outer_steps:
                with atomic_path(checkpoint) as path:
                    save_file({"base": base.contiguous(), "done": torch.tensor(done)}, path)

        return learn_base(
            kept["base"], *pool, field, self.fit, self.recipe, lambda _, loss: meter.step(f"loss {loss:.4f}"),
            done=int(kept["done"]), on_base=keep, jobs=self.jobs,
        ).contiguous()  # fmt: skip
