"""A file is there whole or not at all, whatever happens while it is written."""

from __future__ import annotations

import errno
import hashlib
import os
from pathlib import Path

import pytest

from inrstore import files
from inrstore.errors import BadInput, StorageFull


@pytest.mark.parametrize("durable", [False, True])
def test_a_file_appears_whole(tmp_path: Path, durable: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[Path] = []
    monkeypatch.setattr(files, "sync", synced.append)
    path = tmp_path / "a.bin"
    for content in (b"first", memoryview(b"second")):
        files.write_atomically(path, content, durable=durable)
        assert path.read_bytes() == content
    assert os.listdir(tmp_path) == ["a.bin"]
    assert ([p.suffix for p in synced[:1]], synced[1:2]) == (([".bin"], [tmp_path]) if durable else ([], []))


def test_the_temporary_name_has_the_ending_and_is_beside(tmp_path: Path) -> None:
    with files.atomic_path(tmp_path / ("x" * 240 + ".png")) as temporary:
        assert temporary.parent == tmp_path and temporary.suffix == ".png"
        assert temporary.name.startswith(files.TEMPORARY)
        temporary.touch()


@pytest.mark.parametrize("error", [RuntimeError(), KeyboardInterrupt(), PermissionError()])
def test_after_a_failure_the_former_file_is_left(tmp_path: Path, error: BaseException) -> None:
    path = tmp_path / "a.txt"
    path.write_text("old")
    with pytest.raises(type(error)), files.atomic_path(path) as temporary:
        temporary.write_text("half")
        raise error
    assert (path.read_text(), os.listdir(tmp_path)) == ("old", ["a.txt"])


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_a_full_disk_is_said_in_a_sentence(tmp_path: Path, number: int, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(StorageFull) as caught:
        files.write_atomically(tmp_path / "a.txt", b"new")
    assert str(caught.value) == f"{tmp_path}/a.txt: the disk is full; free some space, then repeat"
    assert caught.value.errno == number and os.listdir(tmp_path) == []


def test_a_really_full_disk(small_disk: Path) -> None:
    (small_disk / "a.bin").write_bytes(b"old")
    with pytest.raises(StorageFull, match="the disk is full"):
        files.write_atomically(small_disk / "a.bin", bytes(1 << 26), durable=True)
    assert os.listdir(small_disk) == ["a.bin"] and (small_disk / "a.bin").read_bytes() == b"old"


def test_a_directory_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="nowhere does not exist; create it first"):
        files.write_atomically(tmp_path / "nowhere/a.txt", b"new")


def test_a_link_is_followed(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link.txt").symlink_to(tmp_path / "real/file.txt")
    files.write_atomically(tmp_path / "link.txt", b"new")
    assert (tmp_path / "real/file.txt").read_bytes() == b"new" and (tmp_path / "link.txt").is_symlink()


def test_new_files_have_the_permissions_of_the_process(tmp_path: Path) -> None:
    former = os.umask(0o027)
    try:
        files.write_atomically(tmp_path / "a", b"")
    finally:
        os.umask(former)
    assert (tmp_path / "a").stat().st_mode & 0o777 == 0o640


def test_the_hash_is_of_the_bytes(tmp_path: Path) -> None:
    content = bytes(range(256)) * 5_000
    (tmp_path / "a").write_bytes(content)
    assert files.sha256(tmp_path / "a") == hashlib.sha256(content).hexdigest()
