"""Which files are found, in which order, and what their places say."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from ingest.discover import discover
from inrstore.errors import BadInput

OBJ = "v 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 3\n"


def touch(path: Path, text: str = OBJ) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def found(path: Path, **options: object) -> list[str]:
    return [os.path.relpath(s.path, path) for s in discover([path], **options).sources]  # type: ignore[arg-type]


def test_a_walk_is_sorted_and_takes_known_suffixes_only(tmp_path: Path) -> None:
    for name in (
        "b.obj",
        "a.STL",
        "a.mtl",
        "t.png",
        "notes.txt",
        "x.json",
        "sub/c.ply",
        "sub/.h.obj",
        "p.zip",
    ):
        touch(tmp_path / name)
    assert found(tmp_path) == ["a.STL", "b.obj", "sub/c.ply"]


def test_a_named_file_of_unknown_kind_or_place_is_a_failure(tmp_path: Path) -> None:
    result = discover([touch(tmp_path / "x.mtl"), tmp_path / "gone.obj", touch(tmp_path / "ok.zip")])
    assert [s.name for s in result.sources] == ["ok"]
    reasons = {Path(f.path).name: f.reason for f in result.failures}
    assert "unknown kind of file '.mtl'" in reasons["x.mtl"] and "no such file" in reasons["gone.obj"]


def test_each_file_once_however_named(tmp_path: Path) -> None:
    one = touch(tmp_path / "a.obj")
    assert len(discover([one, tmp_path, str(tmp_path) + "/./a.obj"]).sources) == 1


def test_names_with_spaces_and_other_scripts(tmp_path: Path) -> None:
    touch(tmp_path / "椅子 один/模型 ü.obj")
    source = discover([tmp_path], labels_from="parent").sources[0]
    assert (source.name, source.label) == ("模型 ü", "椅子 один")


def test_a_name_that_is_not_utf8_is_a_failure(tmp_path: Path) -> None:
    (tmp_path / os.fsdecode(b"caf\xe9.obj")).write_text(OBJ)
    result = discover([tmp_path])
    assert not result.sources and "UTF-8" in result.failures[0].reason
    result.failures[0].path.encode("utf-8")


def test_link_loops_end_and_links_are_followed_once(tmp_path: Path) -> None:
    touch(tmp_path / "real/a.obj")
    (tmp_path / "real/loop").symlink_to(tmp_path)
    (tmp_path / "zz").symlink_to(tmp_path / "real")
    assert found(tmp_path) == ["real/a.obj"]


def test_a_broken_link_and_a_link_to_itself_are_failures(tmp_path: Path) -> None:
    (tmp_path / "broken.obj").symlink_to(tmp_path / "nowhere.obj")
    (tmp_path / "self.obj").symlink_to(tmp_path / "self.obj")
    failures = discover([tmp_path]).failures
    assert len(failures) == 2 and "broken link" in failures[0].reason


def test_a_pipe_is_a_failure_and_is_not_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.obj")
    result = discover([tmp_path])
    assert not result.sources and "pipe" in result.failures[0].reason


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_no_permission_is_a_failure(tmp_path: Path) -> None:
    touch(tmp_path / "a.obj").chmod(0)
    touch(tmp_path / "shut/b.obj").parent.chmod(0)
    try:
        result = discover([tmp_path])
    finally:
        (tmp_path / "shut").chmod(0o700)
    assert not result.sources and all("permission" in f.reason for f in result.failures)
    assert len(result.failures) == 2


def test_a_store_is_not_walked_into(tmp_path: Path) -> None:
    touch(tmp_path / "s.store/store.json")
    touch(tmp_path / "s.store/inrs/x.npy")
    assert found(tmp_path) == []


def test_the_modelnet_layout_is_recognised(tmp_path: Path) -> None:
    touch(tmp_path / "chair/train/chair_0001.off")
    touch(tmp_path / "chair/other/chair_0002.off")
    one, two = sorted(discover([tmp_path]).sources, key=lambda s: s.name)
    assert (one.label, dict(one.tags)) == ("chair", {"split": "train"})
    assert (two.label, dict(two.tags)) == (None, {})


def test_labels_from_the_folders(tmp_path: Path) -> None:
    path = touch(tmp_path / "chair/kitchen/a.obj")
    assert discover([path], labels_from="parent", tags={"k": "v"}).sources[0].label == "kitchen"
    source = discover([tmp_path], labels_from="grandparent", tags={"k": "v"}).sources[0]
    assert (source.label, dict(source.tags)) == ("chair", {"k": "v"})


def test_labels_from_a_table(tmp_path: Path) -> None:
    for name in ("a", "b", "c", "d"):
        touch(tmp_path / f"m/{name}.obj")
    table = touch(tmp_path / "t.csv", f"path,label,split\nm/a.obj,chair,test\nb,stool,\n{tmp_path}/m/c.obj,bed,x\n")
    got = {s.name: (s.label, dict(s.tags)) for s in discover([tmp_path / "m"], labels_csv=table).sources}
    assert got == {
        "a": ("chair", {"split": "test"}),
        "b": ("stool", {}),
        "c": ("bed", {"split": "x"}),
        "d": (None, {}),
    }


@pytest.mark.parametrize(
    "options, message",
    [
        ({"labels_from": "name"}, "give one of"),
        ({"labels_from": "csv"}, "belong together"),
        ({"labels_from": "parent", "labels_csv": "t.csv"}, "belong together"),
        ({"labels_csv": "missing.csv"}, "missing.csv"),
    ],
)
def test_unusable_options(tmp_path: Path, options: dict[str, str], message: str) -> None:
    with pytest.raises(BadInput, match=message):
        discover([tmp_path], **options)  # type: ignore[arg-type]


def test_a_table_without_its_columns(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="needs path and label"):
        discover([tmp_path], labels_csv=touch(tmp_path / "t.csv", "file,class\n"))


def test_the_folders_that_were_read_are_told(tmp_path: Path) -> None:
    touch(tmp_path / "a/b/c.obj")
    assert discover([tmp_path]).folders == [str(tmp_path), str(tmp_path / "a"), str(tmp_path / "a/b")]


def test_a_table_costs_a_file_no_more_however_many_files_are_named(tmp_path: Path) -> None:
    count = 3_000
    for number in range(count):
        (tmp_path / f"{number}.obj").touch()
    table = tmp_path / "table.csv"
    table.write_text("path,label\n" + "".join(f"{number}.obj,l{number}\n" for number in range(count)))
    started = time.process_time()
    found = discover([tmp_path / f"{number}.obj" for number in range(count)], labels_csv=table)
    assert [source.label for source in found.sources] == [f"l{number}" for number in range(count)]
    assert time.process_time() - started < 5  # seconds; a comparison of each with each took ten times that


def test_a_table_that_lies_elsewhere_names_files_from_the_folders_that_are_given(tmp_path: Path) -> None:
    for name in ("in/a/x.obj", "in/b/x.obj", "more/b/x.obj", "table/none.txt"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    table = tmp_path / "table" / "labels.csv"
    table.write_text("path,label\na/x.obj,first\nb/x.obj,second\n")
    found = discover([tmp_path / "in", tmp_path / "more" / "b" / "x.obj"], labels_csv=table)
    assert [source.label for source in found.sources] == ["first", "second", None]
