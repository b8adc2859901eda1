"""The words that shapes may be called, and their synonyms, as a file lists them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Self

import numpy as np
from numpy.typing import NDArray

from inrstore.errors import BadInput

LONGEST = 200
"""Characters in a word or phrase."""
MOST = 10_000
"""Words in a vocabulary, synonyms included."""
LARGEST = 4 * 2**20
"""Bytes of a file."""


@dataclass(frozen=True, eq=False)
class Vocabulary:
    """Labels, and the words that stand for each: the label itself first, then its synonyms."""

    labels: tuple[str, ...]
    words: tuple[str, ...]
    label_of: NDArray[np.int64]
    """(w,) the place in `labels` of each word; words of a label lie together, in the order of the labels."""

    @classmethod
    def read(cls, path: str | Path) -> Self:
        """That of a UTF-8 file, see `of`. Errors: BadInput, naming the line."""
        try:
            with open(path, "rb") as file:
                return cls.of_file(file, str(path))
        except OSError as error:
            raise BadInput(f"{path}: cannot be read: {error.strerror or error}") from error

    @classmethod
    def of_file(cls, file: BinaryIO, name: str) -> Self:
        """That of an open file, which messages call `name`. Errors: as `read`."""
        data = file.read(LARGEST + 1)
        if len(data) > LARGEST:
            raise BadInput(f"{name}: has more than {LARGEST:,} bytes; a vocabulary has {MOST:,} words at most")
        lines = data.removeprefix(b"\xef\xbb\xbf").split(b"\n")
        return cls.of((_decoded(line, f"{name}, line {number}") for number, line in enumerate(lines, 1)), name)

    @classmethod
    def of(cls, lines: Iterable[str], name: str = "vocabulary") -> Self:
        """One label a line, `label` or `label: synonym, synonym`; lines that are empty or begin with # say nothing.

        Labels keep their capitals; words that differ in nothing else are the same.

        Errors: BadInput, naming the line, for a label or a word that is there twice, that is too long, or that cannot
        be printed; also if there are no labels, or too many words.
        """
        labels: list[str] = []
        words: list[str] = []
        places: list[int] = []
        seen: dict[str, int] = {}
        for number, line in enumerate(lines, 1):
            if not (text := line.strip()) or text.startswith("#"):
                continue
            found = _words(text, f"{name}, line {number}")
            for word in found:
                if (before := seen.setdefault(word.casefold(), number)) != number:
                    raise BadInput(f"{name}, line {number}: {word!r} is in line {before} already; keep one of them")
            words += found
            places += [len(labels)] * len(found)
            labels.append(found[0])
            if len(words) > MOST:
                raise BadInput(f"{name}, line {number}: these are more than {MOST:,} words; keep fewer")
        if not labels:
            raise BadInput(f"{name}: holds no words; write one label a line, as 'chair' or 'chair: seat, armchair'")
        return cls(tuple(labels), tuple(words), np.array(places, np.int64))

    def __len__(self) -> int:
        return len(self.labels)


def _words(text: str, where: str) -> list[str]:
    """The label of a line and its synonyms, each once."""
    label, _, others = text.partition(":")
    words = [" ".join(word.split()) for word in (label, *others.split(","))]
    if not words[0]:
        raise BadInput(f"{where}: there is no label before the colon")
    found: dict[str, str] = {}
    for word in filter(None, words):
        found.setdefault(word.casefold(), word)
        if len(word) > LONGEST:
            raise BadInput(f"{where}: {word[:40]!r}… has {len(word)} characters; {LONGEST} are the most")
        if not word.isprintable():
            raise BadInput(f"{where}: {word!r} holds what cannot be printed; write the word anew")
    return list(found.values())


def _decoded(line: bytes, where: str) -> str:
    try:
        return line.decode("utf-8")
    except UnicodeDecodeError as error:
        raise BadInput(f"{where}: is not UTF-8; save the file in that encoding") from error
