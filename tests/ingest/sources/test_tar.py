"""Shards that are damaged, or made to do harm: what is refused, what is kept, and what it costs."""

from __future__ import annotations

import gzip
import io
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

from ingest.files.geometry import Limits
from ingest.sources.samples import Sample, samples
from ingest.sources.tar import members
from inrstore.errors import BadInput
from tests.ingest.sources.shards import added, shard


def through(data: bytes, folder: Path, limits: Limits | None = None) -> tuple[list[Sample], str]:
    """The samples that a shard gives before it ends, and the error with which it does."""
    found: list[Sample] = []
    try:
        for sample in samples(io.BytesIO(data), maker(folder), limits or Limits()):
            found.append(sample)
    except BadInput as error:
        return found, str(error)
    return found, ""


class Endless:
    """A stream that begins so, and goes on with zeros."""

    def __init__(self, start: bytes) -> None:
        self.start, self.given = start, 0

    def read(self, count: int) -> bytes:
        found, self.start = self.start[:count].ljust(count, b"\0"), self.start[count:]
        self.given += count
        return found


def maker(folder: Path) -> Callable[[], str]:
    def new() -> str:
        made = folder / str(sum(1 for _ in folder.iterdir()))
        made.mkdir()
        return str(made)

    return new


def test_samples_are_neighbours_with_one_name(tmp_path: Path) -> None:
    data = shard(
        **{
            "./a/000.json": '{"label": "x"}',
            "./a/000.obj": "one",
            "./a/000.mtl": "mine",
            "b/000.obj": "two",
            "b/001.v2.STL": "three",
            ".hidden/x.obj": "four",
            "no dot": "five",
        }
    )
    found, problem = through(data, tmp_path)
    assert problem == ""
    assert [(s.name, [m.name for m in s.models]) for s in found if s.models] == [
        ("a/000", ["a/000.obj"]),
        ("b/000", ["b/000.obj"]),
        ("b/001", ["b/001.v2.STL"]),
    ]
    folder = Path(found[0].folder)
    assert sorted(p.name for p in folder.iterdir()) == ["000.mtl", "000.obj"]
    assert (folder / "000.obj").read_text() == "one"
    assert found[0].models[0].sha256 == "7692c3ad3540bb803c020b3aee66cd8887123234ea0c6e7143c0add73ff431ed"


def test_what_samples_say() -> None:
    said = {
        "json": b'{"label": "from json", "maker": "me", "number": 3, "sure": true, "none": null, "deep": {"a": 1},'
        b' "name": "taken", "long": "' + b"x" * 2000 + b'", "odd": "a\\ud800\\u0000\\nb"}',
        "txt": b"  a chair \n with arms\n",
    }
    label, tags = Sample("a", said=said).facts()
    assert label == "from json"
    assert tags == {
        "maker": "me",
        "number": "3",
        "sure": "true",
        "long": "x" * 1000,
        "odd": "a? b",
        "caption": "a chair with arms",
    }
    assert Sample("a", said={**said, "cls": b"7\n"}).facts()[0] == "7"
    assert Sample("a", said={"json": b'{"class": 3}'}).facts() == ("3", {})
    assert Sample("a", said={"json": b"[1]"}).facts() == (None, {})
    for broken in (b"{", b"\xff", b"[" * 100_000, b"1" * 10_000):
        with pytest.raises(BadInput, match="it is no JSON"):
            Sample("a", said={"json": broken}).facts()


def test_hostile_members_are_refused_and_the_others_taken(tmp_path: Path) -> None:
    inside = tmp_path / "in"
    inside.mkdir()

    def special(name: str, kind: bytes, target: str = "") -> tarfile.TarInfo:
        info = tarfile.TarInfo(name)
        info.type, info.linkname = kind, target
        return info

    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w", format=tarfile.GNU_FORMAT) as tar:
        added(tar, "../out.obj", b"x")
        added(tar, "/tmp/out-of-shard.obj", b"x")
        added(tar, "a\\out.obj", b"x")
        tar.addfile(special("soft.obj", tarfile.SYMTYPE, "/etc/passwd"))
        tar.addfile(special("hard.obj", tarfile.LNKTYPE, "../out.obj"))
        tar.addfile(special("null.obj", tarfile.CHRTYPE))
        tar.addfile(special("disk.obj", tarfile.BLKTYPE))
        tar.addfile(special("pipe.obj", tarfile.FIFOTYPE))
        added(tar, "latin \udce9.obj", b"x")
        added(tar, "n" * 300 + ".obj", b"x")
        added(tar, "large.obj", b"x" * 5000)
        added(tar, "twice.obj", b"1")
        added(tar, "twice.obj", b"2")
        added(tar, "good.obj", b"good")
    found, problem = through(file.getvalue(), inside, Limits(max_bytes=4000))
    refused = {name: reason for sample in found for name, reason in sample.refused.items()}
    assert problem == ""
    assert [model.name for sample in found for model in sample.models] == ["twice.obj", "good.obj"]
    assert all("leads out" in refused[n] for n in ("../out.obj", "/tmp/out-of-shard.obj", "a\\out.obj"))
    assert all("a link" in refused[n] for n in ("soft.obj", "hard.obj"))
    assert "a device" in refused["null.obj"] and "a device" in refused["disk.obj"] and "a pipe" in refused["pipe.obj"]
    assert "UTF-8" in refused["latin \\udce9.obj"] and "too long" in refused["n" * 300 + ".obj"]
    assert "over the limit of 4,000" in refused["large.obj"] and "same name" in refused["twice.obj"]
    assert not (tmp_path / "out.obj").exists() and not Path("/tmp/out-of-shard.obj").exists()
    assert not list(inside.rglob("*out*")) and not any(p.is_symlink() for p in inside.rglob("*"))


@pytest.mark.parametrize(
    ("cut", "kept"),
    [(512, 0), (512 + 300, 0), (1024 + 100, 1), (1024 + 512 + 10, 1), (2048, 2), (2048 + 512, 2)],
)
def test_what_came_before_the_cut_is_kept(tmp_path: Path, cut: int, kept: int) -> None:
    whole = shard(**{"a.obj": "x" * 400, "b.obj": "y" * 400})
    assert [len(one) for one in through(whole, tmp_path)[0:1]] == [2]
    (tmp_path / "cut").mkdir()
    found, problem = through(whole[:cut], tmp_path / "cut")
    assert "cut short" in problem or cut == 2048 + 512
    assert sum(len(sample.models) for sample in found) == kept


@pytest.mark.parametrize(
    "data",
    [b"", b"no tar at all", b"\0" * 100, b"\xff" * 5000, gzip.compress(shard(a="x"), mtime=0)],
    ids=["nothing", "text", "zeros", "ones", "compressed"],
)
def test_what_is_no_tar(data: bytes) -> None:
    with pytest.raises(BadInput, match="damaged or cut short"):
        list(members(io.BytesIO(data)))


def test_a_damaged_header_is_not_taken_for_the_end(tmp_path: Path) -> None:
    whole = bytearray(shard(**{"a.obj": "x", "b.obj": "y", "c.obj": "z"}))
    whole[1024:1030] = b"\1\2\3\4\5\6"
    found, problem = through(bytes(whole), tmp_path)
    assert [s.name for s in found] == ["a"] and "bad checksum" in problem


def test_long_headers_and_sizes_that_lie_cost_no_memory(tmp_path: Path) -> None:
    def header(name: str, kind: bytes, size: int) -> bytes:
        info = tarfile.TarInfo(name)
        info.type, info.size = kind, size
        return info.tobuf(tarfile.GNU_FORMAT)

    for kind in (tarfile.XHDTYPE, tarfile.XGLTYPE, tarfile.GNUTYPE_LONGNAME, tarfile.GNUTYPE_LONGLINK):
        endless = Endless(header("x", kind, 2**40))
        with pytest.raises(BadInput, match="a header of 1,099,511,627,776 bytes"):
            list(members(endless))  # type: ignore[arg-type]
        assert endless.given < 100_000
    found, problem = through(header("huge.obj", tarfile.REGTYPE, 8 * 2**60) + b"x", tmp_path, Limits(max_bytes=10**6))
    assert "over the limit" in found[0].refused["huge.obj"] and "cut short" in problem


def test_a_sparse_member_is_as_large_as_it_says(tmp_path: Path) -> None:
    path = tmp_path / "sparse.obj"
    with path.open("wb") as file:
        file.truncate(10**7)
    import subprocess

    subprocess.run(["tar", "-S", "-cf", tmp_path / "s.tar", "-C", tmp_path, "sparse.obj"], check=True)
    data = (tmp_path / "s.tar").read_bytes()
    assert len(data) < 10**5
    (tmp_path / "in").mkdir()
    found, problem = through(data, tmp_path / "in", Limits(max_bytes=10**6))
    assert "10,000,000 bytes, over the limit" in found[0].refused["sparse.obj"] and problem == ""
