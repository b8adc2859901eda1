"""Words of names, labels and paths as they are looked for: folded to plain small letters, split, and stemmed.

`M6x20_hexBolts.stl` holds m6x20, hexbolts and stl as wholes, their pieces m, 6, x, 20, hex and bolts, and the stem
bolt. Stems are English (Snowball's algorithm, by the package snowballstemmer); words of other languages are found as
they are written, and their beginnings are.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator
from functools import cache, lru_cache
from typing import Any

LONGEST, MOST = 64, 400
"""Characters of a word that are looked at; words of a text that are."""
RUNS = re.compile(r"[^\W_]+")
PIECES = re.compile(r"\d+|[^\W\d_]+")
HUMPS = re.compile(r"(?<=[^\W\d_A-Z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
EMPTY = (
    "a an and are as at be by for from has have in is it its of on or some that the their them these this those to "
    "was were which with"
)
STOPS = frozenset(EMPTY.split())
"""Words that a question has, and that say nothing of what is looked for."""


def folded(text: str) -> str:
    """Small letters without accents; the letters of other scripts stay."""
    if text.isascii():
        return text.lower()
    plain = unicodedata.normalize("NFKD", text)
    return "".join(letter for letter in plain if not unicodedata.combining(letter)).casefold()


def runs(text: str) -> Iterator[tuple[str, list[str]]]:
    """Every run of letters and digits, folded, and its pieces where it has several."""
    composed = text if text.isascii() else unicodedata.normalize("NFC", text)
    for number, found in enumerate(RUNS.finditer(composed)):
        if number == MOST:
            return
        run = found.group()[:LONGEST]
        humps = [piece for part in HUMPS.split(run) for piece in PIECES.findall(folded(part))]
        plain = folded(run)
        if whole := plain if plain.isalnum() else "".join(RUNS.findall(plain)):
            yield whole, humps if len(humps) > 1 else []


def without(text: str, words: Collection[str]) -> str:
    """A text without some words, which are given folded; the others as they are written, humps and all."""
    found = RUNS.findall(unicodedata.normalize("NFC", text))
    return " ".join(run for run in found if not any(whole in words for whole, _ in runs(run)))


@lru_cache(maxsize=10_000)
def split(text: str) -> tuple[str, ...]:
    """The words of a text, in its order: wholes, and their pieces. Labels and tags come again and again."""
    return tuple(word for whole, pieces in runs(text) for word in (whole, *pieces))


def rooted(words: Iterable[str]) -> list[str]:
    """Words, each followed by its stem where that is another."""
    return [term for word in words for term in dict.fromkeys((word, stem(word)))]


def terms(text: str) -> list[str]:
    """What a text is found by."""
    return rooted(split(text))


def sentence(name: str, label: str | None, tags: Iterable[str]) -> str:
    """What a shape is called, as a tower reads it: "office chair, chair, oak". Numbers alone say nothing."""
    said: dict[str, None] = {}
    for text in (name, label or "", *tags):
        pieces = (piece for whole, humps in runs(text) for piece in (humps or [whole]))
        plain = " ".join(piece for piece in pieces if not piece.isdigit())
        if any(letter.isalpha() for letter in plain) and len(plain) > 1:
            said.setdefault(plain)
    return ", ".join(said)


@lru_cache(maxsize=100_000)
def stem(word: str) -> str:
    """The stem of a folded English word; of all else the word itself."""
    return str(_stemmer().stemWord(word)) if word.isascii() and word.isalpha() else word


@cache
def _stemmer() -> Any:
    import snowballstemmer

    return snowballstemmer.stemmer("english")
