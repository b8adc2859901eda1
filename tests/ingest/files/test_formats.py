"""A format is one file with `read`, and one line in the table."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from ingest import files
from ingest.discover import discover
from ingest.files import Format, load
from ingest.files.geometry import Cloud, Limits


def read(path: Path, limits: Limits) -> Cloud:
    """Of this very module."""
    return Cloud(np.array([float(word) for word in path.read_text().split()]).reshape(-1, 3))


def test_a_format_is_a_file_and_a_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    line = Format("tests.ingest.files.test_formats", frozenset((".dots",)))
    monkeypatch.setattr(files, "FORMATS", (*files.FORMATS, line))
    path = tmp_path / "a.dots"
    path.write_text("0 0 0 1 1 1")
    assert [s.path for s in discover([tmp_path]).sources] == [str(path)]
    geometry = load.load(path)
    assert isinstance(geometry, Cloud) and geometry.points.tolist() == [[0, 0, 0], [1, 1, 1]]
