"""Training a transfer from a store alone: views of its surfaces, codes in, codes out, head and card."""

from __future__ import annotations

import copy
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from inrstore.errors import BadInput
from inrstore.model import Head
from inrstore.model.decoder import Decoder
from inrstore.model.training.lessons import decoding_loss_of_all
from inrstore.progress import OnProgress
from inrstore.store import Conditions

from ..codes import Codes
from ..generation.learned import GENERATED
from ..learning import Stateful, checkpoint_in, learn
from ..trained import Trained, asked_for
from .pairs import TASKS, Pairs, pairs
from .transfer import KIND, LEAST, Transfer, TransferNetwork, TransferSizes, tensors_of
from .twins import without_twins

SOLID = ("sdf", "occ")
FEWEST = 8
"""Shapes; of fewer none could be held out."""
HELD_OUT = 10
"""One shape in so many is only asked."""


@dataclass(frozen=True)
class TransferRecipe:
    """Settings of a training; frozen, and saved in the card of what it makes."""

    shapes: int = 1_000
    """At most so many are looked at; drawn by the seed."""
    views: int = 4
    """Clouds of each."""
    fits: int = 2
    """Of them, how many have a network fitted, as every scan has that is asked with: one of each kind of view. The
    others cost less. Without any, what was learned said nothing of fitted scans."""
    steps: int = 1_200
    batch: int = 16
    cosine: float = 0.1
    """Weight of the cosine to the whole's code, in which every number counts alike, beside what is decoded. At 1 the
    answers were less like the wholes than what the decoder makes of scans unchanged."""
    decoded: int = 16
    """Of a batch, how many are decoded, each at `points` points."""
    points: int = 512
    learning_rate: float = 2e-3
    """At its greatest, of AdamW under one cycle."""
    weight_decay: float = 1e-2
    fine: int = 48
    width: int = 128
    layers: int = 3
    seed: int = 0


def train_transfer(
    codes: Codes,
    task: str,
    recipe: TransferRecipe | None = None,
    *,
    where: Conditions | None = None,
    split: str | None = None,
    same: str | None = None,
    name: str | None = None,
    work: str | Path | None = None,
    device: str = "cpu",
    on_progress: OnProgress | None = None,
) -> Trained:
    """Train what completes scans or makes solids of them, on a store's networks and codes; no source is read.

    Clouds are taken from the surfaces of the networks: parts of them for a completion, all of them for a
    reconstruction, which learns from solids alone. The figures are of shapes that were not learned from: how far what
    the decoder makes of what is said is from what the networks say (the loss), and the same of the codes which came,
    and of the wholes' own, which no transfer can pass. Ctrl-C keeps what was learned so far.

    Parameters
    ----------
    task : completion or reconstruction.
    where : only shapes that fulfil these conditions.
    split : a tag: shapes in which it is train are learned from, and the figures are of those in which it is test.
    same : a tag that names the object of shapes: of a solid, that cloud is seen which is of the same object, where one
        is stored, and no object is asked that was learned from.
    name : of the head; by default that of the task.
    work : a directory for views, as they are made, and checkpoints, so that a training that was stopped goes on.
    device : cpu or cuda, of the steps; views are made on the processor.

    Raises
    ------
    BadInput
        If the task is none, there are too few shapes, or some have no code yet.
    """
    recipe, started = recipe or TransferRecipe(), time.perf_counter()
    if task not in TASKS:
        raise BadInput(f"task: {task!r} is none of {', '.join(TASKS)}")
    if codes.cells < LEAST:
        raise BadInput(f"codes of {codes.cells} block a side tell nothing of places; take those of {LEAST} or more")
    own, asked = sides(codes, task, recipe, where, split, same)
    keep = None if work is None else Path(work)
    learned = pairs(codes, task, own, recipe.views, recipe.seed, recipe.fits, keep, same, on_progress)
    every = recipe.views if recipe.fits else 0  # the figures are of what will be asked
    held = pairs(codes, task, asked, recipe.views, recipe.seed + 1, every, keep, same, on_progress)
    sizes = TransferSizes(codes.dim, codes.cells, recipe.fine, recipe.width, recipe.layers)
    network, stopped = _fitted(codes, learned, sizes, recipe, keep, device, on_progress)
    shapes = codes.store.shapes_by_key(own.tolist())
    fields = sorted({shape.field for shape in shapes.values()})
    settings = {"field": "occ" if fields == ["occ"] else "sdf", "sizes": asdict(sizes)}
    tensors = tensors_of(network, shapes.values())

    def head_with(card: Mapping[str, Any]) -> Head:
        return Head.task(name or task, KIND, codes.id, settings, tensors, card)

    figures = _figures(Transfer(head_with({})), held, codes.decoder, recipe)
    card = {
        "task": task,
        "data": {"store": codes.store.id, "shapes": len(learned.keys), "fields": fields, **asked_for(where)},
        "split": f"{len(held.keys)} shapes asked that were not learned from" + (f", by tag {split}" if split else ""),
        **({} if same is None else {"same": same}),
        "seed": recipe.seed,
        "settings": asdict(recipe),
        "figures": figures,
        **({"stopped": f"interrupted after {stopped} of {recipe.steps} steps"} if stopped else {}),
    }
    head = head_with(card)
    codes.store.add_head(head)
    return Trained(head, figures, time.perf_counter() - started)


def fitting(codes: Codes, task: str) -> NDArray[np.int64]:
    """(n,) keys of the shapes that a task can be learned from, and asked with; those that were generated are not."""
    some = [keys for _, field, keys in codes.store.encodable() if task == "completion" or field in SOLID]
    made = codes.store.values(GENERATED)
    return np.array([key for own in some for key in own.tolist() if key not in made], np.int64)


def sides(
    codes: Codes,
    task: str,
    recipe: TransferRecipe,
    where: Conditions | None,
    split: str | None,
    same: str | None = None,
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Keys of shapes that a training learns from, and of those that it asks; both ascending. They need no codes yet.

    Errors: BadInput if there are too few.
    """
    keys = fitting(codes, task)
    if where is not None:
        keys = keys[np.isin(keys, codes.store.keys(where))]
    if split is not None:
        tags = codes.store.values(split)
        side = np.array([tags.get(int(key), "") for key in keys])
        own, asked = keys[side == "train"], keys[side == "test"]
    else:
        order = np.random.default_rng(recipe.seed).permutation(keys)
        asked, own = np.split(order, [max(1, len(order) // HELD_OUT)])
    own = without_twins(codes.store, own, asked, same)
    if len(own) + len(asked) < FEWEST or not len(own) or not len(asked):
        what = "solids (meshes that are closed, or voxel grids)" if task == "reconstruction" else "shapes"
        tagged = "" if split is None else f", by train and test in the tag {split!r}"
        raise BadInput(
            f"there are {len(own)} {what} to learn from and {len(asked)} to ask{tagged}; {FEWEST} are needed, at least "
            "one of each: ingest more, or ask for more with --where"
        )
    generator = np.random.default_rng(recipe.seed)
    most = (recipe.shapes, max(1, recipe.shapes // HELD_OUT))
    own, asked = (generator.permutation(side)[:count] for side, count in zip((own, asked), most, strict=True))
    return np.sort(own), np.sort(asked)


def _fitted(
    codes: Codes,
    learned: Pairs,
    sizes: TransferSizes,
    recipe: TransferRecipe,
    work: Path | None,
    device: str,
    on_progress: OnProgress | None,
) -> tuple[TransferNetwork, int]:
    """A network that has learned, and after how many steps it was interrupted, else 0."""
    assert codes.model.decoder is not None  # as Codes sees to
    made_of = {"codes": codes.id, "decoder": codes.model.decoder.id, "fields": learned.fields, **asdict(recipe)}
    data = [learned.seen, learned.whole, learned.turns, learned.points, learned.raw]
    judge = _Judge(learned, codes.decoder, recipe, device)

    def begin() -> _Learning:
        return _Learning(TransferNetwork(sizes).to(device), learned, judge, recipe)

    learning, stopped = learn(begin, recipe.steps, recipe.seed, checkpoint_in(work, made_of, data), on_progress)
    return learning.network.cpu().eval(), stopped


class _Learning:
    """One step after the other of a network that says codes of wholes for those of views."""

    def __init__(self, network: TransferNetwork, learned: Pairs, judge: _Judge, recipe: TransferRecipe) -> None:
        self.network, self.judge, self.recipe = network.train(), judge, recipe
        device = next(network.parameters()).device
        self.seen, self.whole = (torch.from_numpy(some).to(device) for some in (learned.seen, learned.whole))
        self.optimiser = torch.optim.AdamW(network.parameters(), recipe.learning_rate, weight_decay=recipe.weight_decay)
        self.cycle = torch.optim.lr_scheduler.OneCycleLR(self.optimiser, recipe.learning_rate, total_steps=recipe.steps)

    @property
    def parts(self) -> dict[str, Stateful]:
        return {"network": self.network, "optimiser": self.optimiser, "cycle": self.cycle}

    def step(self) -> str:
        shapes = torch.randint(len(self.whole), (self.recipe.batch,))
        views = torch.randint(self.seen.shape[1], (self.recipe.batch,))
        said, some = self.network(self.seen[shapes, views]), slice(self.recipe.decoded)
        apart = (1 - (said * self.whole[shapes, views]).sum(dim=1)).mean()
        loss = self.judge(said[some], shapes[some], views[some]) + self.recipe.cosine * apart
        self.optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), 1.0)
        self.optimiser.step()
        self.cycle.step()
        return f"loss {float(loss.detach()):.3f}"


class _Judge:
    """How far the surfaces that a decoder makes of codes are from those of the networks."""

    def __init__(self, learned: Pairs, decoder: Decoder, recipe: TransferRecipe, device: str = "cpu") -> None:
        self.decoder = copy.deepcopy(decoder).requires_grad_(False).to(device)
        self.points, self.raw, self.turns = (
            torch.from_numpy(some).to(device) for some in (learned.points, learned.raw, learned.turns)
        )
        self.fields, self.count = learned.fields, recipe.points

    def __call__(self, codes: Tensor, shapes: Tensor, views: Tensor) -> Tensor:
        """The mean loss of codes (n, dim) of views of shapes, by their places (n,), at points drawn for each step."""
        fields = [self.fields[int(shape)] for shape in shapes]
        total = torch.zeros((), device=codes.device)
        for name in sorted(set(fields)):
            some = torch.tensor([place for place, own in enumerate(fields) if own == name])
            rows = shapes[some][:, None]
            drawn = torch.randint(self.points.shape[1], (len(some), self.count))
            points = self.points[rows, drawn] @ self.turns[shapes[some], views[some]].transpose(1, 2)
            raw = self.raw[rows, drawn]
            total = total + decoding_loss_of_all(self.decoder, codes[some], name, points, raw) * len(some) / len(shapes)
        return total


def _figures(transfer: Transfer, held: Pairs, decoder: Decoder, recipe: TransferRecipe) -> dict[str, float]:
    """What the decoder makes of what is said, of what came, and of the wholes' own codes, against the networks."""
    said = np.stack([transfer.codes(views) for views in held.seen])
    rows = {"loss": said, "loss before": held.seen, "loss of the wholes": held.whole}
    judge = _Judge(held, decoder, recipe)
    found = {name: round(_mean_loss(judge, codes, recipe.seed), 4) for name, codes in rows.items()}
    return {**found, "shapes": len(held.keys)}


@torch.no_grad()
def _mean_loss(judge: _Judge, codes: NDArray[np.float32], seed: int) -> float:
    """Of codes (n, v, dim), for all at the same points."""
    views = torch.arange(codes.shape[1])
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        every = [judge(torch.from_numpy(own), torch.full_like(views, place), views) for place, own in enumerate(codes)]
    return float(torch.stack(every).mean())
