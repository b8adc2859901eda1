"""Workers that see nothing of what the calling process has fetched or unpacked, as those of another machine."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import ingest
from ingest.engines.inline import InlineEngine
from ingest.options import Options
from inrstore.store import Store
from tests.ingest.runs import BOX, boxes, counts, zipped
from tests.ingest.sources.buckets import Bucket
from tests.ingest.sources.shards import shard


class FarEngine(InlineEngine):
    """While a task is done, temporary folders of before are not there."""

    far = True

    def run(self, function: Callable[[Any], Any], tasks: Any, *_: Any, **__: Any) -> Iterator[Any]:
        def elsewhere(task: Any) -> Any:
            here = list(Path(tempfile.gettempdir()).glob("inrstore-*"))
            for folder in here:
                os.rename(folder, folder.with_name(f"hidden-{folder.name}"))
            try:
                return function(task)
            finally:
                for folder in here:
                    os.rename(folder.with_name(f"hidden-{folder.name}"), folder)

        yield from super().run(elsewhere, tasks)

    def beside(self, function: Callable[[Any], Any], tasks: Any) -> Iterator[Any]:
        return map(function, tasks)


@pytest.fixture(autouse=True)
def far(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))

    def made(options: Options, initializer: Any, initargs: Any, most: int | None = None) -> FarEngine:
        return FarEngine(options.timeout, initializer, initargs)

    monkeypatch.setattr("ingest.pipeline.make_engine", made)


def test_objects_are_fetched_by_who_reads_them(store: Store, bucket: Bucket) -> None:
    for number in range(3):
        bucket.put(**{f"boxes/{number}.obj": f"# {number}\n{BOX.export(file_type='obj')}".encode()})
    bucket.put(**{"boxes/broken.obj": b"f 1 2 3\n"})
    done = ingest.ingest(store, [bucket.uri("boxes")], keep_samples=0)
    assert counts(done) == (1, 2, 1)  # boxes of one content
    assert {source for shape in store.shapes() for source in shape.sources} == {
        bucket.uri(f"boxes/{number}.obj") for number in range(3)
    }
    assert counts(ingest.ingest(store, [bucket.uri("boxes")])) == (0, 3, 1)


def test_what_was_unpacked_here_is_sent(store: Store, tmp_path: Path) -> None:
    folder = boxes(tmp_path / "boxes", 3)
    models = {path.name: path.read_bytes() for path in sorted(folder.iterdir())}
    tar = tmp_path / "00000.tar"
    tar.write_bytes(shard(**models))
    done = ingest.ingest(store, [tar])
    assert counts(done) == (3, 0, 0)
    assert sorted(s.sources[0] for s in store.shapes()) == sorted(f"{tar}#{name}" for name in models)
    archive = zipped(tmp_path / "more.zip", **{f"in/{n}": data for n, data in models.items()})
    again = ingest.ingest(store, [archive], scenes="parts")
    assert counts(again) == (0, 3, 0) and len(store) == 3 and store.verify().ok
    assert not list((tmp_path / "temporary").glob("inrstore-*"))
