"""Routes that change what is known of shapes, and take that back; no file and no shape is ever deleted."""

from __future__ import annotations

import secrets
import threading
from collections import OrderedDict
from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field, StringConstraints

from inrstore.records import Shape

from .gallery import Writing
from .problems import Problem
from .replies import Changed

router = APIRouter(tags=["edits"])
UNDONE = 200
"""Changes that can be taken back, the latest ones."""
Ids = Annotated[list[str], Field(min_length=1, max_length=10_000)]
Digits = Annotated[str, StringConstraints(pattern="^[0-9a-fA-F]{4,64}$")]
"""An id of a shape, or the start of one."""
Text = Annotated[str, StringConstraints(min_length=1, max_length=200)]


class Labelling(BaseModel):
    ids: Ids
    label: Text | None = Field(description="null takes it away")


class Tagging(BaseModel):
    ids: Ids
    tags: Annotated[dict[Text, Text | None], Field(min_length=1, max_length=50, description="null takes one away")]


@router.post("/labels")
def label(gallery: Writing, request: Request, asked: Labelling) -> Changed:
    """Give shapes a label."""
    shapes = gallery.shapes(asked.ids)
    changed = gallery.store.label(shapes, asked.label)
    return Changed(changed=changed, undo=changes(request).add(labels_of(shapes), {}))


@router.post("/tags")
def tag(gallery: Writing, request: Request, asked: Tagging) -> Changed:
    """Give shapes tags; their others stay."""
    shapes = gallery.shapes(asked.ids)
    changed = gallery.store.tag(shapes, asked.tags)
    before = {shape.key: {name: shape.tags.get(name) for name in asked.tags} for shape in shapes}
    return Changed(changed=changed, undo=changes(request).add({}, before))


@router.post("/undo/{name}")
def undo(gallery: Writing, request: Request, name: str) -> Changed:
    """Take a change back: labels and tags are what they were before it."""
    labels, tags = changes(request).take(name)
    changed = gallery.store.relabel(labels) if labels else 0
    return Changed(changed=max(changed, gallery.store.retag(tags) if tags else 0))


def labels_of(shapes: list[Shape]) -> dict[int, str | None]:
    return {shape.key: shape.label for shape in shapes}


Labels = Mapping[int, str | None]
Tags = Mapping[int, Mapping[str, str | None]]


class Changes:
    """What was before each change, by names that nobody guesses."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._before: OrderedDict[str, tuple[Labels, Tags]] = OrderedDict()

    def add(self, labels: Labels, tags: Tags) -> str:
        name = secrets.token_urlsafe(12)
        with self._guard:
            self._before[name] = (dict(labels), dict(tags))
            while len(self._before) > UNDONE:
                self._before.popitem(last=False)
        return name

    def take(self, name: str) -> tuple[Labels, Tags]:
        """Errors: Problem 404."""
        with self._guard:
            found = self._before.pop(name, None)
        if found is None:
            raise Problem(404, "nothing-to-undo", "that change was taken back already, or is too long ago")
        return found


def changes(request: Request) -> Changes:
    found = request.app.state.changes
    assert isinstance(found, Changes)
    return found
