"""JSON becomes frozen records, or is refused by file, setting and what is allowed."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated

import pytest
from msgspec import Meta

from inrstore import settings
from inrstore.errors import BadInput


@dataclass(frozen=True)
class Part:
    name: str
    bytes: Annotated[int, Meta(ge=0)] = 0


@dataclass(frozen=True)
class Whole:
    format: int
    part: Part | None = None
    sizes: dict[str, int] = field(default_factory=dict)


def test_json_becomes_a_record_with_records_within() -> None:
    found = settings.decode(Whole, b'{"format": 1, "part": {"name": "a"}, "sizes": {"b": 2}}', "x.json")
    assert found == Whole(1, Part("a"), {"b": 2})
    assert settings.decode(Whole, '{"format": 1, "part": null}', "x.json") == Whole(1)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "not JSON"),
        (b"\xff\xfe", "not JSON"),
        (b"[]", r"the whole is \[\]; it must be an object"),
        (b"{}", "format is missing"),
        (b'{"format": 1.0}', "format is 1.0; it must be a whole number"),
        (b'{"format": 1, "part": {"bytes": 3}}', "part.name is missing"),
        (b'{"format": 1, "part": {"name": "a", "bytes": -3}}', "part.bytes is -3; it must be a whole number >= 0"),
        (b'{"format": 1, "part": 3}', "part is 3; it must be an object or null"),
        (b'{"format": 1, "parts": {}}', r"unknown settings \['parts'\]; known are \['format', 'part', 'sizes'\]"),
        (b'{"format": 1, "part": {"name": "a", "size": 3}}', r"part: unknown settings \['size'\]"),
        (b'{"format": 1, "sizes": {"b": "c"}}', "it must be a whole number"),
    ],
)
def test_what_is_wrong_is_named(content: bytes, said: str) -> None:
    with pytest.raises(BadInput, match=f"^x.json: .*{said}"):
        settings.decode(Whole, content, "x.json")


def test_unknown_settings_may_be_passed_over() -> None:
    assert settings.decode(Whole, b'{"format": 9, "new": 1}', "x.json", unknown=True) == Whole(9)
