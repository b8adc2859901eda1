"""Why a shape answers a text, in words."""

from __future__ import annotations

from inrstore.records import Shape
from inrstore.store.sentences import SILENT
from inrstore.words import sentence, stem, terms

from ..results import Evidence
from .answer import Understood


def reason(by: str, rank: int, shape: Shape, understood: Understood, near: float = 0.0) -> Evidence:
    """What one evidence found; `near` is the cosine of the meaning, or the likeness of the shape."""
    if by == "words":
        return Evidence(by, rank, _called(shape, understood))
    if by == "meaning":
        said = sentence(shape.name, shape.label, (v for n, v in shape.tags.items() if n not in SILENT))
        return Evidence(by, rank, f"means {said!r} ({near:.2f})")
    if by == "shape":
        return Evidence(by, rank, f"looks like it ({near:.2f})")
    if by == "views":
        return Evidence(by, rank, f"its views look like it ({near:.2f})")
    return Evidence(by, rank, "it is " + ", ".join(dict.fromkeys(limit.said for limit in understood.limits)))


def _called(shape: Shape, understood: Understood) -> str:
    """Which words are where, each at the first place that has it."""
    places = {
        "name": shape.name,
        "label": shape.label or "",
        "tags": " ".join(shape.tags.values()),
        "path": " ".join(shape.sources),
    }
    known = {place: terms(text) for place, text in places.items()}
    found: dict[str, list[str]] = {}
    looked_for = [form for word in understood.words for form in understood.instead.get(word, (word,))]
    for word in looked_for:
        if place := next((place for place, there in known.items() if _in(word, there)), None):
            found.setdefault(place, []).append(word)
    return ", ".join(f"{' '.join(words)} in the {place}" for place, words in found.items())


def _in(word: str, there: list[str]) -> bool:
    return any(term.startswith((word, stem(word))) for term in there)
