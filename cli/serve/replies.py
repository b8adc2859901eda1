"""What the API answers with, as its OpenAPI document describes it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from urllib.parse import quote

from fastapi import Response
from pydantic import BaseModel, ConfigDict, Field

from index.results import Result
from index.texts import Understood
from inrstore.limits import Limit
from inrstore.records import Shape

ROOT = "/api/v1"
EXAMPLE: dict[str, Any] = {
    "id": "5f0c" * 16,
    "name": "chair.obj",
    "label": "chair",
    "field": "sdf",
    "kind": "mesh",
    "source": "models/chair/chair.obj",
    "thumbnail": f"{ROOT}/shapes/{'5f0c' * 16}/thumbnail",
}


def said(model: BaseModel) -> Response:
    """An answer that is its model already: FastAPI would check it once more, and write it in Python."""
    return Response(model.model_dump_json(), media_type="application/json")


class Tile(BaseModel):
    """A shape as a list shows it."""

    model_config = ConfigDict(json_schema_extra={"example": EXAMPLE})
    id: str = Field(description="SHA-256 of the normalised content")
    name: str
    label: str | None
    field: str = Field(description="What its networks represent: sdf, udf or occ")
    kind: str = Field(description="What the source is: mesh, cloud or voxels")
    source: str = Field(description="The path that it was ingested from first; to be shown, not to be asked for")
    thumbnail: str

    @classmethod
    def of(cls, shape: Shape, **further: Any) -> Any:
        return cls(
            id=shape.id,
            name=shape.name,
            label=shape.label,
            field=shape.field,
            kind=shape.kind,
            source=next(iter(shape.sources), ""),
            thumbnail=f"{ROOT}/shapes/{quote(shape.id)}/thumbnail",
            **further,
        )


class Record(Tile):
    """All that the catalogue has of a shape; what `inrstore.records.Shape` says."""

    key: int = Field(description="The store's own number of it")
    created: datetime
    center: Sequence[float]
    scale: float
    rotation: Sequence[float] | None = Field(description="Nine numbers, row-major; null for the identity")
    tags: dict[str, str]
    quality: dict[str, float | None]
    paths: list[str] = Field(description="All that it was ingested from, oldest first; to be shown")

    @classmethod
    def of(cls, shape: Shape, **further: Any) -> Any:
        return super().of(
            shape,
            key=shape.key,
            created=shape.created,
            center=shape.center,
            scale=shape.scale,
            rotation=shape.rotation,
            tags=shape.tags,
            quality={name: value if math.isfinite(value) else None for name, value in shape.quality.items()},
            paths=shape.sources,
            **further,
        )


class LimitSaid(BaseModel):
    said: str
    condition: str


def limits_said(limits: Sequence[Limit]) -> list[LimitSaid]:
    return [LimitSaid(said=one.said, condition=one.condition) for one in limits]


class Understanding(BaseModel):
    """What was made of the words."""

    words: list[str]
    limits: list[LimitSaid]
    instead: dict[str, list[str]] = Field(description="What a word was taken for that nothing is called")
    unknown: list[str] = Field(description="Words that nothing is called, nor nearly so")
    unread: int = Field(description="Shapes whose words are not compared by meaning yet")
    sentences: list[str] = Field(description="The same, to be read")
    notes: list[str] = Field(description="Those that are not of limits")

    @classmethod
    def of(cls, understood: Understood) -> Understanding:
        return cls(**understood.to_dict(), sentences=understood.sentences(), notes=understood.notes())


class Reason(BaseModel):
    by: str
    rank: int
    said: str


class Listed(Tile):
    why: list[Reason] = Field(default=[], description="What of it the words found, where there were words")


class Page(BaseModel):
    total: int = Field(description="Of all that fulfil the conditions")
    offset: int
    shapes: list[Listed]
    understood: Understanding | None = Field(default=None, description="Where there were words")


class Records(BaseModel):
    shapes: list[Record]


class Network(BaseModel):
    base: str = Field(description="Identity of the base that it starts from")
    profile: str
    field: str
    error: float
    steps: int
    encoded: bool = Field(description="Whether it is the one that encoders read")


class PartOf(BaseModel):
    """Which object of a file."""

    file: str
    parts: int = Field(description="How many objects the file has")
    name: str | None
    transform: Sequence[float] | None = Field(description="Sixteen numbers, row-major; null for the identity")


class Place(BaseModel):
    """Where a shape was found."""

    path: str
    sha256: str = Field(description="Of the file's bytes")
    bytes: int = Field(description="Of the file")
    part: PartOf | None
    object: str | None = Field(description="Its name in a file of several objects")
    there: bool = Field(description="Whether the file is still there")


class Details(Record):
    sources: list[Place]
    networks: list[Network]


class Neighbour(Record):
    rank: int
    score: float = Field(description="Cosine similarity, less what a turned pose costs; 1 for the same")
    pose: str | None = Field(description="How the query was turned to look most like it")


class Answer(Neighbour):
    why: list[Reason] = Field(description="What found it")


def answers(found: Result) -> list[Answer]:
    """The hits with their reasons."""
    return [
        Answer.of(
            hit.shape,
            rank=hit.rank,
            score=hit.score,
            pose=None,
            why=[Reason(by=one.by, rank=one.rank, said=one.said) for one in hit.why],
        )
        for hit in found.hits
        if hit.shape
    ]


class Answers(BaseModel):
    query: str
    understood: Understanding
    hits: list[Answer]


class Seen(BaseModel):
    """What a picture found."""

    query: str
    by: str = Field(description="What was compared with it: views, or shape embeddings, by a head")
    kind: str = Field(description="How the object was found: cut, sketch, photo; mixed, of several pictures")
    notes: list[str] = Field(description="What was done with the picture that is worth saying")
    sentences: list[str] = Field(description="The same, and that nothing is like it, to be read")
    hits: list[Answer]


class PartSaid(BaseModel):
    by: str
    name: str
    weight: float


class Summed(BaseModel):
    """What a composed query found."""

    query: str
    parts: list[PartSaid]
    limits: list[LimitSaid] = Field(description="What became a condition of the words")
    notes: list[str] = Field(description="What was done with the pictures that is worth saying")
    sentences: list[str] = Field(description="Limits and notes, and that nothing is like it, to be read")
    hits: list[Answer]


class Neighbours(BaseModel):
    query: Tile
    hits: list[Neighbour]


class Asked(BaseModel):
    """A file that asked."""

    name: str
    stored: str | None = Field(description="Id of the shape that a file of these bytes became")
    surface: str = Field(description="Its surface as fitted, for some minutes")


class Found(BaseModel):
    query: Asked
    hits: list[Neighbour]
    seconds: float


class Upload(BaseModel):
    bytes: int
    faces: int


class StoreFacts(BaseModel):
    name: str
    id: str
    shapes: int
    read_only: bool
    version: str
    searchable: bool
    decoder: bool = Field(description="Whether embeddings can be decoded: surfaces `via=decoder`")
    labels: list[str]
    tags: list[str]
    classifiers: list[str]
    words: bool = Field(description="Whether a head of words is there, so that a list of words can be proposed")
    pictures: bool = Field(description="Whether a head of pictures or views are there: a picture can be searched with")
    segmenters: list[str]
    formats: list[str]
    upload: Upload


class Changed(BaseModel):
    changed: int
    undo: str | None = Field(default=None, description="With POST /undo/… it is taken back, as long as the server runs")


class Likely(BaseModel):
    label: str
    probability: float


class Said(BaseModel):
    query: str
    label: str
    probability: float
    unlike: bool = Field(description="Whether it is less like the classes than nearly all that was learned from")
    top: list[Likely]
