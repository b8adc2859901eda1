"""Backends that are defined elsewhere: by a call, and by the entry point of another package."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import index
from cli.main import main
from index import registry
from inrstore.errors import BadInput
from inrstore.store import Store, init_store, open_store
from tests.index.outside import InMemory
from tests.shapes import digest, new_shape


@pytest.fixture
def store(tmp_path: Path, tiny_model: Any) -> Store:
    made = init_store(tmp_path / "shapes.store", tiny_model)
    made.commit([new_shape(tiny_model, number) for number in range(12)])
    return made


@pytest.fixture(params=["call", "entry point"])
def backend(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The name of a backend that is not in the tree."""
    monkeypatch.setattr(registry, "_registered", {})
    if request.param == "call":
        index.register("memory", InMemory)
        return "memory"
    package = tmp_path / "site"
    (package / "other-1.0.dist-info").mkdir(parents=True)
    (package / "other-1.0.dist-info/METADATA").write_text("Metadata-Version: 2.1\nName: other\nVersion: 1.0\n")
    (package / "other-1.0.dist-info/entry_points.txt").write_text(
        "[inrstore.backends]\nelsewhere = other_index:Other\n"
    )
    (package / "other_index.py").write_text(
        "from tests.index.outside import InMemory\n\n\nclass Other(InMemory): ...\n"
    )
    monkeypatch.syspath_prepend(str(package))
    request.addfinalizer(lambda: sys.modules.pop("other_index", None))
    return "elsewhere"


def test_a_backend_from_elsewhere_serves_everything(store: Store, tiny_model: Any, backend: str) -> None:
    assert index.backends() == ["auto", "flat", "hnsw", "ivf", "rabitq", "pgvector", backend]
    said: list[str] = []
    done = index.build(
        store, backend=backend, parameters={"called": backend}, on_progress=lambda progress: said.append(progress.stage)
    )
    assert (done.action, done.backend, done.count, said) == ("built", backend, 12, ["reading"])
    assert [(entry.name, entry.backend) for entry in store.index_rows()] == [("default", backend)]
    index.build(store, backend="flat", name="exact")
    query = store.shape(digest(3))

    def same(**options: Any) -> bool:
        ours, exact = (index.search(store, query.id, index=name, **options)[0].hits for name in ("default", "exact"))
        np.testing.assert_allclose([hit.score for hit in ours], [hit.score for hit in exact], atol=1e-6)
        return [hit.id for hit in ours] == [hit.id for hit in exact]

    assert same(k=5) and same(k=3, where={"label": "chair"}) and same(k=50, threshold=0.2)
    opened = index.open_index(store)
    assert isinstance(opened, InMemory) and [only.where for only in opened.filters] == [{"label": "chair"}]
    store.commit([new_shape(tiny_model, number) for number in range(12, 15)])
    assert index.status(store).to_dict()["state"] == "stale"
    assert same(k=20)
    assert (index.status(store).state, index.status(store).count) == ("current", 15)
    assert index.recall(store, k=4).recall == 1


def test_another_process_opens_it_as_it_was_built(store: Store, backend: str) -> None:
    index.build(store, backend="flat")
    index.search(store, digest(1))
    index.build(open_store(store.url), backend=backend)
    assert isinstance(index.open_index(store), InMemory)
    index.build(open_store(store.url), backend="hnsw")
    assert index.open_index(store).refresh().backend == "hnsw"


def test_the_command_takes_every_backend(store: Store, backend: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["index", "build", "--backend", backend, "--store", store.url]) == 0
    assert "12 rows" in capsys.readouterr().out
    assert main(["index", "build", "--backend", "annoy", "--store", store.url]) == 2
    assert f"auto, flat, hnsw, ivf, rabitq, pgvector, {backend}" in capsys.readouterr().err


def test_an_unknown_backend_is_named(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(BadInput, match="'annoy' is unknown: choose one of auto, flat, hnsw, ivf, rabitq, pgvector"):
        index.build(store, backend="annoy")
    index.register("memory", InMemory)
    index.build(store, backend="memory")
    monkeypatch.setattr(registry, "_registered", {})  # its package was taken away
    with pytest.raises(BadInput, match="'memory' is unknown"):
        index.search(store, digest(1))
    index.build(store)
    assert index.search(store, digest(1))[0].hits
