"""Plain limits in a text become conditions: "brackets under 50 mm", "stl", "added this week"; a small grammar.

What is understood is taken out of the text, and said beside the condition that it became, so that whoever asked sees
it, and can put it in quotation marks if it was meant as words. Lengths are of the ball in which a shape lies, in the
unit of the files, which is a millimetre unless it is said otherwise; days are whole days in UTC.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from .errors import BadInput

UNITS = {"µm": 0.001, "um": 0.001, "mm": 1.0, "cm": 10.0, "dm": 100.0, "m": 1000.0, "in": 25.4, "ft": 304.8}
"""Millimetres of each."""
SPELT = {
    **dict.fromkeys(("micron", "microns", "micrometre", "micrometres", "micrometer", "micrometers"), "um"),
    **dict.fromkeys(("millimetre", "millimetres", "millimeter", "millimeters"), "mm"),
    **dict.fromkeys(("centimetre", "centimetres", "centimeter", "centimeters"), "cm"),
    **dict.fromkeys(("metre", "metres", "meter", "meters"), "m"),
    **dict.fromkeys(("inch", "inches", '"', "″"), "in"),
    **dict.fromkeys(("foot", "feet", "'", "′"), "ft"),
}
FORMATS = ("stl", "obj", "glb", "gltf", "3mf", "stp", "iges", "igs", "dae", "usdz", "npy")
WORDLIKE = ("step", "off", "ply", "usd")
"""Formats that are words as well: only as `step file` or `.step`."""
_UNIT = "|".join(sorted(map(re.escape, (*UNITS, *SPELT)), key=len, reverse=True))
LENGTH = rf"(\d+(?:[.,]\d+)?)\s*({_UNIT})(?![^\W\d_])"
BELOW = r"(?:under|below|less than|smaller than|shorter than|at most|up to|no more than|max\.?|<=?|≤)"
ABOVE = r"(?:over|above|more than|larger than|bigger than|longer than|at least|no less than|min\.?|>=?|≥)"
DAY = r"(\d{4}-\d{2}-\d{2})"
PAST = r"(?:added|stored|ingested|new|from)"
WEEKDAYS, MONTHS = 7, 30


@dataclass(frozen=True)
class Limit:
    """What was said, and the condition that it is, as of `inrstore list --where`."""

    said: str
    condition: str

    def __str__(self) -> str:
        return f"{self.said!r} is taken as {self.condition}"


@dataclass(frozen=True)
class Limited:
    text: str
    """What is left to look for."""
    limits: tuple[Limit, ...]


def limited(text: str, unit: str = "mm", today: date | None = None) -> Limited:
    """Takes the limits out of a text; what is in quotation marks stays, without them. Errors: BadInput for the unit."""
    if unit not in UNITS:
        raise BadInput(f"unit: {unit!r} is none of {', '.join(UNITS)}")
    parts, limits = [], []
    for number, part in enumerate(re.split(r'(?<!\d)"([^"]*)"', text)):
        rest, found = (part, []) if number % 2 else _taken(part, unit, today or datetime.now(UTC).date())
        parts.append(rest)
        limits += found
    return Limited(" ".join(" ".join(parts).split()), tuple(limits))


def _taken(text: str, unit: str, today: date) -> tuple[str, list[Limit]]:
    found: list[tuple[int, Limit]] = []
    for pattern, condition in _rules(unit, today):
        while match := pattern.search(text):
            if (made := condition(match)) is None:
                break
            found += [(match.start(), Limit(" ".join(match.group().split()), one)) for one in made]
            # what is taken out leaves its length behind, so that the limits keep their order
            text = text[: match.start()] + " " * len(match.group()) + text[match.end() :]
    return text, [limit for _, limit in sorted(found, key=lambda one: one[0])]


Made = Callable[[re.Match[str]], list[str] | None]


def _rules(unit: str, today: date) -> Iterator[tuple[re.Pattern[str], Made]]:
    def size(operator: str) -> Made:
        return lambda match: [f"size{_strict(operator, match)}{_length(match[1], match[2], unit)}"]

    def between(match: re.Match[str]) -> list[str]:
        low, high = match[1], match[3]
        units = match[2] or match[4], match[4]
        return [f"size>={_length(low, units[0], unit)}", f"size<={_length(high, units[1], unit)}"]

    def since(first: date, end: date | None = None) -> Made:
        return lambda _: [f"created>={first}"] + ([f"created<{end}"] if end else [])

    def day(*operators: str) -> Made:
        return lambda match: [f"created{one}{match[1]}" for one in operators] if _is_day(match[1]) else None

    number_only = LENGTH.replace(r"\s*(", r"(?:\s*(", 1).replace(r"(?![^\W\d_])", r"(?![^\W\d_]))?", 1)
    yield _rule(rf"between {number_only} and {LENGTH}"), between
    yield _rule(rf"{BELOW}\s*{LENGTH}"), size("<")
    yield _rule(rf"{ABOVE}\s*{LENGTH}"), size(">")
    week, month = today - timedelta(today.weekday()), today.replace(day=1)
    last_month = (month - timedelta(1)).replace(day=1)
    yield _rule(rf"(?:{PAST} )today"), since(today)
    yield _rule(rf"(?:{PAST} )yesterday"), since(today - timedelta(1), today)
    yield _rule(rf"(?:{PAST} )this week"), since(week)
    yield _rule(rf"(?:{PAST} )last week"), since(week - timedelta(WEEKDAYS), week)
    yield _rule(rf"(?:{PAST} )this month"), since(month)
    yield _rule(rf"(?:{PAST} )last month"), since(last_month, month)
    yield _rule(rf"(?:{PAST} )this year"), since(today.replace(month=1, day=1))
    yield _rule(rf"(?:{PAST} )?(?:in|within) the (?:last|past) (\d{{1,4}}) (day|week|month)s?"), _ago(today)
    yield _rule(rf"(?:{PAST} )?(?:since|after) {DAY}"), day(">=")
    yield _rule(rf"(?:{PAST} )?before {DAY}"), day("<")
    yield _rule(rf"(?:{PAST} )?on {DAY}"), day(">=", "<=")
    yield _rule(r"(?:without|with no) (?:a )?labels?|unlabell?ed"), lambda _: ["label="]
    yield _rule(r"point ?clouds?"), lambda _: ["kind=cloud"]
    every, plain = "|".join((*FORMATS, *WORDLIKE)), "|".join(FORMATS)
    for pattern in (rf"\.({every})(?: files?)?", rf"({every}) (?:files?|format)", rf"({plain})s?"):
        yield _rule(pattern), _of_format


def _of_format(match: re.Match[str]) -> list[str]:
    name = match[1].lower()
    return [f"source=*.{name}|*.{name.upper()}"]


def _rule(pattern: str) -> re.Pattern[str]:
    """Whole words, in letters of any case; spaces are any white space."""
    return re.compile(rf"(?<![\w.]){pattern}(?![\w])".replace(" ", r"\s+"), re.IGNORECASE)


def _strict(operator: str, match: re.Match[str]) -> str:
    said = " ".join(match.group().lower().split())
    return operator + "=" * said.startswith(("at least", "at most", "up to", "no ", "max", "min", "<=", ">=", "≤", "≥"))


def _length(number: str, spelt: str, unit: str) -> str:
    spelt = spelt.lower()
    return f"{float(number.replace(',', '.')) * UNITS[SPELT.get(spelt, spelt)] / UNITS[unit]:.6g}"


def _ago(today: date) -> Made:
    days = {"day": 1, "week": WEEKDAYS, "month": MONTHS}
    return lambda match: [f"created>={today - timedelta(int(match[1]) * days[match[2].lower()])}"]


def _is_day(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True
