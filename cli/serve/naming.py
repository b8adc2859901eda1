"""Routes that say what shapes are: by the classifier, and as proposals to accept."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import numpy as np
from fastapi import APIRouter, Request
from pydantic import BaseModel, Field

from inrstore.errors import BadInput

from .edits import Digits, Ids, Text, changes, labels_of
from .gallery import Gallery, Here, Writing
from .replies import Changed, Likely, Said, Tile

if TYPE_CHECKING:
    from inrstore.tasks import Classifier

router = APIRouter(tags=["labels"])
MOST = 1_000
"""Proposals in one answer, the surest first."""


class Asked(BaseModel):
    ids: Ids
    classifier: Text | None = None


class Wanted(BaseModel):
    classifier: Text | None = None
    threshold: Annotated[float, Field(ge=0, le=1)] = 0.9


class Proposed(BaseModel):
    shape: Tile
    label: str
    probability: float
    sure: bool = Field(description="Likely enough, not unlike all classes, and most neighbours agree")
    nearest: Tile = Field(description="The labelled shape that is most like it")


class Accepted(BaseModel):
    id: Digits
    label: Text


class Refusing(BaseModel):
    classifier: Text | None = Field(default=None, description="Whose labels they are; by default the last one's")
    proposals: Annotated[list[Accepted], Field(min_length=1, max_length=10_000)]
    refused: bool = Field(default=True, description="false takes a refusal back")


class Accepting(BaseModel):
    classifier: Text | None = None
    proposals: Annotated[list[Accepted], Field(min_length=1, max_length=10_000)]


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
    from inrstore import tasks

    with gallery.gate.entered():
        found = tasks.propose(gallery.store, classifier(gallery, wanted.classifier), threshold=wanted.threshold)
    return [
        Proposed(
            shape=Tile.of(one.shape),
            label=one.label,
            probability=one.probability,
            sure=one.sure,
            nearest=Tile.of(one.neighbours[0].shape),
        )
        for one in found[:MOST]
    ]


@router.post("/proposals/refuse")
def refuse(gallery: Writing, asked: Refusing) -> Changed:
    """Remember that labels are not right for shapes, so that they are not proposed again."""
    name = classifier(gallery, asked.classifier).label
    labels = [(one.id, one.label) for one in asked.proposals]
    return Changed(changed=gallery.store.refuse(labels, name, refused=asked.refused))


@router.post("/proposals/accept")
def accept(gallery: Writing, request: Request, asked: Accepting) -> Changed:
    """Write proposed labels, marked as such, so that `inrstore label --take-back` finds them, too.

    A shape that has got a label meanwhile keeps it.
    """
    from inrstore.tasks import accept_labels
    from inrstore.tasks.classification.proposals import BY, PROPOSED

    judge, shapes = classifier(gallery, asked.classifier), gallery.shapes([one.id for one in asked.proposals])
    own = [] if judge.label == "label" else [judge.label]
    tags = {shape.key: {name: shape.tags.get(name) for name in (PROPOSED, BY, *own)} for shape in shapes}
    undo = changes(request).add({} if own else labels_of(shapes), tags)
    labels = {shape.key: one.label for shape, one in zip(shapes, asked.proposals, strict=True)}
    return Changed(changed=accept_labels(gallery.store, judge, labels), undo=undo)


def classifier(gallery: Gallery, name: str | None) -> Classifier:
    """Errors: ModelNotFound."""
    from inrstore.tasks import Classifier

    return Classifier(gallery.store.head(name, kind="classifier"))
