"""Training a generator from a store: codes and, if asked, labels in, a head with its card out."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from inrstore.errors import BadInput
from inrstore.metrics.generation import remembered
from inrstore.model import Head
from inrstore.network.fitting import has_bfloat16
from inrstore.progress import OnProgress
from inrstore.store import Conditions

from ..codes import Codes
from ..learning import Stateful, checkpoint_in, learn
from ..trained import Trained
from .flow import Flow, FlowSettings, flow_loss
from .gan import CRITIC_STEPS, Contest, Gan, GanSettings
from .generator import KIND, Generator, Network, described, tensors_of
from .learned import Learned, Lessons

NETWORKS = ("flow", "gan")
ASKED = 64
"""Codes that are made for the figures."""


@dataclass(frozen=True)
class GeneratorRecipe:
    """Settings of a training; frozen, and saved in the card of what it makes."""

    network: str = "flow"
    """`flow`: flow matching by a transformer. `gan`: the published one, as a baseline."""
    steps: int = 2_000
    """About ten minutes on two cores, however many codes there are; of a gan each has five steps of the critic."""
    batch: int = 32
    """Codes a step."""
    without: float = 0.1
    """How often a class is left out, so that guidance has something to lead away from."""
    learning_rate: float = 1e-3
    """Of a flow, at its greatest, of AdamW under one cycle."""
    weight_decay: float = 1e-2
    average: float = 0.998
    """Of a flow: what is kept is the moving average of its weights, of which this share stays at each step."""
    width: int = 128
    layers: int = 6
    """Of a flow."""
    seed: int = 0


def train_generator(
    codes: Codes,
    label: str | None = None,
    recipe: GeneratorRecipe | None = None,
    *,
    where: Conditions | None = None,
    split: str | None = None,
    name: str | None = None,
    work: str | Path | None = None,
    device: str = "cpu",
    on_progress: OnProgress | None = None,
) -> Trained:
    """Train a generator on a store's codes, and keep it there as a head; no source is read.

    Shapes that a generator made are left out. The figures are of `ASKED` new codes against those that were learned
    from, see `inrstore.metrics.generation.remembered`. Ctrl-C keeps what was learned so far.

    Parameters
    ----------
    label : "label", or the tag that names the class, so that one can be asked for; shapes without it are learned from,
        too.
    where : only shapes that fulfil these conditions.
    split : a tag: only shapes in which it is train; `evaluate_generator` then compares with those in which it is test.
    name : of the head; by default "generator".
    work : a directory for checkpoints, so that a training that was stopped goes on, see `inrstore.tasks.learning`.
    device : cpu or cuda.

    Raises
    ------
    BadInput
        If there are fewer than eight shapes, some have no code, or none has a label where those are asked for.
    """
    recipe, started = recipe or GeneratorRecipe(), time.perf_counter()
    if recipe.network not in NETWORKS:
        raise BadInput(f"network is {recipe.network!r}; it must be one of {', '.join(NETWORKS)}")
    learned = Learned.of(codes, label, where, split)
    network, stopped = _fitted(codes, learned, recipe, work, device, on_progress)
    settings = {
        **described(network),
        "classes": list(learned.names),
        "counts": learned.counts(),
        "label": label,
        "field": _field(codes, learned.keys),
        "scale": learned.scale,
    }
    shapes = codes.store.shapes_by_key(learned.keys.tolist())
    tensors = tensors_of(network, learned.mean, list(shapes.values()))

    def head_with(card: Mapping[str, Any]) -> Head:
        return Head.task(name or KIND, KIND, codes.id, settings, tensors, card)

    card = {
        "data": learned.described(codes.store, where),
        **({} if split is None else {"split": f"by tag {split}"}),
        "seed": recipe.seed,
        "settings": asdict(recipe),
        **({"stopped": f"interrupted after {stopped} of {recipe.steps} steps"} if stopped else {}),
    }
    head = head_with({**card, "figures": (figures := _figures(Generator(head_with({})), learned, recipe.seed))})
    codes.store.add_head(head)
    return Trained(head, figures, time.perf_counter() - started)


def _field(codes: Codes, keys: NDArray[np.int64]) -> str:
    """That in which new codes are decoded, of grids alone that of grids, else that of solids."""
    fields = {field for _, field, own in codes.store.encodable() if np.isin(own, keys).any()}
    return "occ" if fields == {"occ"} else "sdf"


def _fitted(
    codes: Codes,
    learned: Learned,
    recipe: GeneratorRecipe,
    work: str | Path | None,
    device: str,
    on_progress: OnProgress | None,
) -> tuple[Network, int]:
    """A network that has learned, and after how many steps it was interrupted, else 0."""

    def begin() -> _FlowLearning | _GanLearning:
        dim, kinds = learned.rows.shape[1], len(learned.names) + 1
        lessons = Lessons(learned, recipe.batch, recipe.without, device)
        if recipe.network == "gan":
            return _GanLearning(Gan(GanSettings(dim, kinds)).to(device), lessons)
        sizes = FlowSettings(dim, codes.cells, kinds, recipe.width, recipe.layers)
        return _FlowLearning(Flow(sizes).to(device), lessons, recipe)

    made_of = {"codes": codes.id, "classes": learned.names, **asdict(recipe)}
    checkpoint = checkpoint_in(work, made_of, [learned.rows, learned.kind])
    learning, stopped = learn(begin, recipe.steps, recipe.seed, checkpoint, on_progress)
    return learning.result.cpu(), stopped


class _FlowLearning:
    """One step after the other of a flow; its `result` is the moving average of it."""

    def __init__(self, flow: Flow, lessons: Lessons, recipe: GeneratorRecipe) -> None:
        self.flow, self.lessons, self.recipe = flow, lessons, recipe
        self.result, self.device = Flow(flow.sizes).to(lessons.rows.device), lessons.rows.device.type
        self.result.load_state_dict(flow.state_dict())
        self.optimiser = torch.optim.AdamW(flow.parameters(), recipe.learning_rate, weight_decay=recipe.weight_decay)
        self.cycle = torch.optim.lr_scheduler.OneCycleLR(self.optimiser, recipe.learning_rate, total_steps=recipe.steps)
        self.loss: float | None = None

    @property
    def parts(self) -> dict[str, Stateful]:
        return {"flow": self.flow, "result": self.result, "optimiser": self.optimiser, "cycle": self.cycle}

    def step(self) -> str:
        with torch.autocast(self.device, torch.bfloat16, enabled=has_bfloat16(self.device)):
            loss = flow_loss(self.flow, *self.lessons.draw())
        self.optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.flow.parameters(), 1.0)
        self.optimiser.step()
        self.cycle.step()
        done = self.cycle.last_epoch
        share = min(self.recipe.average, done / (10 + done))  # at first it forgets sooner
        with torch.no_grad():
            for kept, new in zip(self.result.parameters(), self.flow.parameters(), strict=True):
                kept.lerp_(new, 1 - share)
        now = float(loss.detach())
        self.loss = now if self.loss is None else self.loss + 0.02 * (now - self.loss)
        return f"loss {self.loss:.3f}"


class _GanLearning:
    """One step after the other of the generating side, each after some of the critic."""

    def __init__(self, gan: Gan, lessons: Lessons) -> None:
        self.result, self.lessons, self.contest = gan, lessons, Contest(gan)

    @property
    def parts(self) -> dict[str, Stateful]:
        return {"gan": self.result, "makes": self.contest.makes, "judges": self.contest.judges}

    def step(self) -> str:
        for _ in range(CRITIC_STEPS):
            apart = self.contest.judge_better(*self.lessons.draw())
        self.contest.make_better(self.lessons.draw()[1])
        return f"apart {apart:.3f}"


def _figures(generator: Generator, learned: Learned, seed: int) -> dict[str, float]:
    made = generator.sample(generator.draw(ASKED, seed=seed), seed=seed)
    return {key: round(value, 4) for key, value in remembered(made, learned.rows).items()}
