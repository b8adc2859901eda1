"""The JSON of a server as the library's records."""

from __future__ import annotations

import math
from datetime import datetime

from msgspec import UNSET, Struct, UnsetType

from inrstore.records import Shape, Source, StoredInr

from .records import ComposedFound, Copies, Copy, Hit, ImageFound, Job, TextFound, TextHit

Three = tuple[float, float, float]


class Record(Struct, frozen=True):
    """A shape; what else is said of it there is passed over."""

    key: int
    id: str
    name: str
    field: str
    kind: str
    center: Three
    scale: float
    rotation: tuple[float, ...] | None
    label: str | None
    tags: dict[str, str]
    quality: dict[str, float | None]
    paths: tuple[str, ...]
    created: datetime

    def shape(self) -> Shape:
        """Figures that are not finite, which JSON has not, are NaN."""
        quality = {name: math.nan if value is None else value for name, value in self.quality.items()}
        facts = (self.name, self.field, self.kind, self.center, self.scale, self.rotation, self.label)
        return Shape(self.key, self.id, *facts, self.tags, quality, self.paths, self.created)


class Details(Record, frozen=True):
    sources: list[Source]
    networks: list[StoredInr]


class Records(Struct, frozen=True):
    shapes: list[Record]


class Count(Struct, frozen=True):
    total: int


class Value(Struct, frozen=True):
    value: str | None
    count: int


class Neighbour(Record, frozen=True):
    rank: int
    score: float
    pose: str | None

    def hit(self) -> Hit:
        return Hit(self.rank, self.score, self.shape(), self.pose)


class Asked(Struct, frozen=True):
    """A shape, or a file that was sent."""

    name: str
    id: str | UnsetType = UNSET
    stored: str | None = None


class Neighbours(Struct, frozen=True):
    query: Asked
    hits: list[Neighbour]


class Reason(Struct, frozen=True):
    said: str


class Answer(Record, frozen=True):
    rank: int
    score: float
    why: list[Reason]

    def hit(self) -> TextHit:
        return TextHit(self.rank, self.score, self.shape(), tuple(one.said for one in self.why))


class Understood(Struct, frozen=True):
    sentences: list[str]


class Answers(Struct, frozen=True):
    query: str
    understood: Understood
    hits: list[Answer]

    def found(self) -> TextFound:
        return TextFound(self.query, tuple(self.understood.sentences), tuple(hit.hit() for hit in self.hits))


class Seen(Struct, frozen=True):
    query: str
    kind: str
    sentences: list[str]
    hits: list[Answer]
    by: str = "shape"
    """Servers of former versions say none."""

    def found(self) -> ImageFound:
        hits = tuple(hit.hit() for hit in self.hits)
        return ImageFound(self.query, self.kind, tuple(self.sentences), hits, self.by)


class Summed(Struct, frozen=True):
    query: str
    hits: list[Answer]
    sentences: list[str] = []
    """Servers of former versions say none."""

    def found(self) -> ComposedFound:
        return ComposedFound(self.query, tuple(hit.hit() for hit in self.hits), tuple(self.sentences))


class Likely(Struct, frozen=True):
    label: str
    probability: float


class Naming(Struct, frozen=True):
    query: str
    label: str
    probability: float
    unlike: bool
    top: list[Likely]


class Changed(Struct, frozen=True):
    changed: int
    undo: str | None = None


class Begun(Struct, frozen=True):
    job: str


class Member(Record, frozen=True):
    relation: str | None
    evidence: str | None
    chamfer: float | None
    decision: str | None

    def copy(self) -> Copy:
        return Copy(self.shape(), self.relation, self.evidence, self.chamfer, self.decision)


class Group(Struct, frozen=True):
    shapes: list[Member]


class Groups(Struct, frozen=True):
    groups: list[Group] | None

    def copies(self) -> list[Copies] | None:
        if self.groups is None:
            return None
        return [tuple(member.copy() for member in group.shapes) for group in self.groups]


Facets = dict[str, list[Value]]
Jobs = list[Job]
