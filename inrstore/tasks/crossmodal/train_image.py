"""Training an image head from stores: networks and their embeddings in, a head with its card out."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from inrstore.errors import BadInput, NoEncoder
from inrstore.model import Head
from inrstore.progress import OnProgress
from inrstore.records import FloatArray
from inrstore.towers import IMAGE as TOWER
from inrstore.towers import image_tower
from inrstore.towers.squeeze import Squeeze

from ..learning import checkpoint_in, learn
from ..trained import Trained, asked_for
from .calibration import figures_of, floor_of, slope_of
from .found import packaged
from .given import given
from .head import IMAGE, QueryHead
from .network import Contrast, ContrastRecipe, tensors_of
from .packing import packed
from .seen import seen
from .space import DIRECTIONS, QUIET, Space

if TYPE_CHECKING:
    from inrstore.store import Conditions, Store

FOLDS = 5
"""Of the shapes of the first store, one in so many is asked for the figures."""
FEWEST = 20
MANY = 1_000
"""Shapes from which on it can be learned what tells one from another; else the packaged head knows better."""
SHOWN = 3
"""Pictures that were left out, of which a card says why."""


@dataclass(frozen=True)
class ImageRecipe:
    """Settings of a training; frozen, and saved in the card of what it makes."""

    views: int = 8
    """Of each shape."""
    views_also: int = 4
    """Of each shape of further stores."""
    directions: int = DIRECTIONS
    quiet: float = QUIET
    contrast: ContrastRecipe = field(default_factory=ContrastRecipe)
    seed: int = 0


@dataclass(frozen=True, eq=False)
class Pictured:
    """Embeddings of shapes, and pictures of these."""

    rows: FloatArray
    """(m, d)."""
    features: NDArray[np.float16]
    """(n, f)."""
    own: NDArray[np.int64]
    """(n,) places in `rows`."""
    given: NDArray[np.bool_]
    """(n,) whether a picture was given, and not drawn from a network."""
    first: int
    """How many of the rows are of the first store."""

    def of(self, shapes: NDArray[np.bool_]) -> Pictured:
        """Only the pictures of some shapes (m,)."""
        there = shapes[self.own]
        return Pictured(self.rows, self.features[there], self.own[there], self.given[there], self.first)


def train_image(
    store: Store,
    recipe: ImageRecipe | None = None,
    *,
    also: Sequence[Store] = (),
    pictures: str | Path | None = None,
    where: Conditions | None = None,
    tower: str = TOWER,
    name: str | None = None,
    work: str | Path | None = None,
    jobs: int = 1,
    on_progress: OnProgress | None = None,
) -> Trained:
    """Train what finds shapes by a picture, and keep it in the store as a head; no source file is read.

    It learns from random views of what the networks have, under random lights, in random colours and as drawings, and
    from pictures that are given. The figures are of a fifth of the shapes, by a head that has learned from pictures of
    the others alone, among all. Then all are learned from. Ctrl-C keeps what was learned so far.

    Parameters
    ----------
    also : further stores with embeddings of the same encoder, to learn from; the head goes to the first.
    pictures : a folder of pictures of the first store's shapes, see `given`.
    where : of the first store, only shapes that fulfil these conditions.
    tower : what reads the pictures, see `inrstore.towers`.
    work : a folder for views and checkpoints, so that a training that was stopped goes on.

    Raises
    ------
    BadInput, NoEncoder
        If there are too few shapes, or the stores have no embeddings of one encoder.
    MissingDependency
        Without the extra `image`.
    """
    recipe, started = recipe or ImageRecipe(), time.perf_counter()
    known, about = pictured([store, *also], recipe, pictures, where, tower, work, jobs, on_progress)
    reads, encoder = image_tower(tower), store.encoder_id
    assert encoder is not None  # there are embeddings
    settings = {"tower": reads.name, "tower_id": reads.id, "features": reads.dim}

    squeeze = _packaged(reads.id) if len(known.rows) < MANY else None

    def learned(some: Pictured) -> tuple[Mapping[str, Any], Mapping[str, NDArray[Any]], int]:
        return learn_image(some, recipe, work, on_progress, squeeze)

    asked = _asked(known, recipe.seed)
    validated = _validated(known, asked, settings, learned(known.of(~asked)))
    more, tensors, stopped = learned(known)
    card = {
        "data": about,
        "pictures": {"drawn": int((~known.given).sum()), "given": int(known.given.sum())},
        "split": f"a fifth of the first store's shapes, {int(asked.sum())}, asked of a head that has not seen them",
        "squeeze": "that of the packaged head" if squeeze else "learned from these",
        "seed": recipe.seed,
        "settings": asdict(recipe),
        "figures": dict(validated.figures),
        **({"stopped": f"interrupted after {stopped} of {recipe.contrast.steps} steps"} if stopped else {}),
    }
    own = {**settings, **more, "floor": validated.floor, "slope": list(validated.slope)}
    own["views_floor"] = validated.views_floor
    head = Head.task(name or IMAGE, IMAGE, encoder, own, tensors, card)
    store.add_head(head)
    return Trained(head, validated.figures, time.perf_counter() - started)


def pictured(
    stores: Sequence[Store],
    recipe: ImageRecipe,
    pictures: str | Path | None,
    where: Conditions | None,
    tower: str,
    work: str | Path | None,
    jobs: int,
    on_progress: OnProgress | None,
) -> tuple[Pictured, list[dict[str, Any]]]:
    """What is learned from, and what a card says of it."""
    if (encoder := stores[0].encoder_id) is None:
        raise NoEncoder("the store has no encoder, so its shapes have no embeddings to learn from")
    rows: list[FloatArray] = []
    parts: list[tuple[NDArray[np.float16], NDArray[np.int64], bool]] = []
    about: list[dict[str, Any]] = []
    for number, store in enumerate(stores):
        if store.encoder_id != encoder:
            raise BadInput(f"store {store.id} has embeddings of another encoder; run 'inrstore reencode' on it")
        keys, own = store.embeddings(store.keys(where if number == 0 else None))
        begin = sum(map(len, rows))
        count = recipe.views_also if number else recipe.views
        views = seen(store, keys, tower, count, recipe.seed, work=work, jobs=jobs, on_progress=on_progress)
        parts.append((views.features, begin + np.searchsorted(keys, views.keys), False))
        refused: list[str] = []
        if pictures is not None and number == 0:
            some, refused = given(store, keys, pictures, tower, on_progress)
            parts.append((some.features, np.searchsorted(keys, some.keys), True))
        rows.append(own.astype(np.float32))
        left = {"pictures left out": len(refused), "for example": refused[:SHOWN]} if refused else {}
        about.append({"store": store.id, "shapes": len(keys), **left, **(asked_for(where) if number == 0 else {})})
    if len(rows[0]) < FEWEST:
        raise BadInput(f"{len(rows[0])} shapes have embeddings, and {FEWEST} are needed to learn from")
    marked = np.concatenate([np.full(len(own), is_given) for _, own, is_given in parts])
    features, places = np.concatenate([part[0] for part in parts]), np.concatenate([part[1] for part in parts])
    return Pictured(np.concatenate(rows), features, places, marked, len(rows[0])), about


def _asked(known: Pictured, seed: int) -> NDArray[np.bool_]:
    """(m,) a fifth of the shapes of the first store."""
    asked = np.zeros(len(known.rows), bool)
    asked[np.random.default_rng(seed).permutation(known.first)[: max(1, known.first // FOLDS)]] = True
    return asked


def learn_image(
    some: Pictured,
    recipe: ImageRecipe,
    work: str | Path | None,
    on_progress: OnProgress | None,
    squeeze: Squeeze | None = None,
) -> tuple[Mapping[str, Any], Mapping[str, NDArray[Any]], int]:
    """Settings and tensors of a head that has learned from these pictures; after how many steps it was interrupted.

    What it keeps of the features is learned from them, too, but where a `squeeze` is given.
    """
    there, own = np.unique(some.own, return_inverse=True)
    space = Space.of(some.rows[there], recipe.directions, recipe.quiet)
    squeeze = squeeze or Squeeze.of(some.features, own, recipe.seed)
    targets, features = space.inside(some.rows[there]), squeeze(some.features).astype(np.float16)
    checkpoint = checkpoint_in(work, asdict(recipe), [features, targets, own])

    def begin() -> Contrast:
        return Contrast(features, targets, own.astype(np.int64), np.flatnonzero(some.given), recipe.contrast)

    learning, stopped = learn(begin, recipe.contrast.steps, recipe.seed, checkpoint, on_progress)
    placed = (some.rows[there] - space.middle) @ space.directions.T
    settings = {"length": float(1 / np.median(np.linalg.norm(placed, axis=1)))}
    parts = {"space.middle": space.middle, "space.directions": space.directions}
    parts |= {"squeeze.middle": squeeze.middle, "squeeze.directions": squeeze.directions}
    return settings, packed({**parts, **tensors_of(learning.network)}), stopped


@dataclass(frozen=True, eq=False)
class _Validated:
    figures: Mapping[str, float]
    floor: float
    slope: tuple[float, float]
    views_floor: float


def _validated(
    known: Pictured,
    asked: NDArray[np.bool_],
    settings: Mapping[str, Any],
    learned: tuple[Mapping[str, Any], Mapping[str, NDArray[Any]], int],
) -> _Validated:
    """Figures of drawn pictures and of given ones, of shapes that the head has not learned from, among all."""
    own = {**settings, **learned[0], "floor": 0.0, "slope": [1.0, 0.0], "views_floor": 0.0}
    head = QueryHead(Head.task(IMAGE, IMAGE, "", own, learned[1], {}))
    test, among = known.of(asked), known.rows[: known.first]
    found = head.ask(test.features.astype(np.float32))
    cosines = found.vectors @ among.T
    likeness = np.stack([found.likeness(place, row) for place, row in enumerate(cosines)])
    views = views_likeness(head, known, test.features)
    correct = test.own[:, None] == np.arange(known.first)
    figures = figures_of(likeness[~test.given], correct[~test.given])
    if test.given.any():
        of_given = {"given": likeness[test.given], "given, by views": views[test.given]}
        for what, scores in of_given.items():
            figures |= {f"{name}, {what}": value for name, value in figures_of(scores, correct[test.given]).items()}
    slope = slope_of(likeness[correct], likeness[~correct])
    return _Validated(figures, floor_of(likeness[~correct]), slope, floor_of(views[~correct]))


def views_likeness(head: QueryHead, known: Pictured, features: NDArray[np.floating]) -> FloatArray:
    """(q, m) cosines of pictures (q, f) with the first store's shapes, by the drawn views of these; 0 without any."""
    assert head.squeeze is not None
    drawn = ~known.given & (known.own < known.first)
    views = _unit(head.squeeze(known.features[drawn]))
    means = np.zeros((known.first, views.shape[1]), np.float32)
    np.add.at(means, known.own[drawn], views)
    return _unit(head.squeeze(features)) @ _unit(means).T


def _unit(rows: FloatArray) -> FloatArray:
    return np.asarray(rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9), np.float32)


def _packaged(tower_id: str) -> Squeeze | None:
    """That of the packaged head, if it reads the same tower."""
    head = packaged(IMAGE)
    return None if head is None or (own := QueryHead(head)).tower_id != tower_id else own.squeeze
