"""What is alike, what is said and changed, and what takes long."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest

import index
import inrstore.remote as remote_module
from index.results import Hit, Result
from inrstore.errors import BadInput, InrstoreError, ModelNotFound, ShapeNotFound
from inrstore.progress import Progress
from inrstore.remote import Copy, Said
from inrstore.store import Store
from inrstore.tasks import Named
from tests.shapes import digest

from .conftest import Served

WORDS = ("variant", "has moved", 0.25, None)


def test_search(served: Served) -> None:
    store, remote, file = served
    for where in (None, "label=chair"):
        (truth,) = index.search(store, digest(3), k=3, pose="none", where=where)
        for query in (digest(3), remote.shape(digest(3)), file, str(file)):
            found = remote.search(query, k=3, pose="none", where=where)
            assert found.id == digest(3) and [hit.shape.id for hit in found.hits] == [hit.id for hit in truth.hits]
            assert [hit.score for hit in found.hits] == pytest.approx([hit.score for hit in truth.hits])
            assert [(hit.rank, hit.pose) for hit in found.hits] == [(1, None), (2, None), (3, None)]
            assert found.hits[0].shape == store.shape(truth.hits[0].id)


def test_words(served: Served) -> None:
    found = served.remote.search_text("chiar obj under 3 m", k=3)
    own = index.search_text(served.store, "chiar obj under 3 m", k=3)
    assert [(hit.rank, hit.shape.id, hit.score) for hit in found.hits] == [(h.rank, h.id, h.score) for h in own.hits]
    assert len(found.hits) == 3 and found.query == "chiar obj under 3 m"
    assert list(found.understood) == own.understood.sentences() and "taken for chair" in found.understood[-1]
    assert found.hits[0].why == tuple(one.said for one in own.hits[0].why)
    assert served.remote.search_text("chair", where="label=table", by="words").hits == ()
    with pytest.raises(BadInput):
        served.remote.search_text(" ")


def test_a_search_as_it_was_asked(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    store, remote, file = served
    shape, asked = store.shape(digest(1)), list[Any]()

    def search(store: Store, query: Any, **how: Any) -> Any:
        asked.append(how)
        hit = Hit(1, shape.id, shape.key, None, 0.5, "", pose=cast("Any", "turned"), shape=shape)
        return [Result(str(query), [hit], id=None if isinstance(query, str) else query.id)]

    monkeypatch.setattr(index, "search", search)
    for query in (digest(0), file):
        found = remote.search(query, k=7, pose="free", where={"label": None, "split": "a b&c"}, up="z")
        assert found.hits == (remote_module.Hit(1, 0.5, shape, "turned"),)
        assert (found.query, found.id) == (("corner.obj", None) if query is file else ("shape 0", digest(0)))
    how = {"k": 7, "pose": "free", "where": ["label=", "split=a b&c"]}
    assert asked == [how, {**how, "up": "z", "timeout": 60.0, "on_progress": None}]


def test_what_cannot_ask(served: Served, tmp_path: Path) -> None:
    remote = served.remote
    for wrong in ("nowhere.obj", tmp_path / "nowhere", tmp_path):
        with pytest.raises(BadInput, match="neither a file nor an id"):
            remote.search(wrong)
    with pytest.raises(ShapeNotFound):
        remote.search("0" * 64)
    for name, content in (("a.doc", "x"), ("empty.obj", "")):
        (tmp_path / name).write_text(content)
        for send in (remote.search, remote.add):
            with pytest.raises(BadInput):
                send(tmp_path / name)
    with pytest.raises(BadInput):
        remote.search(digest(3), k=0)
    with pytest.raises(BadInput, match="cannot be read"):
        remote.add(tmp_path / "nowhere.obj")


def test_a_file_is_stored(served: Served) -> None:
    store, remote, file = served
    heard: list[Progress] = []
    job = remote.wait(remote.add(file, label="corner"), heard.append)
    assert job.state == "done" and job.result == {"shapes": [digest(3)]} and heard
    assert remote.shape(digest(3)).label == "corner" and len(remote.sources(digest(3))) == 2
    assert remote.shape(digest(3)) == store.shape(digest(3))
    assert remote.jobs()[0] == remote.job(job.id) == remote.cancel(job) == job
    store.label(digest(3), "chair")


def test_a_job_that_fails_says_why(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    def ingest(*_: Any, **__: Any) -> Any:
        raise BadInput("it has no faces")

    monkeypatch.setattr("cli.serve.work.ingest", ingest)
    job = served.remote.add(served.file)
    with pytest.raises(InrstoreError, match="it has no faces"):
        served.remote.wait(job.id)
    assert served.remote.job(job).state == "failed"
    for wrong in ("0" * 16, "../shapes", "a b"):
        with pytest.raises(InrstoreError):
            served.remote.job(wrong)


def test_duplicates(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    store, remote, _ = served
    said = SimpleNamespace(relation="variant", words="has moved", chamfer_l1=0.25, reversed=lambda: said)
    keys = [store.shape(digest(n)).key for n in range(3)]
    members = [SimpleNamespace(key=key, evidence=said if place else None) for place, key in enumerate(keys)]
    looked: list[str] = []

    def look(store: Store, *, level: str, all: bool, on_progress: Any) -> Any:
        looked.append(level)
        on_progress(Progress(1, 2, stage="comparing"))
        return [SimpleNamespace(shapes=lambda: members), SimpleNamespace(shapes=lambda: members[:1])]

    monkeypatch.setattr(index, "duplicates", look)
    truth = [tuple(Copy(store.shape(digest(n)), *(WORDS if n else (None,) * 4)) for n in range(3))]
    for kept in (True, True, False):  # at first nobody has looked: somebody does
        assert remote.duplicates("variant", kept=kept) == truth
    assert looked == ["variant"] * 2
    with pytest.raises(BadInput):
        remote.duplicates("alike")


def test_labels_and_tags_are_changed_and_taken_back(served: Served) -> None:
    store, remote, _ = served
    before = list(store)
    both = remote.label([digest(0), before[1]], "stool"), remote.tag(digest(0), {"split": None, "by": "me"})
    assert [change.changed for change in both] == [2, 1]
    assert remote.count("label=stool") == 2 and remote.shape(digest(0)).tags == {"by": "me"}
    assert remote.undo(both[1]) == 1 and remote.undo(both[0].undo) == 2 and list(store) == before
    with pytest.raises(InrstoreError, match="taken back already"):
        remote.undo(both[0])
    assert remote.label([], "x").changed == 0
    with pytest.raises(ShapeNotFound):
        remote.label([digest(0), "0" * 64], "x")
    with pytest.raises(BadInput, match="no tag can be called"):
        remote.tag(digest(0), {"label": "x"})
    assert list(store) == before


def test_classify(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    store, remote, _ = served
    with pytest.raises(ModelNotFound):
        remote.classify(digest(0))
    keys, rows = store.embeddings()

    def classify(given: Any, top: int) -> list[Named]:
        """The place of an embedding in the store, in words."""
        places = [int(np.abs(rows - row).sum(1).argmin()) for row in given]
        return [Named(f"n{place}", 0.75, place == 1, ((f"n{place}", 0.75), ("x", 0.25))) for place in places]

    monkeypatch.setattr("cli.serve.naming.classifier", lambda gallery, name: SimpleNamespace(classify=classify))
    places = {store.shapes_by_key([key])[key].id: place for place, key in enumerate(keys.tolist())}
    asked = [digest(5), digest(0), list(places)[1]]
    for one, id in zip(remote.classify(asked), asked, strict=True):
        label = f"n{places[id]}"
        assert one == Said(id, label, 0.75, places[id] == 1, ((label, 0.75), ("x", 0.25)))
    assert remote.classify([]) == []
