"""Folders of boxes, and runs over them."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import trimesh

import ingest
from inrstore.store import Store

BOX = trimesh.creation.box((1, 2, 3))


def boxes(folder: Path, count: int, start: int = 0) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(start, start + count):
        trimesh.creation.box((1, 2 + number / 10, 3)).export(folder / f"box {number}.obj")
    return folder


def run(store: Store, *paths: Path, **options: Any) -> ingest.IngestResult:
    return ingest.ingest(store, paths, **{"jobs": 2, **options})


def counts(result: ingest.IngestResult) -> tuple[int, int, int]:
    return result.stored, result.skipped, result.failed


def zipped(path: Path, **files: bytes | str) -> Path:
    """An archive of files by their names."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return path
