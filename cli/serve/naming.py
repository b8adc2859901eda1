"""Routes that say what shapes are: by the classifier, and as proposals, of it or of a list of words, to accept."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import numpy as np
from fastapi import APIRouter, Request
from pydantic import BaseModel, Field

from inrstore.errors import BadInput

from .edits import Digits, Ids, Text, changes, labels_of
from .gallery import Gallery, Here, Writing
from .replies import Changed, Likely, Said, Tile

if TYPE_CHECKING:
    from inrstore.tasks import Classifier, Proposal
    from inrstore.tasks.classification.proposals import Proposer

router = APIRouter(tags=["labels"])
MOST = 1_000
"""Proposals in one answer, the surest first."""
Lines = Annotated[list[Annotated[str, Field(max_length=2_000)]], Field(min_length=1, max_length=1_000)]
ByWords = Annotated[bool, Field(description="They are of a list of words, not of a classifier")]


class Asked(BaseModel):
    ids: Ids
    classifier: Text | None = None


class Wanted(BaseModel):
    classifier: Text | None = None
    threshold: Annotated[float, Field(ge=0, le=1)] = 0.9
    vocabulary: Lines | None = Field(
        default=None,
        description="`word`, or `label: synonym, synonym`; then the head of words says which of them a shape is, and "
        "no classifier",
    )


class Proposed(BaseModel):
    shape: Tile
    label: str
    probability: float
    sure: bool = Field(description="Likely enough, not unlike all classes, and most neighbours agree")
    unlike: bool = Field(description="Whether it is unlike all classes, or likelier to be none of the words")
    nearest: Tile | None = Field(description="The labelled shape that is most like it; null for words")


class Accepted(BaseModel):
    id: Digits
    label: Text


class Refusing(BaseModel):
    classifier: Text | None = Field(default=None, description="Whose labels they are; by default the last one's")
    proposals: Annotated[list[Accepted], Field(min_length=1, max_length=10_000)]
    refused: bool = Field(default=True, description="false takes a refusal back")
    by_words: ByWords = False


class Accepting(BaseModel):
    classifier: Text | None = None
    proposals: Annotated[list[Accepted], Field(min_length=1, max_length=10_000)]
    by_words: ByWords = False


@router.post("/classify")
def classify(gallery: Here, asked: Asked) -> list[Said]:
    """What shapes are, in the words of the labels that a classifier learned."""
    shapes = gallery.shapes(asked.ids)
    keys, rows = gallery.store.embeddings([shape.key for shape in shapes])
    if len(keys) < len({shape.key for shape in shapes}):
        raise BadInput("some of the shapes have no embedding: run 'inrstore encode'")
    found = classifier(gallery, asked.classifier).classify(rows[np.searchsorted(keys, [s.key for s in shapes])], 3)
    return [
        Said(
            query=shape.id,
            label=one.label,
            probability=one.probability,
            unlike=one.unlike,
            top=[Likely(label=name, probability=share) for name, share in one.top],
        )
        for shape, one in zip(shapes, found, strict=True)
    ]


@router.post("/proposals")
def propose(gallery: Here, wanted: Wanted) -> list[Proposed]:
    """Labels for shapes without one, the surest first, but those that were refused; nothing is written."""
    with gallery.gate.entered():
        found = _proposals(gallery, wanted)
    return [
        Proposed(
            shape=Tile.of(one.shape),
            label=one.label,
            probability=one.probability,
            sure=one.sure,
            unlike=one.named.unlike,
            nearest=Tile.of(one.neighbours[0].shape) if one.neighbours else None,
        )
        for one in found[:MOST]
    ]


@router.post("/proposals/refuse")
def refuse(gallery: Writing, asked: Refusing) -> Changed:
    """Remember that labels are not right for shapes, so that they are not proposed again."""
    name = _proposer(gallery, asked).label
    labels = [(one.id, one.label) for one in asked.proposals]
    return Changed(changed=gallery.store.refuse(labels, name, refused=asked.refused))


@router.post("/proposals/accept")
def accept(gallery: Writing, request: Request, asked: Accepting) -> Changed:
    """Write proposed labels, marked as such, so that `inrstore label --take-back` finds them, too.

    A shape that has got a label meanwhile keeps it.
    """
    from inrstore.tasks import accept_labels
    from inrstore.tasks.classification.proposals import BY, PROPOSED

    judge, shapes = _proposer(gallery, asked), gallery.shapes([one.id for one in asked.proposals])
    own = [] if judge.label == "label" else [judge.label]
    tags = {shape.key: {name: shape.tags.get(name) for name in (PROPOSED, BY, *own)} for shape in shapes}
    undo = changes(request).add({} if own else labels_of(shapes), tags)
    labels = {shape.key: one.label for shape, one in zip(shapes, asked.proposals, strict=True)}
    return Changed(changed=accept_labels(gallery.store, judge, labels), undo=undo)


def _proposals(gallery: Gallery, wanted: Wanted) -> Sequence[Proposal]:
    from inrstore import tasks

    if wanted.vocabulary is None:
        return tasks.propose(gallery.store, classifier(gallery, wanted.classifier), threshold=wanted.threshold)
    return tasks.zero_shot(gallery.store, tasks.Vocabulary.of(wanted.vocabulary), threshold=wanted.threshold)


def _proposer(gallery: Gallery, asked: Accepting | Refusing) -> Proposer:
    """Errors: ModelNotFound."""
    from inrstore.tasks.classification.proposals import By
    from inrstore.tasks.crossmodal.found import query_head

    return By(query_head(gallery.store, "text").head) if asked.by_words else classifier(gallery, asked.classifier)


def classifier(gallery: Gallery, name: str | None) -> Classifier:
    """Errors: ModelNotFound."""
    from inrstore.tasks import Classifier

    return Classifier(gallery.store.head(name, kind="classifier"))
