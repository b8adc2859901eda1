"""The route that finds what is like a sum of shapes, words and pictures."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.datastructures import FormData, UploadFile

import index
from inrstore.limits import UNITS

from .gallery import Here
from .problems import Problem
from .replies import PartSaid, Summed, answers, limits_said, said
from .seeing import MOST, content

router = APIRouter(tags=["search"])
FORM, JSON = "multipart/form-data", "application/json"


class Composed(BaseModel):
    """What a query is composed of."""

    model_config = ConfigDict(extra="forbid")
    like: list[str] = Field(default=[], max_length=16, description="Ids of shapes")
    text: list[Annotated[str, Field(max_length=400)]] = Field(
        default=[], max_length=16, description="Words, and limits among them"
    )
    minus_like: list[str] = Field(default=[], max_length=16, description="Ids of shapes to lead away from")
    minus_text: list[Annotated[str, Field(max_length=400)]] = Field(default=[], max_length=16)
    weights: dict[str, float] = Field(default={}, description="Of like, text, image and not, 1 by default")
    k: int = Field(default=24, ge=1, le=200)
    skip: int = Field(default=0, ge=0, le=10_000)
    threshold: float | None = None
    unit: str = Field(default="mm", description="Of lengths in the store's files: " + ", ".join(UNITS))
    where: list[str] = Field(default=[], max_length=20, description="Conditions that all hold")


SCHEMA = Composed.model_json_schema()
BODY: dict[str, Any] = {
    "required": True,
    "content": {
        JSON: {"schema": SCHEMA},
        FORM: {
            "schema": {
                "type": "object",
                "properties": {
                    "image": {
                        "type": "array",
                        "maxItems": MOST,
                        "items": {"type": "string", "format": "binary"},
                        "description": "Pictures, each a part of its own",
                    },
                    "query": {**SCHEMA, "description": "The other parts, as JSON"},
                },
            },
            "encoding": {"query": {"contentType": JSON}},
        },
    },
}
"""FastAPI describes one kind of body, and this route takes two."""


@dataclass(frozen=True)
class Sent:
    """A request, read."""

    asked: Composed
    images: list[UploadFile]


async def sent(request: Request) -> AsyncIterator[Sent]:
    """The parts of a query, from JSON alone or a form with pictures. Errors: Problem 422, RequestValidationError."""
    if not request.headers.get("content-type", "").startswith(FORM):
        yield Sent(_parsed(await request.body()), [])
        return
    async with request.form(max_files=MOST + 1, max_fields=1) as form:
        yield Sent(_parsed(await _query(form)), _images(form))


@router.post("/composed", response_model=Summed, openapi_extra={"requestBody": BODY})
def composed(gallery: Here, given: Annotated[Sent, Depends(sent)]) -> Response:
    """The shapes nearest to a sum of shapes, words and pictures, some taken away; each says what it owes to which.

    Pictures come in a form, as `image`, with the other parts as JSON in `query`, and are not stored.
    """
    asked, images = given.asked, [content(gallery, one) for one in given.images]
    how = {name: getattr(asked, name) for name in ("text", "minus_text", "weights", "k", "skip", "threshold", "unit")}
    like, minus = gallery.shapes(asked.like), gallery.shapes(asked.minus_like)
    with gallery.gate.entered():
        found = index.search_composed(
            gallery.store, like=like, image=images, minus_like=minus, where=asked.where or None, **how
        )
    parts = [PartSaid(by=one.by, name=one.name, weight=one.weight) for one in found.parts]
    limits, notes, sentences = limits_said(found.limits), list(found.notes), found.said()
    return said(
        Summed(query=found.query, parts=parts, limits=limits, notes=notes, sentences=sentences, hits=answers(found))
    )


def _parsed(body: bytes) -> Composed:
    """Errors: RequestValidationError, as FastAPI has it of a body that it reads itself."""
    try:
        return Composed.model_validate_json(body)
    except ValidationError as error:
        raise RequestValidationError([{**one, "loc": ("body", *one["loc"])} for one in error.errors()]) from error


async def _query(form: FormData) -> bytes:
    """The JSON in a form, sent as a field or as a file; of pictures alone there need be none."""
    one = form.get("query", "{}")
    return await one.read() if isinstance(one, UploadFile) else one.encode()


def _images(form: FormData) -> list[UploadFile]:
    """Errors: Problem 422."""
    if extra := set(form) - {"image", "query"}:
        raise Problem(422, "bad-request", f"a form has image and query, and not {', '.join(sorted(extra))[:200]}")
    found = form.getlist("image")
    images = [one for one in found if isinstance(one, UploadFile)]
    if len(images) < len(found):
        raise Problem(422, "bad-request", "image: send it as a file")
    if len(images) > MOST:
        raise Problem(422, "too-many", f"{len(images)} pictures; send {MOST} at most")
    return images
