"""Queries to begin with, made of the store's own words: labels, tags and names that shapes have."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field

from inrstore.store.sentences import SILENT
from inrstore.words import folded, sentence

from .asking import question
from .gallery import Gallery, Here
from .replies import said

router = APIRouter(tags=["search"])
MOST = 6
LOOK = 40
"""Labels, values of tags, and names that are looked at, of each."""
LONGEST, SHORTEST = 24, 3
"""Letters of what is offered, and of a word of a name: shorter ones are pieces of numbers and marks."""
LABELS, TAGS, NAMES = 3, 1, 2
"""Offered of each; the other names come where there are too few of the others."""
METRE = 1_000


class Examples(BaseModel):
    queries: list[str] = Field(description="Texts for GET /text, each of which finds something; none without words")


@router.get("/examples", response_model=Examples)
def examples(gallery: Here) -> Response:
    """Queries of words that the store has, as a page offers them."""
    return said(gallery.known.get("examples", lambda: Examples(queries=_queries(gallery))))


def _queries(gallery: Gallery) -> list[str]:
    found: dict[str, str] = {}
    for query in _candidates(gallery):
        if folded(query) not in found and _finds(gallery, query):
            found[folded(query)] = query
        if len(found) == MOST:
            break
    return list(found.values())


def _candidates(gallery: Gallery) -> Iterator[str]:
    store = gallery.store
    labels = list(_sayable(store.facets("label", most=LOOK)))
    yield from labels[:LABELS]
    yield from _limited(gallery, labels)
    for tag in store.tag_names()[:LOOK]:
        if tag not in SILENT:
            yield from list(_sayable(store.facets(f"tag:{tag}", most=LOOK)))[:TAGS]
    names = list(_sayable(_names(gallery)))
    yield from names[:NAMES]
    yield from labels[LABELS:]
    yield from names[NAMES:]


def _names(gallery: Gallery) -> Iterator[str]:
    """Of shapes from all over the store, none with a word of another: those beside each other are often alike."""
    keys = gallery.store.keys()
    shapes = gallery.store.shapes_by_key(keys[:: max(1, len(keys) // LOOK)].tolist())
    known: set[str] = set()
    for shape in shapes.values():
        words = sentence(shape.name, None, ()).split()
        if words and min(map(len, words)) >= SHORTEST and known.isdisjoint(words):
            known.update(words)
            yield " ".join(words)


def _limited(gallery: Gallery, labels: list[str]) -> Iterator[str]:
    """A label with a limit that some of its shapes keep and others do not."""
    for label in labels[:LABELS]:
        ends = list(gallery.store.ranges("size", {"label": label}))[:-1]
        if ends:
            high = ends[-1][1]
            yield f"{label} under {high / METRE:g} m" if high >= METRE else f"{label} under {high:g} mm"
            return


def _sayable(values: Iterable[str | None]) -> Iterator[str]:
    """What people would type: short, of letters, and nothing that hides or ends a quotation."""
    for value in dict.fromkeys(values):
        if value and len(value) <= LONGEST and value.replace(" ", "").replace("-", "").replace("_", "").isalpha():
            yield value


def _finds(gallery: Gallery, query: str) -> bool:
    asked = question(gallery, query)
    return bool(asked.words) and not asked.understood.unknown and gallery.store.count(asked.conditions([])) > 0
