"""Damage of an index's files: found, and answered with a rebuild."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import index
from index.faiss import files
from tests.index.building import PARAMETERS, build, check, manifest_of


@pytest.fixture(params=tuple(PARAMETERS))
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def opened(store: Any) -> index.Index:
    """As a new process opens it."""
    store.companions.clear()
    return index.open_index(store)


def flip(path: Path) -> None:
    """Change one byte and keep size and the time of modification."""
    time.sleep(0.05)  # file systems count in ticks: the time of change must not be that of the build
    kept = path.stat()
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    os.utime(path, ns=(kept.st_atime_ns, kept.st_mtime_ns))


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-7])


def empty(path: Path) -> None:
    path.write_bytes(b"")


@pytest.mark.parametrize("part", ["vectors", "keys", "manifest"])
@pytest.mark.parametrize("damage", [flip, cut, empty, Path.unlink])
def test_damage_is_rebuilt(store: Any, kind: str, part: str, damage: Callable[[Path], None]) -> None:
    build(store, kind)
    record = manifest_of(store)
    directory = store.index_dir("default")
    path = directory / ("manifest.json" if part == "manifest" else record[part]["name"])
    if part == "manifest" and damage is flip:
        path.write_text('{"format": 99}')
    else:
        damage(path)
    state = index.status(store)
    assert state.state == ("missing" if part == "manifest" and damage is Path.unlink else "damaged")
    assert state.reason
    opened(store)
    rebuilt_kind = "flat" if part == "manifest" else kind  # without a manifest the choice is made anew
    assert manifest_of(store)["backend"] == rebuilt_kind
    check(store, rebuilt_kind)


def rewrite(path: Path) -> None:
    """Change one byte, as whoever edits a file would."""
    flip(path)
    path.touch()


@pytest.mark.parametrize("part", ["vectors", "keys"])
@pytest.mark.parametrize("damage", [flip, rewrite])
def test_opening_alone_finds_altered_bytes(store: Any, part: str, damage: Callable[[Path], None]) -> None:
    build(store, "hnsw")
    record = manifest_of(store)[part]
    damage(store.index_dir("default") / record["name"])
    opened(store)
    assert (
        files.sha256(store.index_dir("default") / manifest_of(store)[part]["name"])
        == manifest_of(store)[part]["sha256"]
    )
    check(store, "hnsw")


def test_damage_that_left_no_trace_is_found_before_an_update(store: Any) -> None:
    build(store, "flat")
    path = store.index_dir("default") / manifest_of(store)["vectors"]["name"]
    flip(path)
    record = manifest_of(store)
    record["vectors"] |= {"modified": path.stat().st_mtime_ns, "changed": path.stat().st_ctime_ns}
    (store.index_dir("default") / "manifest.json").write_text(json.dumps(record))
    assert index.open_index(store).refresh().action == "unchanged"
    assert index.status(store).state == "damaged"
    store.grow(1)
    opened(store)
    assert manifest_of(store)["built"] == 301
    check(store, "flat")


def test_opening_reads_no_untouched_file(store: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    build(store, "flat")
    hashed: list[Path] = []
    real = files.sha256
    monkeypatch.setattr(files, "sha256", lambda path: hashed.append(path) or real(path))
    opened(store)
    assert hashed == []
    path = store.index_dir("default") / manifest_of(store)["vectors"]["name"]
    time.sleep(0.05)
    path.touch()  # a copied store: other times, the same bytes
    opened(store)
    assert set(hashed) == {path} and manifest_of(store)["built"] == 300
    hashed.clear()
    assert index.status(store).state == "current" and len(hashed) == 2


def test_a_file_that_faiss_refuses_is_rebuilt(store: Any, kind: str) -> None:
    build(store, kind)
    record = manifest_of(store)
    path = store.index_dir("default") / record["vectors"]["name"]
    path.write_bytes(b"nothing that FAISS knows")
    found = path.stat()
    record["vectors"] |= {"sha256": files.sha256(path), "bytes": found.st_size}
    record["vectors"] |= {"modified": found.st_mtime_ns, "changed": found.st_ctime_ns}
    (store.index_dir("default") / "manifest.json").write_text(json.dumps(record))
    opened(store)
    check(store, kind)
