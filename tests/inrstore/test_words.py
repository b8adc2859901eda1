"""Words: what is one, what its pieces and its stem are, in any script."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inrstore.words import LONGEST, MOST, folded, runs, split, stem, terms, without

CASES = {
    "M6x20": ["m6x20", "m", "6", "x", "20"],
    "part_00317.stl": ["part", "00317", "stl"],
    "officeChair": ["officechair", "office", "chair"],
    "HTTPServer": ["httpserver", "http", "server"],
    "ISO-4762": ["iso", "4762"],
    "Stühle STRASSE straße": ["stuhle", "strasse", "strasse"],
    "椅子 شماعة κάθισμα": ["椅子", "شماعة", "καθισμα"],
    "": [],
    "--- *** ()": [],
}


@pytest.mark.parametrize("text", CASES)
def test_words(text: str) -> None:
    assert list(split(text)) == CASES[text]


def test_composed_and_decomposed_letters_are_the_same_word() -> None:
    assert split("Mo\u0308bel") == split("Möbel") == ("mobel",)


def test_stems_are_english_and_leave_all_else() -> None:
    assert {stem(word) for word in ("chair", "chairs")} == {"chair"}
    assert stem("shelving") == stem("shelves")[:5] == "shelv"
    for word in ("m6x20", "00317", "椅子", "stuhle2"):
        assert stem(word) == word
    assert terms("two Chairs") == ["two", "chairs", "chair"]


def test_some_words_are_taken_out_and_the_others_stay_as_they_are() -> None:
    assert without("officeChair, Mo\u0308bel M6x20!", ["mobel"]) == "officeChair M6x20"
    assert without("with the", []) == "with the" and without("Zzz", ["zzz"]) == ""


def test_very_long_texts_are_cut() -> None:
    assert len(split("x" * 10_000)[0]) == LONGEST
    assert len(split("ab " * 10_000)) == MOST


@given(st.text(max_size=200))
def test_words_are_letters_and_digits_alone_so_that_no_operator_is_in_them(text: str) -> None:
    for whole, pieces in runs(text):
        for word in (whole, *pieces):
            assert word and all(letter.isalnum() for letter in word) and "'" not in word and '"' not in word
            assert folded(word) == word
