"""What a search by looks gives back."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from inrstore.limits import Limit

from ..results import Told

if TYPE_CHECKING:
    from inrstore.pictures.drawing import Image


@dataclass(frozen=True, repr=False)
class ImageResult(Told):
    """The answer to a picture, best first.

    By views a hit's `score` is the cosine of the picture with them; by shape it is its likeness: about 1 for the most
    that a head has seen, 0 for any shape. Neither is a probability.
    """

    by: str = "shape"
    """`views` or `shape`: what of the shapes was compared with the pictures."""
    kinds: tuple[str, ...] = ()
    """How the object was found in each picture, see `inrstore.pictures.intake.Taken.kind`."""
    notes: tuple[str, ...] = ()
    """What was done with the pictures that is worth saying, a sentence each."""
    picture: Image | None = field(default=None, compare=False)
    """(s, s, 3) what was looked at, of the first."""

    @property
    def kind(self) -> str:
        """`cut`, `sketch` or `photo`; `mixed` where several pictures were taken in different ways."""
        return self.kinds[0] if len(set(self.kinds)) == 1 else "mixed"

    def to_dict(self) -> dict[str, Any]:
        return {**super().to_dict(), "by": self.by, "kind": self.kind, "notes": list(self.notes)}

    def said(self) -> list[str]:
        return [*self.notes, *super().said()]


@dataclass(frozen=True)
class Weighed:
    """A part of a composed query."""

    by: str
    """`like`, a shape; `text`; `image`; or `not`, what is taken away."""
    name: str
    weight: float
    """Below zero for what is taken away."""

    def __str__(self) -> str:
        words = {"like": "like", "text": "with", "image": "as in", "not": "not"}
        return f"{words[self.by]} {self.name}"


@dataclass(frozen=True, repr=False)
class ComposedResult(Told):
    """The answer to a composed query, best first.

    A hit's `score` is the cosine of its embedding with the sum of the parts, both from the middle of the embeddings;
    `why` says what of it is owed to each part, which sums up to it.
    """

    parts: tuple[Weighed, ...] = ()
    notes: tuple[str, ...] = ()
    """What was done with pictures among the parts."""
    limits: tuple[Limit, ...] = ()
    """What became a condition of the words that are looked for."""

    def to_dict(self) -> dict[str, Any]:
        parts = [{"by": one.by, "name": one.name, "weight": one.weight} for one in self.parts]
        limits = [{"said": one.said, "condition": one.condition} for one in self.limits]
        return {**super().to_dict(), "parts": parts, "notes": list(self.notes), "limits": limits}

    def said(self) -> list[str]:
        return [*map(str, self.limits), *self.notes, *super().said()]
