"""A run that keeps parts: what is stored, what fails, and what a later run adds."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import trimesh

import ingest
from inrstore.errors import BadInput
from inrstore.network.packing import unpack_points
from inrstore.store import Store


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "meshes"
    folder.mkdir()
    for number, name in enumerate(("one", "two", "three")):
        trimesh.creation.box((1, 1 + number, 1)).export(folder / f"{name}.ply")
    for name in ("one", "two"):
        upper = np.arange(12) % 2
        np.savez(folder / f"{name}.parts.npz", face_part=upper, part_names=np.array(["lower", "upper"]))
    return folder


def run(store: Store, folder: Path, **options: Any) -> ingest.IngestResult:
    return ingest.ingest(store, [folder], jobs=1, thumbnails=False, **options)


def test_kept_where_they_are_named(store: Store, folder: Path) -> None:
    done = run(store, folder, parts=True)
    assert (done.stored, done.failed) == (3, 0) and done.ignored == []  # the arrays beside are read as parts
    assert store.part_label_keys().tolist() == sorted(store.find([str(folder / f"{n}.ply") for n in ("one", "two")]
                                                                  ).values())  # fmt: skip
    (found,) = store.part_labels([str(folder / "one.ply")]).values()
    assert found.names == ("lower", "upper")
    np.testing.assert_allclose(np.abs(unpack_points(found.points)).max(axis=1), 1 / np.sqrt(3), atol=1e-3)
    again = run(store, folder, parts=True)
    assert (again.stored, again.skipped, again.failed) == (0, 3, 0)


def test_shapenetpart_with_normals(store: Store, tmp_path: Path) -> None:
    """A folder of a class, texts of seven columns, and a text that is no cloud."""
    rows = np.random.default_rng(0).normal(size=(500, 6))
    folder = tmp_path / "02691156"
    folder.mkdir()
    rows[:, 3:] /= np.linalg.norm(rows[:, 3:], axis=1, keepdims=True)
    np.savetxt(folder / "1021a0.txt", np.column_stack([rows, np.where(rows[:, 0] > 0, 1, 0)]), fmt="%.5f")
    (folder / "readme.txt").write_text("planes\n")
    assert run(store, folder).stored == 0  # without parts a walk passes texts over
    done = run(store, folder, parts=True, labels_from="parent")
    assert (done.stored, done.failed) == (1, 0) and [Path(path).name for path in done.ignored] == ["readme.txt"]
    (shape,) = store.shapes()
    (found,) = store.part_labels([shape.key]).values()
    assert (shape.kind, shape.label, found.names) == ("cloud", "02691156", ("part 0", "part 1"))


def test_added_to_what_is_stored(store: Store, folder: Path) -> None:
    run(store, folder)
    assert not len(store.part_label_keys())
    keys, weights = store.keys(), store.weights(store.keys())
    done = run(store, folder, parts=True)
    assert (done.stored, done.skipped) == (2, 1) and len(store.part_label_keys()) == 2
    assert store.keys().tolist() == keys.tolist() and (store.weights(keys) == weights).all()


def test_a_mismatch_fails_and_the_others_go_on(store: Store, folder: Path) -> None:
    np.savez(folder / "two.parts.npz", face_part=np.zeros(7, int))
    done = run(store, folder, parts=True)
    assert (done.stored, done.failed) == (2, 1)
    assert done.failures[0].stage == "parts" and "has parts for 7, but there are 12" in done.failures[0].reason
    assert run(store, folder).stored == 1  # without parts it is a shape as any other


def test_not_for_objects_or_networks(store: Store, folder: Path) -> None:
    with pytest.raises(BadInput, match="leave out parts, or scenes='parts'"):
        run(store, folder, parts=True, scenes="parts")
    with pytest.raises(BadInput, match="without the parts of their sources"):
        ingest.import_inrs(store, [folder], parts=True)
