"""Labels and tags of a run, and the shapes that are stored already."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
import trimesh

from inrstore.errors import BadInput
from inrstore.records import Shape
from inrstore.store import Store
from tests.ingest.runs import BOX, boxes, counts, run


def one(store: Store) -> Shape:
    (shape,) = store.shapes()
    return shape


def table(path: Path, text: str) -> Path:
    path.write_text(text)
    return path


def test_a_label_replaces_and_tags_join(store: Store, tmp_path: Path) -> None:
    folder = boxes(tmp_path / "stool", 1)
    run(store, folder, tags={"site": "a", "year": "1"})
    store.label(store.keys(), "chair")
    assert counts(run(store, folder, labels_from="parent", tags={"year": "2"}, units="mm")) == (0, 1, 0)
    assert one(store).label == "stool" and dict(one(store).tags) == {"site": "a", "year": "2", "units": "mm"}


def test_a_file_of_which_nothing_is_said_leaves_what_is_there(store: Store, tmp_path: Path) -> None:
    folder = boxes(tmp_path / "stool", 2)
    run(store, folder, labels_from="parent")
    named = table(tmp_path / "labels.csv", "path,label,grade\nbox 1.obj,bench,7\n")
    run(store, folder, labels_csv=named)
    run(store, folder)
    assert {s.name: (s.label, dict(s.tags)) for s in store.shapes()} == {
        "box 0": ("stool", {}),
        "box 1": ("bench", {"grade": "7"}),
    }


def test_what_only_folders_suggest_is_for_new_shapes(store: Store, tmp_path: Path) -> None:
    folder = boxes(tmp_path / "chair/train", 1).parents[1]
    run(store, folder)
    assert one(store).label == "chair"
    store.label(store.keys(), "throne")
    run(store, folder)
    assert one(store).label == "throne"


@pytest.mark.parametrize("said", [{}, {"labels_from": "parent", "tags": {"year": "2"}}])
def test_a_changed_file_inherits_where_nothing_is_said(store: Store, tmp_path: Path, said: dict[str, Any]) -> None:
    path = tmp_path / "chair/train/a.obj"
    path.parent.mkdir(parents=True)
    BOX.export(path)
    run(store, path, tags={"site": "a", "year": "1"})
    store.label(store.keys(), "throne")
    trimesh.creation.icosphere(1).export(path)
    assert counts(run(store, path, **said)) == (1, 0, 0)
    shape, year = store.shape(str(path)), said.get("tags", {}).get("year", "1")
    assert shape.quality["faces"] == 80 and shape.label == ("train" if said else "throne")
    assert dict(shape.tags) == {"site": "a", "year": year, "split": "train"}


def test_a_moved_file_keeps_its_shape(store: Store, tmp_path: Path) -> None:
    folder = boxes(tmp_path / "in", 1)
    run(store, folder, tags={"site": "a"})
    store.label(store.keys(), "chair")
    before = one(store)
    shutil.move(folder, tmp_path / "there")
    assert counts(run(store, tmp_path / "there")) == (0, 1, 0)
    assert (one(store).key, one(store).label, one(store).tags) == (before.key, "chair", before.tags)


def test_other_bytes_of_a_stored_shape_label_it_too(store: Store, tmp_path: Path) -> None:
    BOX.export(tmp_path / "a.obj")
    run(store, tmp_path / "a.obj")
    (tmp_path / "chair").mkdir()
    BOX.export(tmp_path / "chair/b.stl")
    assert counts(run(store, tmp_path / "chair", labels_from="parent")) == (0, 1, 0)
    assert one(store).label == "chair"


def test_of_several_files_of_a_shape_the_first_is_heard(store: Store, tmp_path: Path) -> None:
    for label in ("a", "b"):
        (tmp_path / label).mkdir()
        BOX.export(tmp_path / label / "box.obj")
    for _ in range(2):
        run(store, tmp_path, labels_from="parent")
        assert one(store).label == "a" and len(one(store).sources) == 2


def test_a_dry_run_labels_nothing(store: Store, tmp_path: Path) -> None:
    folder = boxes(tmp_path / "chair", 1)
    run(store, folder)
    run(store, folder, labels_from="parent", dry_run=True)
    assert one(store).label is None


def test_a_tag_that_could_not_be_asked_for_is_refused_at_once(store: Store, tmp_path: Path) -> None:
    folder = boxes(tmp_path / "in", 1)
    with pytest.raises(BadInput, match="no tag can be called 'label'"):
        run(store, folder, tags={"label": "x"})
    with pytest.raises(BadInput, match=r"labels\.csv: its other columns become tags: no tag can be called 'field'"):
        run(store, folder, labels_csv=table(tmp_path / "labels.csv", "path,label,field\na,b,c\n"))
