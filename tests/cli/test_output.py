"""Tables and JSON."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from cli import output
from cli.output import clean, counted, emit, listing, size, table


def test_table_aligns_words_left_and_numbers_right() -> None:
    assert table(["name", "count"], [("a", 1), ("longer", 100)]).splitlines() == [
        "name    count",
        "────    ─────",
        "a           1",
        "longer    100",
    ]


def test_table_keeps_long_paths_whole() -> None:
    path = "/a" * 300
    assert path in table(["source"], [(path,)])


def test_names_are_shown_as_they_are_and_cannot_command_the_terminal() -> None:
    name = "[red]a[/red] :smile: \x1b[31m\n\ttail"
    assert table(["name"], [(name,)]).splitlines()[2] == r"[red]a[/red] :smile: \x1b[31m\x0a\x09tail"
    assert listing({"tags": {name: name}}).count("\n") == 0


def test_columns_are_as_wide_as_the_terminal_shows_them() -> None:
    lines = table(["name", "n"], [("日本", 1), ("wide", 2)]).splitlines()
    assert lines[2:] == ["日本  1", "wide  2"]


def test_an_empty_table_has_its_headers() -> None:
    assert table(["name", "n"], []).splitlines() == ["name  n", "────  ─"]
    assert listing({}) == ""


def test_many_rows_take_no_time() -> None:
    start = time.perf_counter()
    table(["id", "path"], ((number, f"/some/where/{number}.obj") for number in range(20_000)))
    assert time.perf_counter() - start < 2


@pytest.mark.parametrize("columns", ["80", "200"])
def test_a_terminal_of_any_width_gets_whole_lines(columns: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    assert [len(line) for line in table(["a"], [("x" * 150,), ("y",)]).splitlines()] == [1, 1, 150, 1]


def test_json_is_one_strict_value_with_names_as_they_are(capsys: pytest.CaptureFixture[str]) -> None:
    emit({"größe": np.float32(0.5), "rows": np.arange(2), "bad": float("nan")}, "text", as_json=True)
    assert json.loads(capsys.readouterr().out) == {"größe": 0.5, "rows": [0, 1], "bad": None}


def test_clean_leaves_plain_values_alone() -> None:
    value = {"a": [1, 2.5, "x", None, True], "b": {"c": []}}
    assert clean(value) == value


def test_listing_spells_out_what_it_holds() -> None:
    assert listing({"labels": {"chair": 2}, "tags": {}}) == "labels  chair 2\ntags    –"


@pytest.mark.parametrize(
    ("count", "text"), [(0, "0 bytes"), (1, "1 byte"), (999.6, "1.0 kB"), (1_536, "1.5 kB"), (3 * 10**12, "3.0 TB")]
)
def test_size(count: int, text: str) -> None:
    assert size(count) == text


def test_counted() -> None:
    assert [counted(n, "shape") for n in (0, 1, 1200)] == ["0 shapes", "1 shape", "1,200 shapes"]


@pytest.mark.parametrize("count", [0, 1, 2, 3, 7])
def test_many_values_come_a_block_at_a_time(
    count: int, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(output, "BLOCK", 3)
    held, most = 0, 0

    def values() -> Iterator[dict[str, Any]]:
        nonlocal held, most
        for number in range(count):
            held += 1
            most = max(most, held - len(printed))
            yield {"name": f"shape {number}", "error": math.nan}

    printed: list[str] = []
    monkeypatch.setattr(output.click, "echo", lambda text="", nl=True: printed.extend(str(text).split("\n")))
    output.emit_many(values(), ("name", "error"), lambda value: (value["name"], "x"), "None.", False)
    assert [line.split("  ")[0] for line in printed[2:]] == [f"shape {number}" for number in range(count)]
    assert printed[0] == "None." if not count else printed[0].startswith("name")
    assert most <= 3
    monkeypatch.undo()
    output.emit_many(values(), ("name", "error"), lambda value: (value["name"], "x"), "None.", True)
    assert json.loads(capsys.readouterr().out) == [{"name": f"shape {n}", "error": None} for n in range(count)]
