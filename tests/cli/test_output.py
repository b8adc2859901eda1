"""Tables and JSON."""

from __future__ import annotations

import json

import numpy as np
import pytest

from cli.output import clean, counted, emit, listing, size, table


def test_table_aligns_words_left_and_numbers_right() -> None:
    assert table(["name", "count"], [("a", 1), ("longer", 100)]).splitlines() == [
        "name    count",
        "──────  ─────",
        "a           1",
        "longer    100",
    ]


def test_table_keeps_long_paths_whole() -> None:
    path = "/a" * 300
    assert path in table(["source"], [(path,)])


def test_json_is_one_strict_value_with_names_as_they_are(capsys: pytest.CaptureFixture[str]) -> None:
    emit({"größe": np.float32(0.5), "rows": np.arange(2), "bad": float("nan")}, "text", as_json=True)
    assert json.loads(capsys.readouterr().out) == {"größe": 0.5, "rows": [0, 1], "bad": None}


def test_clean_leaves_plain_values_alone() -> None:
    value = {"a": [1, 2.5, "x", None, True], "b": {"c": []}}
    assert clean(value) == value


def test_listing_spells_out_what_it_holds() -> None:
    assert listing({"labels": {"chair": 2}, "tags": {}}) == "labels  chair 2\ntags    –"


@pytest.mark.parametrize(
    ("count", "text"), [(0, "0 bytes"), (1023, "1023 bytes"), (1536, "1.5 KiB"), (3 << 40, "3072.0 GiB")]
)
def test_size(count: int, text: str) -> None:
    assert size(count) == text


def test_counted() -> None:
    assert [counted(n, "shape") for n in (0, 1, 1200)] == ["0 shapes", "1 shape", "1,200 shapes"]
