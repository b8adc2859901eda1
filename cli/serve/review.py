"""Routes for duplicates: found by a job, shown with their evidence, decided by people."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import numpy as np
from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, Field

from inrstore.progress import OnProgress
from inrstore.records import Decision, Shape

from .copies import Compared, Level
from .edits import Digits
from .gallery import Gallery, Here, Writing
from .jobs import Do
from .kept import Content, answer
from .meshes import MEDIA, glb
from .replies import Changed, Record
from .surfaces import GLB
from .work import Begun, begun, jobs

router = APIRouter(tags=["duplicates"])
KIND = "duplicates"
Pairs = Annotated[list[tuple[Digits, Digits]], Field(min_length=1, max_length=10_000)]


class Looked(BaseModel):
    level: Level = "same"


class Member(Record):
    """A shape beside another, which is the first of its group unless `compared_with` says otherwise."""

    relation: str | None = Field(description="What it is to the other: same surface, similar, variant and so on")
    evidence: str | None = Field(description="The same in words")
    chamfer: float | None = Field(description="How far apart the surfaces are, laid upon each other, in radii")
    decision: Decision | None = Field(description="What somebody decided of it and the other")
    compared_with: str | None = Field(description="Id of the other; null for the first itself")


class Group(BaseModel):
    shapes: list[Member] = Field(description="The first is what the others are compared with")


class Groups(BaseModel):
    level: Level
    groups: list[Group] | None = Field(description="null if nobody has looked yet, which POST /duplicates does")


class Alike(BaseModel):
    level: Level | None = Field(description="The widest that anybody has looked for; null if nobody has yet")
    shapes: list[Member]


class Deciding(BaseModel):
    pairs: Pairs
    decision: Decision | None = Field(description="null takes it back")


@router.post("/duplicates", status_code=202)
def look(gallery: Here, request: Request, asked: Looked) -> Begun:
    """Look for shapes that are there more than once, in a job."""
    return Begun(job=begun(jobs(request), KIND, {"level": asked.level}).id)


@router.get("/duplicates")
def groups(gallery: Here, level: Level = "same") -> Groups:
    """What the last such job found, of shapes that are still there."""
    found = gallery.copies.groups(level)
    if found is None:
        return Groups(level=level, groups=None)
    shapes = gallery.store.shapes_by_key([copy.key for group in found for copy in group])
    decided = gallery.store.decisions()
    answered = []
    for first, *others in found:
        members = [_member(Compared(first.key, copy), shapes, decided) for copy in others if copy.key in shapes]
        if first.key in shapes and members:
            answered.append(Group(shapes=[_member(Compared(first.key, first), shapes, decided), *members]))
    return Groups(level=level, groups=answered)


@router.get("/shapes/{id}/duplicates")
def of_shape(gallery: Here, id: str) -> Alike:
    """What the last such jobs, of any level, found of a shape and others: those compared with it come first."""
    key = gallery.shape(id).key
    level, found = gallery.copies.of(key)
    shapes = gallery.store.shapes_by_key([key, *(one.copy.key for one in found), *(one.to for one in found)])
    decided = gallery.store.decisions([key, *(one.to for one in found)]) if found else {}
    there = [one for one in found if one.copy.key in shapes and one.to in shapes]
    return Alike(level=level, shapes=[_member(one, shapes, decided) for one in there])


@router.get("/duplicates/{a}/{b}/overlay", response_class=Response, responses=GLB)
def overlay(gallery: Here, request: Request, a: str, b: str) -> Response:
    """The surface of shape A, and that of shape B laid upon it, as meshes named a and b."""
    from inrstore.surface.comparison import compare
    from inrstore.surface.decoded import decoded

    one, other = gallery.shape(a), gallery.shape(b)

    def make() -> Content:
        with gallery.gate.entered():
            first, second = decoded(gallery.store, one), decoded(gallery.store, other)
            laid = compare(second, first).alignment
            moved = np.asarray(laid.apply(second.vertices))
            faces = second.faces if np.linalg.det(laid.matrix) > 0 else second.faces[:, ::-1]
            return Content(glb({"a": (first.vertices, first.faces), "b": (moved, faces)}), MEDIA)

    return answer(request, gallery.surfaces.get(("overlay", one.id, other.id), make), 300)


@router.post("/decisions")
def decide(gallery: Writing, asked: Deciding) -> Changed:
    """Decide what pairs of shapes are to each other; no shape and no file is touched."""
    return Changed(changed=gallery.store.decide(asked.pairs, asked.decision))


def looking(gallery: Gallery) -> Do:
    """Looks for duplicates, and writes the groups down; also what was decided, so that minds can be changed."""

    def do(asked: Mapping[str, Any], on_progress: OnProgress) -> dict[str, Any]:
        import index

        found = index.duplicates(gallery.store, level=asked["level"], all=True, on_progress=on_progress)
        return {"groups": gallery.copies.keep(asked["level"], found)}

    return do


def _member(one: Compared, shapes: Mapping[int, Shape], decided: Mapping[tuple[int, int], Decision]) -> Any:
    first = one.to == one.copy.key
    return Member.of(
        shapes[one.copy.key],
        relation=one.copy.relation,
        evidence=one.copy.words,
        chamfer=one.copy.chamfer,
        decision=decided.get((min(one.to, one.copy.key), max(one.to, one.copy.key))),
        compared_with=None if first else shapes[one.to].id,
    )
