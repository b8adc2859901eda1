"""What a text asks of the index of words: each word as it is known, as a beginning, or what is spelt nearly like it."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.engine import Connection

from inrstore.words import MOST, STOPS, runs, stem

from .fulltext import Clause
from .read import chunks
from .tables import TermRow

FEWEST = 3
"""Letters from which a beginning is enough."""
SLIPS = ((4, 1), (8, 2))
"""Letters from which so many slips of the keys are forgiven: a letter too many, too few, another, or two exchanged."""
GUESSES = 3
ASKED = 32
"""Words of a text that are looked for; the others are left out, and said so."""


@dataclass(frozen=True)
class Word:
    """A word of a text, folded."""

    text: str
    clause: Clause
    """What it is looked for as; empty if nothing is called so, or nearly so."""
    instead: tuple[str, ...] = ()
    """What it was taken for, if nothing is called so."""


@dataclass(frozen=True)
class Wording:
    words: tuple[Word, ...]
    left_out: int = 0
    """Words beyond the most that are looked for."""

    @property
    def clauses(self) -> list[Clause]:
        return [word.clause for word in self.words if word.clause]

    @property
    def unknown(self) -> list[str]:
        return [word.text for word in self.words if not word.clause]

    @property
    def instead(self) -> dict[str, tuple[str, ...]]:
        return {word.text: word.instead for word in self.words if word.instead}


def read(connection: Connection, text: str) -> Wording:
    """The words of a text; `with`, `the` and others such are left out where there are more."""
    asked = list(dict.fromkeys((whole, tuple(pieces)) for whole, pieces in runs(text)))
    telling = [one for one in asked if one[0] not in STOPS] or asked
    known = _known(connection, {term for whole, pieces in telling for word in (whole, *pieces) for term in both(word)})
    some = telling[: min(ASKED, MOST)]
    words = [_word(connection, whole, pieces, known, whole == asked[-1][0]) for whole, pieces in some]
    return Wording(tuple(words), len(telling) - len(some))


def both(word: str) -> tuple[str, ...]:
    """A word and its stem."""
    return tuple(dict.fromkeys((word, stem(word))))


def _word(connection: Connection, whole: str, pieces: tuple[str, ...], known: set[str], last: bool) -> Word:
    """The last word may be half typed, and of numbers of parts the end is often left out: those are beginnings too."""
    clause: list[tuple[str, ...]] = [(term,) for term in both(whole) if term in known]
    begins = (last and len(whole) >= FEWEST) or any(letter.isdigit() for letter in whole)
    if begins or not clause:  # arms are what an armchair has
        starts = [start for start in both(whole) if len(start) >= FEWEST or any(map(str.isdigit, start))]
        clause += [(start + "*",) for start in starts if _begins(connection, start)]
    if not clause and pieces and all(piece in known for piece in pieces):
        clause = [pieces]
    if clause:
        return Word(whole, clause)
    instead = _spelt_like(connection, whole)
    return Word(whole, [(term,) for word in instead for term in both(word)], instead)


def _known(connection: Connection, terms: set[str]) -> set[str]:
    query = select(TermRow.term)
    parts = chunks(sorted(terms))
    return {term for part in parts for term in connection.execute(query.where(TermRow.term.in_(part))).scalars()}


def _begins(connection: Connection, start: str) -> bool:
    end = start[:-1] + chr(ord(start[-1]) + 1)
    query = select(TermRow.term).where(TermRow.term >= start, TermRow.term < end).limit(1)
    return connection.execute(query).first() is not None


def _spelt_like(connection: Connection, word: str) -> tuple[str, ...]:
    """The known words that differ by the fewest slips; none for a word with digits, whose neighbours are others."""
    slips = max((slips for letters, slips in SLIPS if len(word) >= letters), default=0)
    if not slips or not word.isalpha():
        return ()
    from rapidfuzz.distance import OSA
    from rapidfuzz.process import extract

    forms = both(word)
    sizes = [len(form) for form in forms]
    around = select(TermRow.term).where(TermRow.letters.between(min(sizes) - slips, max(sizes) + slips))
    terms = connection.execute(around).scalars().all()
    found = [one for form in forms for one in extract(form, terms, scorer=OSA.distance, score_cutoff=slips, limit=None)]
    least = min((distance for _, distance, _ in found), default=0)
    return tuple(sorted({term for term, distance, _ in found if distance == least})[:GUESSES])
