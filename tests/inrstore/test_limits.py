"""Limits in a text: what is one, what it becomes, and what stays a word."""

from __future__ import annotations

from datetime import date

import pytest

from inrstore.errors import BadInput
from inrstore.limits import limited

FRIDAY = date(2026, 11, 27)
CASES: dict[str, tuple[str, list[str]]] = {
    "brackets under 50 mm": ("brackets", ["size<50"]),
    "brackets UNDER 50mm": ("brackets", ["size<50"]),
    "at least 2 inches wide": ("wide", ["size>=50.8"]),
    "no more than 1,5 cm": ("", ["size<=15"]),
    'bolt <= 5"': ("bolt", ["size<=127"]),
    "between 10 and 20 mm": ("", ["size>=10", "size<=20"]),
    "between 1 cm and 2 m": ("", ["size>=10", "size<=2000"]),
    "over 3 ft under 2 m": ("", ["size>914.4", "size<2000"]),
    "gear stl": ("gear", ["source=*.stl|*.STL"]),
    "gears as .step files": ("gears as", ["source=*.step|*.STEP"]),
    "a step stool": ("a step stool", []),
    "a step file": ("a", ["source=*.step|*.STEP"]),
    "chair.obj": ("chair.obj", []),
    "point clouds of chairs": ("of chairs", ["kind=cloud"]),
    "unlabelled parts": ("parts", ["label="]),
    "without a label": ("", ["label="]),
    "added today": ("", ["created>=2026-11-27"]),
    "added yesterday": ("", ["created>=2026-11-26", "created<2026-11-27"]),
    "gears added this week": ("gears", ["created>=2026-11-23"]),
    "added last week": ("", ["created>=2026-11-16", "created<2026-11-23"]),
    "stored last month": ("", ["created>=2026-10-01", "created<2026-11-01"]),
    "new this year": ("", ["created>=2026-01-01"]),
    "added in the last 3 days": ("", ["created>=2026-11-24"]),
    "since 2026-11-01 before 2026-11-20": ("", ["created>=2026-11-01", "created<2026-11-20"]),
    "since 2026-13-01": ("since 2026-13-01", []),
    "under 5 mmm": ("under 5 mmm", []),
    "under 5": ("under 5", []),
    "5 mm": ("5 mm", []),
    "thunder 5 mm": ("thunder 5 mm", []),
    'table "under 5 mm"': ("table under 5 mm", []),
    "new chair": ("new chair", []),
    "": ("", []),
}


@pytest.mark.parametrize("text", CASES)
def test_limits(text: str) -> None:
    found = limited(text, today=FRIDAY)
    assert (found.text, [limit.condition for limit in found.limits]) == CASES[text]
    for limit in found.limits:
        assert limit.said in " ".join(text.split())


def test_lengths_are_in_the_unit_of_the_files() -> None:
    assert [one.condition for one in limited("under 5 cm", unit="in").limits] == ["size<1.9685"]
    assert [one.condition for one in limited("under 1 m", unit="m").limits] == ["size<1"]
    with pytest.raises(BadInput, match="unit: 'yard' is none of"):
        limited("under 5 cm", unit="yard")


def test_a_long_text_of_nothing_takes_no_time() -> None:
    assert limited("between 1 and " * 700).limits == ()
