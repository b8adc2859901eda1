"""Routes to what takes long with labels: a classifier that is trained from them, and many shapes that it names."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Annotated, Any, Literal

import numpy as np
from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field

from inrstore.progress import Meter, OnProgress, tell

from .browse import conditions
from .edits import Text
from .gallery import Gallery, Here, Writing
from .jobs import Do
from .naming import classifier
from .work import Begun, begun, jobs

router = APIRouter(tags=["labels"])
TRAINING, CLASSIFYING = "head", "classifications"
SAID = 10_000
"""Shapes of which is said what they are; of the others only how many are of which class."""
AT_ONCE = 4_096
Conditions = Annotated[list[Text], Field(max_length=20, description="That all hold, as of GET /shapes")]


class Training(BaseModel):
    """A head to train."""

    model_config = ConfigDict(json_schema_extra={"example": {"kind": "classifier", "where": ["kind=mesh"]}})
    kind: Literal["classifier"] = "classifier"
    name: Text | None = Field(default=None, description="What it is called; by default like the label")
    label: Text = Field(default="label", description="The label, or the tag that names the class")
    where: Conditions = []


class Classifying(BaseModel):
    """Shapes to name."""

    model_config = ConfigDict(json_schema_extra={"example": {"where": ["label="], "classifier": "label"}})
    where: Conditions = []
    q: Annotated[str, Field(max_length=400, description="Words, as of GET /shapes")] = ""
    classifier: Text | None = Field(default=None, description="By default the one that was trained last")


@router.post("/heads", status_code=202)
def train(gallery: Writing, request: Request, asked: Training) -> Begun:
    """Train a classifier from the labels of the store, as `inrstore train classifier` does, in a job.

    Its result is `{"head": id, "name": …, "figures": {"accuracy": …}}`; GET /store names the classifier then.
    """
    from inrstore.tasks.classification.labelled import check_labels

    check_labels(gallery.store, asked.label, asked.where or None)
    return Begun(job=begun(jobs(request), TRAINING, asked.model_dump()).id)


@router.post("/classifications", status_code=202)
def classify(gallery: Here, request: Request, asked: Classifying) -> Begun:
    """Say what all shapes are that fulfil conditions, in a job; nothing is written.

    Its result is `{"classifier": name, "counts": {"chair": 12}, "unlike": 3, "without": 0, "said": [{"id": …, "label":
    "chair", "probability": .93, "unlike": false}]}`, of 10,000 shapes at most; `without` have no embedding.
    """
    gallery.store.count(conditions(gallery, asked.q, asked.where))  # says now what is wrong with a condition
    found = classifier(gallery, asked.classifier)
    return Begun(job=begun(jobs(request), CLASSIFYING, {**asked.model_dump(), "classifier": found.head.id}).id)


def training(gallery: Gallery) -> Do:
    """Trains a classifier, and keeps it in the store."""

    def do(asked: Mapping[str, Any], on_progress: OnProgress) -> dict[str, Any]:
        from inrstore.tasks import train_classifier

        tell(on_progress, "reading labels and embeddings")
        made = train_classifier(
            gallery.store,
            asked["label"],
            where=asked["where"] or None,
            name=asked["name"],
            on_progress=on_progress,
        )
        return {"head": made.head.id, "name": made.head.name, "figures": dict(made.figures)}

    return do


def classifying(gallery: Gallery) -> Do:
    """Asks a classifier of many shapes, some at a time."""

    def do(asked: Mapping[str, Any], on_progress: OnProgress) -> dict[str, Any]:
        tell(on_progress, "looking for the shapes")
        store, judge = gallery.store, classifier(gallery, asked["classifier"])
        keys = store.keys(conditions(gallery, asked["q"], asked["where"]) or None)
        meter = Meter(on_progress, len(keys), stage="classifying")
        counts, unlike, without, said = Counter[str](), 0, 0, list[dict[str, Any]]()
        for part in np.split(keys, range(AT_ONCE, len(keys), AT_ONCE)):
            there, rows = store.embeddings(part.tolist()) if len(part) else (part, np.empty((0, 1)))
            without += len(part) - len(there)
            named = judge.classify(rows, 1) if len(there) else []
            counts.update(one.label for one in named)
            unlike += sum(one.unlike for one in named)
            some = list(zip(there.tolist(), named, strict=True))[: SAID - len(said)]
            shapes = store.shapes_by_key([key for key, _ in some])
            said += [
                {"id": shapes[key].id, "label": one.label, "probability": one.probability, "unlike": one.unlike}
                for key, one in some
                if key in shapes
            ]
            meter.step(count=len(part))
        facts = {"classifier": judge.head.name, "counts": dict(counts.most_common()), "unlike": unlike}
        return {**facts, "without": without, "said": said}

    return do
