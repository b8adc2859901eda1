"""Labels that are proposed for shapes without one, by a classifier and by the nearest labelled shapes together.

What `crossmodal.zeroshot` proposes, by words alone, is accepted, marked and taken back here as well.

Nothing is written until somebody accepts. What was accepted is marked by two tags: `proposed` says what was written, as
label=chair, `proposed_by` is the head's id; so it can be found, left out of a training, and taken back.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from inrstore.errors import BadInput, ModelNotFound
from inrstore.records import FloatArray, Shape
from inrstore.store.where import MARKS

from ..crossmodal.found import packaged
from ..crossmodal.head import TEXT
from .classifier import Classifier, Named
from .labelled import Labelled, unit

if TYPE_CHECKING:
    from inrstore.model import Head
    from inrstore.store import Conditions, Store

PROPOSED, BY = MARKS
PROPOSING = ("classifier", "text")
"""Kinds of heads that propose labels."""
ID_DIGITS = 12
THRESHOLD = 0.9
NEIGHBOURS = 5
COMPARED = 1 << 25
"""Pairs of a shape without a label and one with a label, at once: 128 MB."""


class Proposer(Protocol):
    """What says whose a proposed label is; a `Classifier` does, and `crossmodal.zeroshot.Words`."""

    @property
    def head(self) -> Head: ...
    @property
    def label(self) -> str:
        """What is proposed a value of: `label`, or a tag."""


@dataclass(frozen=True, eq=False)
class By:
    """A head of words whose proposals somebody has looked at, to accept them without asking it again."""

    head: Head
    label: str = "label"


@dataclass(frozen=True)
class Neighbour:
    """A labelled shape, and how much it is like the one that a label is proposed for."""

    shape: Shape
    label: str
    score: float
    """Cosine similarity."""


@dataclass(frozen=True)
class Proposal:
    """A label for a shape that has none, with its reasons."""

    shape: Shape
    named: Named
    """What the classifier says."""
    neighbours: tuple[Neighbour, ...]
    """The five labelled shapes that are most like it, the nearest first."""
    sure: bool
    """Whether it is to be accepted: likely enough, not unlike all classes, and most of the neighbours agree."""

    @property
    def label(self) -> str:
        return self.named.label

    @property
    def probability(self) -> float:
        return self.named.probability

    @property
    def votes(self) -> float:
        """The share of the neighbours that has the proposed label."""
        return sum(one.label == self.label for one in self.neighbours) / len(self.neighbours)

    def to_dict(self) -> dict[str, Any]:
        near = [{"id": one.shape.id, "label": one.label, "score": one.score} for one in self.neighbours]
        source = next(iter(self.shape.sources), "")
        own = {"id": self.shape.id, "source": source, **self.named.to_dict()}
        return {**own, "neighbours": near, "votes": self.votes, "sure": self.sure}


def propose(
    store: Store, classifier: Classifier, *, threshold: float = THRESHOLD, where: Conditions | None = None
) -> list[Proposal]:
    """A proposal for each encoded shape without a label, the surest first; nothing is written.

    The words are the store's own labels: what a classifier that came from elsewhere says beyond them is left out, as is
    what somebody has refused of a shape (`Store.refuse`).

    threshold : the probability from which on a proposal may be sure
    where : only for shapes that fulfil these conditions

    Errors: BadInput if no shape has a label or the threshold is no probability; as `Classifier.classify`.
    """
    if not 0 <= threshold <= 1:
        raise BadInput(f"threshold is {threshold}; give a probability from 0 to 1")
    known = Labelled.of(store, classifier.label)
    given = store.values(classifier.label)
    wanted = [int(key) for key in store.keys(where) if int(key) not in given]
    keys, rows = store.embeddings(wanted)
    if not len(keys):
        return []
    found = _near(unit(rows), known)
    refused = store.refusals(classifier.label)
    shapes = store.shapes_by_key([*keys.tolist(), *np.unique(known.keys[found.places]).tolist()])
    proposals = []
    for key, named, places, scores in zip(keys, classifier.classify(rows), found.places, found.scores, strict=True):
        near = tuple(
            Neighbour(shapes[int(known.keys[place])], known.names[known.label[place]], float(score))
            for place, score in zip(places, scores, strict=True)
            if int(known.keys[place]) in shapes  # else it was removed meanwhile
        )
        wrong = named.label in refused.get(int(key), ())
        if int(key) in shapes and near and named.label in known.names and not wrong:
            proposals.append(_judged(Proposal(shapes[int(key)], named, near, False), threshold))
    return sorted(proposals, key=lambda one: (not one.sure, -one.probability, one.shape.key))


def accept(store: Store, by: Proposer, proposals: Iterable[Proposal]) -> int:
    """Writes the sure ones of the proposals as labels, marked; a shape that has a label by now keeps it.

    Returns how many were written. Errors: BadInput if the tag that is to mark them is used for something else.
    """
    return accept_labels(store, by, {one.shape.key: one.label for one in proposals if one.sure})


def accept_labels(store: Store, by: Proposer, labels: Mapping[int, str]) -> int:
    """Writes proposed labels by key that somebody has looked at, marked as `accept` does. Errors: as of that."""
    given = store.values(by.label)
    new = {key: label for key, label in labels.items() if key not in given}
    if strange := store.values(PROPOSED).keys() - store.values(BY).keys():
        raise BadInput(
            f"{len(strange)} shapes have a tag {PROPOSED!r} that no classifier wrote; call it otherwise with 'inrstore "
            "tag', so that what is written now can be told from it"
        )
    mark = by.head.id[:ID_DIGITS]
    store.retag({key: {PROPOSED: f"{by.label}={label}", BY: mark} for key, label in new.items()})
    return _write(store, by.label, new)  # after its mark, so that no label is there without


def take_back(store: Store, by: str | None = None, *, where: Conditions | None = None) -> int:
    """Takes accepted proposals away; returns how many. A label that somebody has changed since stays; the mark goes.

    by : only those of a head, a classifier or one of words: its name, or its id or the start of one, also after it was
        removed
    where : only of shapes that fulfil these conditions

    Errors: ModelNotFound if there is neither such a head nor anything of it.
    """
    heads, marked = store.values(BY, where), store.values(PROPOSED, where)
    start = None if by is None else _id(store, by, set(store.values(BY).values()))
    mine = sorted(key for key in heads.keys() & marked.keys() if start is None or heads[key].startswith(start))
    wrote = {key: marked[key].partition("=") for key in mine}
    count = 0
    for name in sorted({name for name, _, _ in wrote.values()}):
        now = store.values(name)
        gone = [key for key, (where, _, value) in wrote.items() if where == name and now.get(key) == value]
        count += _write(store, name, dict.fromkeys(gone))
    store.retag({key: {PROPOSED: None, BY: None} for key in mine})
    return count


def _id(store: Store, by: str, marks: set[str]) -> str:
    """The start of the id of a head that proposes, as marks have it; of several of that name, one that marked some."""
    found = []
    for kind in PROPOSING:
        with suppress(ModelNotFound):
            found.append(store.head(by, kind, former=True).id[:ID_DIGITS])
    if (ours := packaged(TEXT)) is not None and by == ours.name:
        found.append(ours.id[:ID_DIGITS])
    start = by[:ID_DIGITS].lower()
    if not found and any(mark.startswith(start) for mark in marks):
        return start
    if not found:
        raise ModelNotFound(
            f"no classifier {by!r} is in the store, nor a head of words, and none such labelled a shape"
        )
    return next((one for one in found if one in marks), found[0])


def _write(store: Store, name: str, values: Mapping[int, str | None]) -> int:
    """Labels, or values of the tag of that name, by key; None takes one away. Returns how many changed."""
    if name == "label":
        return store.relabel(dict(values))
    return store.retag({key: {name: value} for key, value in values.items()})


@dataclass(frozen=True, eq=False)
class _Near:
    places: NDArray[np.int64]
    """(n, k) among the labelled ones, the nearest first."""
    scores: FloatArray
    """(n, k)."""


def _near(rows: FloatArray, known: Labelled) -> _Near:
    k = min(NEIGHBOURS, len(known))
    places, scores = [], []
    size = max(1, COMPARED // len(known))
    for start in range(0, len(rows), size):
        cosines = rows[start : start + size] @ known.rows.T
        near = np.argpartition(-cosines, k - 1, axis=1)[:, :k]
        order = np.argsort(-np.take_along_axis(cosines, near, axis=1), axis=1, kind="stable")
        best = np.take_along_axis(near, order, axis=1)
        places.append(best)
        scores.append(np.take_along_axis(cosines, best, axis=1))
    return _Near(np.concatenate(places), np.concatenate(scores))


def _judged(one: Proposal, threshold: float) -> Proposal:
    return replace(one, sure=one.probability >= threshold and not one.named.unlike and one.votes > 0.5)
