"""Arrays that lie beside shapes and are none: passed over in a folder, tried when they are named."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ingest.discover import discover
from ingest.files.arrays import is_shape
from inrstore.store import Store
from tests.ingest.runs import boxes, counts, run

PARTS = {"face_part": np.zeros(12, np.int32), "part_names": np.array(["a", "b"])}
POINTS = np.random.default_rng(0).normal(size=(50, 3))


def saved(path: Path, arrays: Any) -> Path:
    np.savez(path, **arrays) if isinstance(arrays, dict) else np.save(path, arrays)
    return path


@pytest.mark.parametrize(
    "name, arrays, shape",
    [
        ("parts.npz", PARTS, False),
        ("labels.npy", np.arange(9), False),
        ("names.npy", np.array([["a", "b", "c"]]), False),
        ("pairs.npy", np.zeros((9, 2)), False),
        ("objects.npy", np.array([{}, {}, {}]), False),
        ("one.npz", {"anything": np.arange(9)}, False),
        ("cloud.npy", POINTS, True),
        ("cloud.npz", {"whatever": POINTS}, True),
        ("grid.npy", np.ones((3, 4, 5), bool), True),
        ("clouds.npy", np.zeros((4, 9, 3)), True),  # the reader says what to do with it
        ("meant.npz", {"points": np.arange(9), **PARTS}, True),
        ("mesh.npz", {"vertices": POINTS, "faces": np.zeros((2, 3), int)}, True),
    ],
)
def test_what_is_meant_as_a_shape(tmp_path: Path, name: str, arrays: Any, shape: bool) -> None:
    path = saved(tmp_path / name, arrays)
    assert is_shape(path) is shape
    found = discover([tmp_path])
    assert ([s.path for s in found.sources], found.ignored) == (([str(path)], []) if shape else ([], [str(path)]))
    assert [s.path for s in discover([path]).sources] == [str(path)]
    assert [s.path for s in discover([tmp_path, path]).sources] == [str(path)]


@pytest.mark.parametrize("content", [b"", b"PK", b"\x93NUMPY", b"nothing", b"PK\x05\x06" + b"\xff" * 18])
@pytest.mark.parametrize("suffix", ["npy", "npz"])
def test_a_damaged_file_is_left_to_its_reader(tmp_path: Path, content: bytes, suffix: str) -> None:
    path = tmp_path / f"a.{suffix}"
    path.write_bytes(content)
    assert is_shape(path)


def test_a_list_of_a_million_entries_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.npz"
    with zipfile.ZipFile(path, "w") as archive:
        for number in range(2_000):
            archive.writestr(f"part{number}.npy", b"")
    monkeypatch.setattr(zipfile, "ZipFile", lambda *_: pytest.fail("it was opened"))
    assert is_shape(path)


def test_they_are_no_failures_and_no_part_of_the_limit(store: Store, tmp_path: Path) -> None:
    folder = boxes(tmp_path / "in", 4)
    for number in range(4):
        saved(folder / f"box {number}.parts.npz", PARTS)
    store.record_failure(str(folder / "box 0.parts.npz"), "from an older version", "load")
    result = run(store, folder, limit=3)
    assert counts(result) == (3, 0, 0) and len(result.ignored) == 4 and store.failures() == []
    named = run(store, folder / "box 0.parts.npz")
    assert counts(named) == (0, 0, 1) and "name one of them points or grid" in named.failures[0].reason
