"""What is typed into the search box: words, and limits among them, as conditions and as an order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Response

import index
from index.texts import Understood
from index.texts.reasons import reason
from index.texts.search import LONGEST
from inrstore.errors import BadInput
from inrstore.limits import UNITS, limited
from inrstore.records import Shape
from inrstore.words import without

from .gallery import Gallery, Here
from .replies import Answers, Reason, Understanding, answers, said

router = APIRouter(tags=["search"])
Words = Annotated[
    str,
    Query(
        max_length=400,
        description="Words that are in a name, a label, a tag or a path; limits such as `under 50 mm` or `stl`",
    ),
]


@dataclass(frozen=True)
class Question:
    """What was typed, as it is looked for."""

    text: str
    words: str
    """Those that something is called."""
    understood: Understood

    @property
    def limits(self) -> list[str]:
        return [limit.condition for limit in self.understood.limits]

    def conditions(self, where: list[str]) -> list[str]:
        """All that must hold. Words that nothing is called are left out, but where there are no others."""
        words = self.words or " ".join(self.understood.words) or ("" if self.limits else self.text)
        return [*where, *self.limits, *([f"words={words}"] if words else [])]

    def why(self, shape: Shape, place: int) -> list[Reason]:
        """Which of the words are where in a shape that was found, or that it fulfils the limits."""
        found = reason("words" if self.understood.words else "limits", place + 1, shape, self.understood)
        return [Reason(by=found.by, rank=found.rank, said=found.said)] if found.said else []


def question(gallery: Gallery, q: str) -> Question:
    """Kept until the catalogue changes, as a page asks for shapes and for facets."""
    return gallery.known.get(("question", q), lambda: _question(gallery, q))


def _question(gallery: Gallery, q: str) -> Question:
    asked = limited(q)
    wording = gallery.store.wording(asked.text)
    return Question(q, without(asked.text, wording.unknown), Understood.of(wording, asked.limits))


def ranked(gallery: Gallery, asked: Question, where: list[str], limit: int, offset: int) -> list[Shape]:
    """The shapes that have every known word, best first, some of them from a place on."""
    found = gallery.store.named(asked.words, [*where, *asked.limits], limit=offset + limit)
    keys = found.keys[: found.whole][offset:]
    shapes = gallery.store.shapes_by_key(keys)
    return [shapes[key] for key in keys if key in shapes]


@router.get("/text", response_model=Answers)
def text(
    gallery: Here,
    q: Annotated[str, Query(max_length=LONGEST, description="Words, and limits among them")],
    k: Annotated[int, Query(ge=1, le=200, description="Shapes")] = 24,
    by: Annotated[
        list[Literal["words", "meaning", "shape", "views"]],
        Query(description="Which evidence counts: what shapes are called, what that means, what they look like"),
    ] = ["words", "meaning", "shape"],  # noqa: B006
    skip: Annotated[int, Query(ge=0, le=10_000, description="Leave out so many of the best")] = 0,
    unit: Annotated[str, Query(description="Of lengths in the store's files: " + ", ".join(UNITS))] = "mm",
    where: Annotated[list[str], Query(max_length=20, description="Conditions that all hold")] = [],  # noqa: B006
) -> Response:
    """The shapes that words describe best, each with the reasons why it is there."""
    if not q.strip():
        raise BadInput("q: say what to look for")
    found = index.search_text(
        gallery.store, q, k=k, skip=skip, where=where or None, unit=unit, by=by, fill=not gallery.settings.read_only
    )
    return said(Answers(query=q, understood=Understanding.of(found.understood), hits=answers(found)))
