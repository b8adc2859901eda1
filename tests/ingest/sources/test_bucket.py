"""Objects and listings of a bucket, with a server that fails now and then."""

from __future__ import annotations

import hashlib
import random
from pathlib import Path

import pytest

from ingest.discover import discover
from ingest.sources import bucket as module
from ingest.sources import retry
from ingest.sources.bucket import bucket_of
from ingest.sources.retry import Unreachable
from inrstore.errors import BadInput
from tests.ingest.sources.buckets import Bucket

NAMES = [
    "z.obj",
    "a.obj",
    "b/y.stl",
    "b/deep/x.off",
    "b.c/w.ply",
    "B/v.obj",
    ".hidden/u.obj",
    "b/.t.obj",
    "__MACOSX/s.obj",
    "some.store/store.json",
    "some.store/deep/r.npy",
    "odd #1? name.obj",
    "notes.md",
    "old.fbx",
    "READ.OBJ",
]


def test_a_prefix_is_walked_like_a_folder(bucket: Bucket, tmp_path: Path) -> None:
    for name in NAMES:
        place = tmp_path / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text("x")
    bucket.put(**{f"set/{name}": "x" for name in NAMES}, **{"set/empty/": "", "settle/no.obj": "x"})
    here, there = discover([tmp_path]), discover([bucket.uri("set/")])
    assert [s.path.removeprefix(str(tmp_path)) for s in here.sources] == [
        s.path.removeprefix(bucket.uri("set")) for s in there.sources
    ]
    assert [Path(path).name for path in there.refused] == [Path(path).name for path in here.refused] == ["old.fbx"]
    assert there.failures == here.failures == []
    assert [s.name for s in there.sources] == [s.name for s in here.sources]


@pytest.mark.parametrize("labels_from", [None, "parent", "grandparent"])
def test_labels_are_those_of_folders(bucket: Bucket, tmp_path: Path, labels_from: str | None) -> None:
    for name in ("chair/train/a.obj", "chair/b.obj"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("x")
        bucket.put(**{f"{tmp_path.name}/{name}": "x"})
    found = [discover([root], labels_from=labels_from) for root in (tmp_path, bucket.uri())]
    here, there = ([(s.name, s.label, s.tags) for s in one.sources] for one in found)
    assert here == there


def test_a_table_of_labels_names_objects(bucket: Bucket, tmp_path: Path) -> None:
    bucket.put(**{"set/a.obj": "x", "set/b/c.obj": "x", "set/d.obj": "x"})
    table = tmp_path / "labels.csv"
    table.write_text(f"path,label,maker\n{bucket.uri('set/a.obj')},one,me\nb/c.obj,two,\n")
    found = discover([bucket.uri("set")], labels_csv=table)
    assert [(s.label, dict(s.tags)) for s in found.sources] == [("one", {"maker": "me"}), (None, {}), ("two", {})]


@pytest.mark.slow
def test_more_objects_than_a_page_lists(bucket: Bucket, monkeypatch: pytest.MonkeyPatch) -> None:
    bucket.put(**{f"set/{number:04d}.obj": "x" for number in range(1050)})
    assert len(discover([bucket.uri("set")]).sources) == 1050
    assert sum(method == "GET" for method, _ in bucket.server.asked) >= 2


def test_an_object_comes_whole_although_the_server_fails(
    bucket: Bucket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "CHUNK", 100_000)
    content = random.Random(0).randbytes(450_001)
    bucket.put(**{"a.obj": content})
    bucket.server.fail(2, 503, "a.obj", "HEAD")
    bucket.server.fail(3, 500, "a.obj", "GET")
    target = tmp_path / "deep" / "a.obj"
    sha256, size = bucket_of(bucket.uri("a.obj")).fetch(bucket.uri("a.obj"), target, 10**6)
    assert target.read_bytes() == content
    assert (sha256, size) == (hashlib.sha256(content).hexdigest(), 450_001)
    assert bucket.fetched("a.obj") == 5 + 3


def test_what_does_not_come(bucket: Bucket, tmp_path: Path) -> None:
    bucket.put(**{"a.obj": "x" * 100})
    held, source = bucket_of(bucket.uri()), bucket.uri("a.obj")
    with pytest.raises(BadInput, match="100 bytes, over the limit of 99; raise max_bytes"):
        held.fetch(source, tmp_path / "a", 99)
    assert bucket.fetched("a.obj") == 0
    with pytest.raises(BadInput, match="no such object"):
        held.fetch(bucket.uri("b.obj"), tmp_path / "a", 99)
    bucket.server.fail(1, 403, "a.obj")
    with pytest.raises(BadInput, match="no permission"):
        held.fetch(source, tmp_path / "a", 999)


@pytest.mark.slow
def test_a_server_that_fails_for_longer_than_pyarrow_asks(
    bucket: Bucket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bucket.put(**{"a.obj": "x"})
    held, source = bucket_of(bucket.uri()), bucket.uri("a.obj")
    bucket.server.fail(45, 503, "a.obj")  # about 33 of them before pyarrow gives up
    assert held.fetch(source, tmp_path / "a", 9)[1] == 1
    bucket.server.fail(999, 503, "a.obj")
    monkeypatch.setattr(retry, "TRIES", 1)
    with pytest.raises(Unreachable, match="in 1 tries .*run the same command again"):
        held.fetch(source, tmp_path / "a", 9)


def test_what_is_not_there(bucket: Bucket) -> None:
    bucket.put(**{"notes.md": "x", "marker/": ""})
    roots = [bucket.uri("nothing/"), bucket.uri("notes.md"), bucket.uri("marker/"), "s3://no-such-bucket-at-all/"]
    found = discover(roots)
    assert found.sources == [] and found.folders == [bucket.uri("marker")]
    reasons = [failure.reason for failure in found.failures]
    assert "no such object or prefix" in reasons[0] and "unknown kind of file '.md'" in reasons[1]
    assert "no such" in reasons[2]
    assert [failure.path for failure in found.failures] == [
        bucket.uri("nothing"),
        roots[1],
        "s3://no-such-bucket-at-all",
    ]
