"""Training a text head from stores: embeddings and what shapes are called in, a head with its card out."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from inrstore.model import Head
from inrstore.progress import Meter, OnProgress
from inrstore.records import FloatArray
from inrstore.towers import TEXT as TOWER
from inrstore.towers import TextTower, text_tower

from ..trained import Trained
from .calibration import figures_of, floor_of, slope_of
from .captions import Captioned
from .head import TEXT, QueryHead
from .kernel import fit_kernel
from .packing import packed
from .space import DIRECTIONS, QUIET, Space

if TYPE_CHECKING:
    from inrstore.store import Conditions, Store

FOLDS = 5
BATCH = 512
ALIKE = 0.5
"""Cosine of two names from which on shapes of one are no wrong answers to the other, when the floor is set."""
FURTHER = 0.3
"""What a caption of a further store counts, against one of the first: its words are those that are asked for."""


@dataclass(frozen=True)
class TextRecipe:
    """Settings of a training; frozen, and saved in the card of what it makes."""

    directions: int = DIRECTIONS
    quiet: float = QUIET
    further: float = FURTHER
    seed: int = 0


@dataclass(frozen=True, eq=False)
class Pairs:
    """Captions with the shapes that they are of."""

    vectors: FloatArray
    """(c, f)."""
    own: NDArray[np.int64]
    """(c,)."""
    weights: FloatArray
    """(c,)."""

    def of(self, shapes: NDArray[np.bool_]) -> Pairs:
        there = shapes[self.own]
        return Pairs(self.vectors[there], self.own[there], self.weights[there])


def train_text(
    store: Store,
    recipe: TextRecipe | None = None,
    *,
    also: Sequence[Store] = (),
    where: Conditions | None = None,
    tower: str = TOWER,
    name: str | None = None,
    on_progress: OnProgress | None = None,
) -> Trained:
    """Train what finds shapes by words that are nowhere written, and keep it in the store as a head.

    It learns from names, labels, tags, and the tag `captions`. The figures are of five folds by name: a name is asked
    of a head that has learned neither it nor any shape called so, and the right answers among all shapes are those
    that are. Then all are learned from.

    Parameters
    ----------
    also : further stores with embeddings of the same encoder, to learn more words from; the head goes to the first.
    where : of the first store, only shapes that fulfil these conditions.
    tower : what reads the words, see `inrstore.towers`.

    Raises
    ------
    BadInput, NoEncoder
        If too few shapes have words, or the stores have no embeddings of one encoder.
    MissingDependency
        Without the extra `text`.
    """
    recipe, started = recipe or TextRecipe(), time.perf_counter()
    reads, known = text_tower(tower), Captioned.of([store, *also], where)
    pairs = read_captions(reads, known, recipe.further, on_progress)
    validated = _validated(known, pairs, recipe, reads, on_progress)
    encoder = store.encoder_id
    assert encoder is not None  # there are embeddings
    settings, tensors = learn_text(known.rows, pairs, recipe, reads)
    settings |= {"floor": validated.floor, "slope": list(validated.slope)}
    card = {
        "data": [dict(one) for one in known.about],
        "captions": len(pairs.own),
        "split": f"{FOLDS} folds by name; asked are the names of the first store",
        "seed": recipe.seed,
        "settings": asdict(recipe),
        "figures": dict(validated.figures),
    }
    head = Head.task(name or TEXT, TEXT, encoder, settings, tensors, card)
    store.add_head(head)
    return Trained(head, validated.figures, time.perf_counter() - started)


def read_captions(reads: TextTower, known: Captioned, further: float, on_progress: OnProgress | None) -> Pairs:
    texts = sorted({text for said in known.captions for text in said})
    meter = Meter(on_progress, len(texts), stage="reading captions")
    parts = []
    for start in range(0, len(texts), BATCH):
        parts.append(reads.encode(texts[start : start + BATCH]))
        meter.step(count=len(parts[-1]))
    place = {text: row for row, text in enumerate(texts)}
    own = np.array([shape for shape, said in enumerate(known.captions) for _ in said], np.int64)
    rows = [place[text] for said in known.captions for text in said]
    weights = np.where(own < known.about[0]["shapes"], 1.0, further).astype(np.float32)
    return Pairs(np.concatenate(parts)[rows], own, weights)


def learn_text(
    rows: FloatArray, pairs: Pairs, recipe: TextRecipe, reads: TextTower
) -> tuple[dict[str, Any], Mapping[str, NDArray[Any]]]:
    """Settings and tensors of a head that has learned these pairs."""
    learned = np.unique(pairs.own)
    space = Space.of(rows[learned], recipe.directions, recipe.quiet)
    targets = space.inside(rows)
    landmarks, adds = fit_kernel(pairs.vectors, targets[pairs.own], pairs.weights, recipe.seed)
    placed = (rows[learned] - space.middle) @ space.directions.T
    settings = {
        "tower": reads.name,
        "tower_id": reads.id,
        "features": reads.dim,
        "length": float(1 / np.median(np.linalg.norm(placed, axis=1))),
    }
    tensors = {"space.middle": space.middle, "space.directions": space.directions, "landmarks": landmarks, "adds": adds}
    return settings, packed(tensors)


@dataclass(frozen=True, eq=False)
class _Validated:
    figures: Mapping[str, float]
    floor: float
    slope: tuple[float, float]


def _validated(
    known: Captioned, pairs: Pairs, recipe: TextRecipe, reads: TextTower, on_progress: OnProgress | None
) -> _Validated:
    fold, first = known.folds(FOLDS, recipe.seed), known.about[0]["shapes"]
    called, place = np.unique([said[0].lower() for said in known.captions[:first]], return_inverse=True)
    vectors = reads.encode(called.tolist())
    meter = Meter(on_progress, FOLDS, stage="validating")
    scores, asked = [], []
    for one in range(FOLDS):
        some = np.unique(place[fold[:first] == one])
        if len(some):
            head = _head(*learn_text(known.rows, pairs.of(fold != one), recipe, reads))
            found = head.ask(vectors[some])
            cosines = found.vectors @ known.rows[:first].T
            scores.append(np.stack([found.likeness(row, cosine) for row, cosine in enumerate(cosines)]))
            asked.append(some)
        meter.step()
    names, likeness = np.concatenate(asked), np.concatenate(scores)
    right = names[:, None] == place[None]
    wrong = (vectors[names] @ vectors.T < ALIKE)[:, place]
    figures = figures_of(likeness, right)
    return _Validated(figures, floor_of(likeness[wrong]), slope_of(likeness[right], likeness[wrong]))


def _head(settings: Mapping[str, Any], tensors: Mapping[str, NDArray[Any]]) -> QueryHead:
    """One that is only asked here."""
    return QueryHead(Head.task(TEXT, TEXT, "", {**settings, "floor": 0.0, "slope": [1.0, 0.0]}, tensors, {}))
