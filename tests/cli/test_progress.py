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


def shown(monkeypatch: pytest.MonkeyPatch, stream: io.StringIO, *steps: Progress) -> str:
    monkeypatch.setattr(sys, "stderr", stream)
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("NO_COLOR", "1")
    with Bar("fitting", "shape") as bar:
        for step in steps:
            bar.update(step)
    return stream.getvalue()


def test_a_terminal_shows_numbers_rate_and_failures(monkeypatch: pytest.MonkeyPatch) -> None:
    text = shown(monkeypatch, Terminal(), Progress(3, 10, 2.0, 3.5, failed=1, current="/a/[red].obj"))
    assert "fitting" in text and "3/10" in text and "2.0 shapes/s, 1 failed" in text


def test_a_stage_takes_the_place_of_the_title(monkeypatch: pytest.MonkeyPatch) -> None:
    text = shown(monkeypatch, Terminal(), Progress(0, stage="reading [bold]all[/bold]"))
    assert "reading [bold]all[/bold]" in text and "0/?" in text


def test_a_file_gets_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    assert shown(monkeypatch, io.StringIO(), Progress(3, 10)) == ""
