"""What a store remembers besides its shapes."""

from __future__ import annotations

from typing import Any

import pytest

from inrstore import errors
from inrstore.store import Store
from tests.shapes import new_shape


def test_failures(store: Store, tiny_model: Any) -> None:
    store.record_failure("/b", "first", "load")
    store.record_failure("/b", "second", "fit")
    store.record_failure("/data/chair/1.obj", "hung")
    assert [(f.path, f.reason, f.stage) for f in store.failures()] == [
        ("/b", "second", "fit"),
        ("/data/chair/1.obj", "hung", ""),
    ]
    store.commit([new_shape(tiny_model, 1)])
    assert [f.path for f in store.failures()] == ["/b"]
    store.clear_failure("/b")
    assert store.failures() == []


def test_runs_and_indexes(store: Store) -> None:
    store.record_run("ingest", {"jobs": 2}, {"stored": 3})
    assert [(run.command, run.settings, run.result) for run in store.runs()] == [("ingest", {"jobs": 2}, {"stored": 3})]
    store.register_index("default", "flat", {"rows": 1})
    store.register_index("default", "hnsw", {"rows": 2}, generation=7)
    (row,) = store.index_rows()
    assert (row.name, row.backend, row.generation, row.info) == ("default", "hnsw", 7, {"rows": 2})
    store.forget_index("default")
    assert store.index_rows() == []
    assert store.index_dir("default") == store.work_dir("indexes/default")
    for name in ("../x", ".hidden", "", "a/b"):
        with pytest.raises(errors.BadInput, match="index name"):
            store.index_dir(name)
