"""Training a segmenter from a store: embeddings, networks and part labels in, a head with its card out."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from inrstore.errors import BadInput
from inrstore.model import Head
from inrstore.network.siren import Siren
from inrstore.progress import Meter, OnProgress

from ..learning import Stateful, checkpoint_in, learn
from ..trained import Trained
from .parted import Parted
from .said import evaluate_parts
from .segmenter import KIND, PartDecoder, Segmenter, SegmenterSettings, given
from .stretched import with_copies

if TYPE_CHECKING:
    from inrstore.store import Conditions, Store

KEPT = 1_000_000
"""Points at most of which what they are given is kept in memory: 264 MB of half precision."""
COPIED = 2_000
"""Networks at most that are encoded again: those of few shapes, from which little is learned without."""
RECURRING = 0.5
"""Share of the points whose part must be called as that of another shape."""
HELD_OUT = 10
"""One shape in so many of a class is only asked, and one at least of classes with two or more."""


@dataclass(frozen=True)
class SegmenterRecipe:
    """Settings of a training; frozen, and saved in the card of what it makes."""

    sees: bool = True
    """Whether the head also sees what each shape's network says around a point; without, it is as published."""
    steps: int = 2_000
    batch: int = 16
    """Shapes a step."""
    points: int = 256
    """Of each shape and step."""
    learning_rate: float = 2e-3
    """At its greatest, of AdamW under one cycle."""
    weight_decay: float = 1e-2
    noise: float = 0.02
    """Standard deviation of what is added to each number of an embedding, so that it is not learned by heart."""
    copies: int = 8
    """Of each shape, all but itself stretched and turned, see `stretched`; fewer where they are more than `COPIED`."""
    width: int = 256
    seed: int = 0


def train_segmenter(
    store: Store,
    label: str = "label",
    recipe: SegmenterRecipe | None = None,
    *,
    where: Conditions | None = None,
    split: str | None = None,
    name: str | None = None,
    work: str | Path | None = None,
    on_progress: OnProgress | None = None,
) -> Trained:
    """Train a segmenter on a store's part labels, and keep it there as a head; no source is read.

    The figures are of shapes that were not learned from, a tenth of each class. Ctrl-C keeps what was learned so far.

    Parameters
    ----------
    label : "label", or the tag that names the class; each class has parts of its own.
    where : only shapes that fulfil these conditions.
    split : a tag: shapes in which it is train are learned from, and the figures are of those in which it is test.
    name : of the head; by default "parts".
    work : a directory for checkpoints, so that a training that was stopped goes on, see `inrstore.tasks.learning`.

    Raises
    ------
    NoEncoder
        If the store has no embeddings.
    BadInput
        If there are no part labels, or too few.
    """
    recipe, started = recipe or SegmenterRecipe(), time.perf_counter()
    all_of = Parted.of(store, label, where)
    _check_names(all_of)
    own, asked = _sides(store, all_of, split, recipe.seed)
    known = all_of.at(own).trimmed()
    siren, encoder = store.base().siren, store.encoder_id
    assert encoder is not None  # there are embeddings
    sizes = SegmenterSettings(
        known.shapes.rows.shape[1], len(known.shapes.names), len(known.parts), recipe.sees, recipe.width
    )
    copies = max(1, min(recipe.copies, COPIED // len(own)))
    learned = with_copies(store, known, copies, np.random.default_rng(recipe.seed), on_progress)
    decoder, stopped = _fitted(store, learned, sizes, recipe, work, on_progress)
    settings = {
        "sizes": asdict(sizes),
        "classes": list(known.shapes.names),
        "parts": [list(part) for part in known.parts],
        "label": label,
    }
    tensors = {key: value.detach().numpy().copy() for key, value in decoder.state_dict().items()}

    def head_with(card: Mapping[str, Any]) -> Head:
        return Head.task(name or "parts", KIND, encoder, settings, tensors, card)

    figures = evaluate_parts(Segmenter(head_with({}), siren), all_of.at(asked))
    card = {
        "data": known.shapes.described(store, where),
        "split": f"{len(asked)} shapes asked that were not learned from" + (f", by tag {split}" if split else ""),
        "seed": recipe.seed,
        "settings": {**asdict(recipe), "copies": copies},
        **({"stopped": f"interrupted after {stopped} of {recipe.steps} steps"} if stopped else {}),
    }
    head = head_with({**card, "figures": figures})
    store.add_head(head)
    return Trained(head, figures, time.perf_counter() - started)


def _check_names(all_of: Parted) -> None:
    """Errors: BadInput if parts are called otherwise in each shape, as groups of files often are."""
    shapes = np.zeros(len(all_of.parts), int)
    for part in all_of.part:
        shapes[np.unique(part)] += 1
    if len(all_of) > 1 and np.mean(shapes[all_of.part] > 1) < RECURRING:
        once = ", ".join(name for (_, name), count in zip(all_of.parts, shapes, strict=True) if count == 1)
        raise BadInput(
            f"most parts have names that no other shape of the class has ({once[:80]}, …), so nothing can be learned "
            "of them; name them alike, as in a .parts.npz beside each file"
        )


def _sides(store: Store, all_of: Parted, split: str | None, seed: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Places of the shapes to learn from, and of those to ask, of the same classes. Errors: BadInput if none are."""
    if split is not None:
        tags = store.values(split)
        side = np.array([tags.get(int(key), "") for key in all_of.shapes.keys])
        own, asked = np.flatnonzero(side == "train"), np.flatnonzero(side == "test")
        advice = f"give both values of the tag {split!r}, as with 'inrstore tag ... {split}=train'"
    else:
        generator, held = np.random.default_rng(seed), []
        for place in range(len(all_of.shapes.names)):
            mine = generator.permutation(np.flatnonzero(all_of.shapes.label == place))
            held += mine[: max(len(mine) // HELD_OUT, int(len(mine) > 1))].tolist()
        asked = np.sort(np.array(held, np.int64))
        own = np.setdiff1d(np.arange(len(all_of)), asked)
        advice = "two shapes of a class, at least, need part labels: ingest more with --parts"
    asked = asked[np.isin(all_of.shapes.label[asked], all_of.shapes.label[own])]
    if not len(own) or not len(asked):
        raise BadInput(f"of the shapes with part labels {len(own)} are to learn from and {len(asked)} to ask; {advice}")
    return own, asked


def _fitted(
    store: Store,
    learned: Parted,
    sizes: SegmenterSettings,
    recipe: SegmenterRecipe,
    work: str | Path | None,
    on_progress: OnProgress | None,
) -> tuple[PartDecoder, int]:
    """A decoder that has learned, and after how many steps it was interrupted, else 0."""
    shapes, lessons = learned.shapes, _Lessons(*_prepared(store.base().siren, learned, sizes, on_progress), recipe)
    made_of = {"encoder": store.encoder_id, "classes": shapes.names, "parts": learned.parts, **asdict(recipe)}
    data: list[NDArray[Any]] = [shapes.rows, shapes.label, learned.weights, learned.points, learned.part]

    def begin() -> _Learning:
        return _Learning(PartDecoder(sizes), lessons, recipe)

    learning, stopped = learn(begin, recipe.steps, recipe.seed, checkpoint_in(work, made_of, data), on_progress)
    return learning.decoder.eval(), stopped


class _Learning:
    """One step after the other of a decoder."""

    def __init__(self, decoder: PartDecoder, lessons: _Lessons, recipe: SegmenterRecipe) -> None:
        self.decoder, self.lessons = decoder.train(), lessons
        self.optimiser = torch.optim.AdamW(decoder.parameters(), recipe.learning_rate, weight_decay=recipe.weight_decay)
        self.cycle = torch.optim.lr_scheduler.OneCycleLR(self.optimiser, recipe.learning_rate, total_steps=recipe.steps)

    @property
    def parts(self) -> dict[str, Stateful]:
        return {"decoder": self.decoder, "optimiser": self.optimiser, "cycle": self.cycle}

    def step(self) -> str:
        loss = self.lessons.loss(self.decoder)
        self.optimiser.zero_grad()
        loss.backward()
        self.optimiser.step()
        self.cycle.step()
        return f"loss {float(loss.detach()):.3f}"


def _prepared(
    siren: Siren, own: Parted, sizes: SegmenterSettings, on_progress: OnProgress | None
) -> tuple[Parted, Tensor]:
    """The shapes with as many of their points as there is room for, and (n, m, k) what is known of each point."""
    count = max(1, min(own.points.shape[1], KEPT // len(own)))
    own = Parted(own.shapes, own.weights, own.points[:, :count], own.part[:, :count], own.parts)
    meter = Meter(on_progress, len(own), stage="asking networks")
    found = []
    for network, points in zip(torch.from_numpy(own.weights), torch.from_numpy(own.points), strict=True):
        found.append(given(siren, network[None], points[None], sizes)[0].half())
        meter.step()
    return own, torch.stack(found)


class _Lessons:
    """Draws shapes and points, and says how wrong a decoder is about them; parts of other classes are no answer."""

    def __init__(self, own: Parted, known: Tensor, recipe: SegmenterRecipe) -> None:
        self.known, self.recipe = known, recipe
        self.rows = torch.from_numpy(own.shapes.rows)
        self.kind, self.part = torch.from_numpy(own.shapes.label), torch.from_numpy(own.part)
        self.possible = torch.zeros(len(own.shapes.names), len(own.parts), dtype=torch.bool)
        for place, name in enumerate(own.shapes.names):
            self.possible[place, own.of_class(name)] = True

    def loss(self, decoder: PartDecoder) -> Tensor:
        recipe = self.recipe
        shapes = torch.randint(len(self.rows), (recipe.batch,))
        points = torch.randint(self.known.shape[1], (recipe.batch, recipe.points))
        z = self.rows[shapes] + recipe.noise * torch.randn(recipe.batch, self.rows.shape[1])
        logits = decoder(z, self.kind[shapes], self.known[shapes[:, None], points].float())
        logits = logits.masked_fill(~self.possible[self.kind[shapes]][:, None], -1e9)
        return functional.cross_entropy(logits.flatten(0, 1), self.part[shapes[:, None], points].flatten())
