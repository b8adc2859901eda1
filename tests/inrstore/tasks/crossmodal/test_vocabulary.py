"""Lists of words: what a line says, and which line is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from inrstore.errors import BadInput
from inrstore.tasks.crossmodal import vocabulary
from inrstore.tasks.crossmodal.vocabulary import Vocabulary


def test_a_file(tmp_path: Path) -> None:
    file = tmp_path / "words.txt"
    file.write_bytes("\ufeff# to sit on\r\nChair: arm  chair, seat,, Chair\r\n\r\n  Glühbirne \nhex bolt".encode())
    found = Vocabulary.read(file)
    assert found.labels == ("Chair", "Glühbirne", "hex bolt") and len(found) == 3
    assert found.words == ("Chair", "arm chair", "seat", "Glühbirne", "hex bolt")
    assert found.label_of.tolist() == [0, 0, 0, 1, 2]


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (["chair", "", "CHAIR"], r"words, line 3: 'CHAIR' is in line 1 already"),
        (["chair: seat", "bench: seat"], r"line 2: 'seat' is in line 1 already"),
        (["chair", ": seat"], r"line 2: there is no label before the colon"),
        (["a" * 201], r"line 1: 'a{40}'… has 201 characters; 200 are the most"),
        (["chair", "bench: a\x00b"], r"line 2: 'a\\x00b' holds what cannot be printed"),
        (["# chair", " "], r"words: holds no words"),
    ],
)
def test_what_is_wrong_is_said_with_its_line(lines: list[str], message: str) -> None:
    with pytest.raises(BadInput, match=message):
        Vocabulary.of(lines, "words")


def test_too_many_words_and_files_that_are_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "words.txt"
    file.write_bytes(b"chair\nb\xff\n")
    with pytest.raises(BadInput, match=r"words.txt, line 2: is not UTF-8"):
        Vocabulary.read(file)
    with pytest.raises(BadInput, match="none.txt: cannot be read"):
        Vocabulary.read(tmp_path / "none.txt")
    monkeypatch.setattr(vocabulary, "MOST", 3)
    assert Vocabulary.of(["a: b", "c"]).words == ("a", "b", "c")
    with pytest.raises(BadInput, match="line 2: these are more than 3 words"):
        Vocabulary.of(["a: b", "c: d"])
    monkeypatch.setattr(vocabulary, "LARGEST", 7)
    with pytest.raises(BadInput, match="more than 7 bytes"):
        Vocabulary.read(file)
