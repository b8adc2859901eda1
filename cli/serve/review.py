"""Routes for duplicates: found by a job, shown with their evidence, decided by people."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, Field

from inrstore.files import write_atomically
from inrstore.progress import OnProgress

from .decisions import pair
from .gallery import Gallery, Here, Writing
from .jobs import Do
from .kept import Content, answer
from .meshes import MEDIA, glb
from .replies import Changed, Record
from .surfaces import GLB
from .work import Begun, begun, jobs

router = APIRouter(tags=["duplicates"])
KIND = "duplicates"
Level = Literal["exact", "same", "variant"]
Decision = Literal["same", "variant", "different"]
Pairs = Annotated[list[tuple[str, str]], Field(min_length=1, max_length=10_000)]


class Looked(BaseModel):
    level: Level = "same"


class Member(Record):
    relation: str | None = Field(description="What it is to the group's first: exact, same or variant")
    evidence: str | None = Field(description="The same in words")
    chamfer: float | None = Field(description="How far apart the surfaces are, laid upon each other, in radii")
    decision: Decision | None = Field(description="What somebody decided of it and the group's first")


class Group(BaseModel):
    shapes: list[Member] = Field(description="The first is what the others are compared with")


class Groups(BaseModel):
    level: Level
    groups: list[Group] | None = Field(description="null if nobody has looked yet, which POST /duplicates does")


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
    path = _path(gallery, level)
    if not path.exists():
        return Groups(level=level, groups=None)
    found = json.loads(path.read_bytes())
    keys = [member["key"] for group in found for member in group]
    shapes = gallery.store.shapes_by_key(keys)
    answered = []
    for group in found:
        there = [member for member in group if member["key"] in shapes]
        if len(there) > 1 and there[0] is group[0]:
            first = shapes[there[0]["key"]]
            members = [_member(gallery, first.id, shapes[one["key"]], one) for one in there]
            answered.append(Group(shapes=members))
    return Groups(level=level, groups=answered)


@router.get("/duplicates/{a}/{b}/overlay", response_class=Response, responses=GLB)
def overlay(gallery: Here, request: Request, a: str, b: str) -> Response:
    """The surface of shape A, and that of shape B laid upon it, as meshes named a and b."""
    from index.surfaces import decoded
    from inrstore.surface.comparison import compare

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
    pairs = [pair(gallery.shape(a).id, gallery.shape(b).id) for a, b in asked.pairs]
    return Changed(changed=gallery.decisions.decide(pairs, asked.decision))


def looking(gallery: Gallery) -> Do:
    """Looks for duplicates, and writes the groups down."""

    def do(asked: Mapping[str, Any], on_progress: OnProgress) -> dict[str, Any]:
        import index

        found = index.duplicates(gallery.store, level=asked["level"], on_progress=on_progress)
        groups = [
            [
                {"key": member.key, **({} if member.evidence is None else member.evidence.to_dict())}
                for member in group.shapes()
                if member.key is not None
            ]
            for group in found
        ]
        write_atomically(_path(gallery, asked["level"]), json.dumps([g for g in groups if len(g) > 1]).encode())
        return {"groups": sum(len(group) > 1 for group in groups)}

    return do


def _member(gallery: Gallery, first: str, shape: Any, found: Mapping[str, Any]) -> Any:
    return Member.of(
        shape,
        relation=found.get("relation"),
        evidence=found.get("words"),
        chamfer=found.get("chamfer_l1"),
        decision=gallery.decisions.get(pair(first, shape.id)),
    )


def _path(gallery: Gallery, level: str) -> Path:
    return gallery.work / f"duplicates-{level}.json"
