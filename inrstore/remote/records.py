"""What a server says beside shapes and networks, which are those of `inrstore.records`: plain frozen records."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from inrstore.records import Shape


@dataclass(frozen=True)
class Facts:
    """What is served."""

    name: str
    id: str
    """Of the store."""
    shapes: int
    read_only: bool
    version: str
    """Of inrstore, on the server."""
    searchable: bool
    """Whether the store has an encoder."""
    labels: tuple[str, ...]
    """The most frequent ones, 500 at most."""
    tags: tuple[str, ...]
    """Names, 500 at most."""
    classifiers: tuple[str, ...]
    """Names of the heads that work with the store's encoder; so for segmenters."""
    segmenters: tuple[str, ...]
    formats: tuple[str, ...]
    """In which shapes are exported."""


@dataclass(frozen=True)
class Hit:
    """A neighbour: `score` is the cosine similarity less what a turned pose costs, 1 for the same."""

    rank: int
    """From 1."""
    score: float
    shape: Shape
    pose: str | None
    """How the query was turned to look most like it, in words; None for as it is."""


@dataclass(frozen=True)
class Found:
    """The neighbours of one query, best first."""

    query: str
    """The name of the shape or file that asked."""
    id: str | None
    """Of the stored shape that asked, also where a file did whose bytes are stored."""
    hits: tuple[Hit, ...]


@dataclass(frozen=True)
class TextHit:
    """A shape that a text, a picture or a sum describes.

    Of a text `score` is 1 for what is first by all that found it, of the others see `index.looks`.
    """

    rank: int
    """From 1."""
    score: float
    shape: Shape
    why: tuple[str, ...]
    """In words: "chair in the name"."""


@dataclass(frozen=True)
class TextFound:
    """What a text describes, best first."""

    query: str
    understood: tuple[str, ...]
    """What was made of the text, in sentences; none where it was taken as it is."""
    hits: tuple[TextHit, ...]


@dataclass(frozen=True)
class ImageFound:
    """What looks like a picture, best first."""

    query: str
    kind: str
    """How the object was found: `cut` out of what is behind, by the lines of a `sketch`, or not, in a `photo`."""
    said: tuple[str, ...]
    """What was done with the picture that is worth saying, in sentences, and that nothing is like it."""
    hits: tuple[TextHit, ...]
    by: str = "shape"
    """What was compared with it: `views` or `shape`."""


@dataclass(frozen=True)
class ComposedFound:
    """What is near to a sum of shapes, words and pictures, best first."""

    query: str
    hits: tuple[TextHit, ...]
    said: tuple[str, ...] = ()
    """Limits in the words, what was done with pictures, and that nothing is like it, in sentences."""


@dataclass(frozen=True)
class Said:
    """What a classifier says of one shape."""

    id: str
    """Of the shape."""
    label: str
    probability: float
    unlike: bool
    """Whether it is less like the classes than nearly all that was learned from; the label means little then."""
    top: tuple[tuple[str, float], ...]
    """The likeliest classes with their probabilities, the first being the label."""


@dataclass(frozen=True)
class Change:
    """What a change did, and how it is taken back: with `RemoteStore.undo`, as long as the server runs."""

    changed: int
    """Shapes that are not as they were."""
    undo: str


@dataclass(frozen=True)
class Job:
    """Long work on the server, as it was when it was asked about."""

    id: str
    kind: str
    """ingest, duplicates or map."""
    state: str
    """waiting, running, done, failed or cancelled."""
    stage: str
    done: int
    total: int | None
    message: str
    """Of a failed one, why."""
    created: str
    """ISO 8601, UTC."""
    result: Any = None
    """Of an ingest ``{"shapes": [ids]}``."""

    @property
    def ended(self) -> bool:
        return self.state in ("done", "failed", "cancelled")


@dataclass(frozen=True)
class Copy:
    """One shape of a group of duplicates."""

    shape: Shape
    relation: str | None
    """What it is to the group's first: exact, same or variant; None for that itself, and so below."""
    evidence: str | None
    """The same in words."""
    chamfer: float | None
    """How far apart both surfaces are, laid upon each other, in radii of the normalised shape."""
    decision: str | None
    """What somebody decided of it and the first: same, variant, different or None."""


Copies = Sequence[Copy]
"""A group of duplicates: the first is what the others are compared with."""
