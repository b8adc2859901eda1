"""The bar that a terminal shows, and nothing where there is none."""

from __future__ import annotations

import io
import sys

import pytest

from cli.progress import Bar
from inrstore.progress import Progress


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def shown(monkeypatch: pytest.MonkeyPatch, stream: io.StringIO, *steps: Progress, columns: str = "80") -> str:
    monkeypatch.setattr(sys, "stderr", stream)
    monkeypatch.setenv("COLUMNS", columns)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("NO_COLOR", "1")
    with Bar("fitting", "shape") as bar:
        for step in steps:
            bar.update(step)
    return stream.getvalue()


@pytest.mark.parametrize("columns", ["80", "200"])
def test_a_terminal_of_any_width_shows_all_numbers(monkeypatch: pytest.MonkeyPatch, columns: str) -> None:
    step = Progress(12_345, 1_000_000, 123.4, 8_003.6, failed=99, current="/a/[red].obj")
    text = shown(monkeypatch, Terminal(), step, columns=columns)
    assert "fitting" in text and "12345/1000000" in text and "123.4 shapes/s, 2:13:24 left, 99 failed" in text


def test_a_stage_takes_the_place_of_the_title(monkeypatch: pytest.MonkeyPatch) -> None:
    text = shown(monkeypatch, Terminal(), Progress(0, stage="reading [bold]all[/bold]"))
    assert "reading [bold]all[/bold]" in text and "0/?" in text


def test_a_file_gets_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    assert shown(monkeypatch, io.StringIO(), Progress(3, 10)) == ""
