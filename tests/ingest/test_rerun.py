"""What a second run over the same files does: nothing, and that quickly."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import trimesh
from sqlalchemy import event

import ingest
from ingest import run as runs_module
from inrstore.model import Encoding
from inrstore.store import Store
from tests.ingest.runs import BOX, boxes, counts, run


@contextmanager
def writes(store: Store) -> Iterator[list[str]]:
    """Statements that change something, but for the record of the run itself."""
    found: list[str] = []

    def heard(connection: Any, cursor: Any, statement: str, parameters: Any, context: Any, many: bool) -> None:
        if statement.split()[0] in ("INSERT", "UPDATE", "DELETE") and "INTO runs" not in statement:
            found.append(statement)

    event.listen(store.catalog.engine, "before_cursor_execute", heard)
    yield found
    event.remove(store.catalog.engine, "before_cursor_execute", heard)


@pytest.mark.parametrize("again", [{}, {"labels_from": "parent", "tags": {"site": "a"}}, {"keep_samples": 1_000}])
def test_unchanged_files_write_nothing(store: Store, tmp_path: Path, again: dict[str, Any]) -> None:
    folder = boxes(tmp_path / "in", 3)
    shutil.copy(folder / "box 0.obj", folder / "copy.obj")
    run(store, folder, **again)
    with writes(store) as found:
        assert counts(run(store, folder, **again)) == (0, 4, 0)
    assert found == []


def test_further_sources_are_written_together(store: Store, tmp_path: Path) -> None:
    folder = boxes(tmp_path / "in", 4)
    run(store, folder)
    shutil.copytree(folder, tmp_path / "moved")
    with writes(store) as found:
        assert counts(run(store, tmp_path / "moved")) == (0, 4, 0)
    assert len([statement for statement in found if "INTO sources" in statement]) == 1
    assert all(len(shape.sources) == 2 for shape in store.shapes())


def test_files_are_looked_up_by_the_block(store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runs_module, "BLOCK_FILES", 2)
    folder = boxes(tmp_path / "in", 5)
    shutil.copy(folder / "box 0.obj", folder / "copy.obj")
    assert counts(run(store, folder)) == (5, 1, 0)
    assert counts(run(store, folder)) == (0, 6, 0)


def test_a_path_that_gets_its_former_bytes_back_names_their_shape(store: Store, tmp_path: Path) -> None:
    path, ball = tmp_path / "a.obj", trimesh.creation.icosphere(1)
    for mesh in (BOX, ball, BOX):
        mesh.export(path)
        run(store, path)
    assert store.count() == 2 and store.shape(str(path)).quality["faces"] == 12


def test_a_file_moved_a_little_is_the_same_shape(store: Store, tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    sphere = trimesh.creation.icosphere(2)
    for number in range(12):
        mesh = trimesh.Trimesh(sphere.vertices * rng.uniform(0.3, 2, 3), sphere.faces)
        mesh.export(tmp_path / f"{number}.stl")
        mesh.apply_translation(rng.normal(size=3) * 1e-3).export(tmp_path / f"{number} moved.stl")
    assert counts(run(store, tmp_path)) == (12, 12, 0)
    assert counts(run(store, tmp_path)) == (0, 24, 0)


def test_a_removed_shape_is_fitted_again(store: Store, tmp_path: Path) -> None:
    folder = boxes(tmp_path / "in", 2)
    run(store, folder)
    store.remove(str(folder / "box 0.obj"))
    assert counts(run(store, folder)) == (1, 1, 0)


def test_a_shape_removed_while_the_run_goes_on_is_said(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = boxes(tmp_path / "in", 1)
    run(store, folder)
    moved = Path(os.rename(folder, tmp_path / "moved") or tmp_path / "moved")
    add = store.add_sources

    def late(sources: Any) -> Any:
        store.remove(store.keys())
        return add(sources)

    monkeypatch.setattr(store, "add_sources", late)
    result = run(store, moved)
    assert counts(result) == (0, 0, 1) and "run the same command again" in result.failures[0].reason
    monkeypatch.undo()
    assert counts(run(store, moved)) == (1, 0, 0)


def test_what_is_encoded_is_what_is_stored(store: Store, tmp_path: Path) -> None:
    ingest.ingest(store, [boxes(tmp_path / "in", 3)], jobs=1)
    keys, vectors = store.embeddings()
    encoding = Encoding(store.base(), store.encoder(store.encoder_id))
    for key, vector in zip(keys.tolist(), vectors, strict=True):
        again = encoding.encode("sdf", store.weights([key]))[0]
        np.testing.assert_array_equal(vector, again.astype(vector.dtype))


def test_a_profile_is_resolved_once(store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from ingest import settings

    profile = tmp_path / "fine.json"
    profile.write_text('{"name": "fine", "hidden": 4, "layers": 2, "base": "random", "steps": 2}')
    calls, real = [], settings.start_base
    monkeypatch.setattr(settings, "start_base", lambda *given: calls.append(given) or real(*given))
    assert counts(run(store, boxes(tmp_path / "in", 1), profile=profile)) == (1, 0, 0)
    assert len(calls) == 1
