"""Ingest over two nodes: what a node that leaves, a driver that is killed and GPUs do to it."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import ingest
from ingest import worker
from ingest.engines import WorkersBroken
from ingest.engines.ray import RayEngine
from ingest.engines.ray_actors import Worker
from inrstore.errors import BadInput, MissingDependency
from inrstore.store import Store, init_store, open_store
from tests.ingest.refining.refinements import profile
from tests.ingest.runs import boxes, counts
from tests.shapes import REPO

from .clusters import add_node, two_nodes

pytest.importorskip("ray")
FILES = 12


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    with two_nodes() as cluster:
        yield cluster


@pytest.fixture
def others(cluster: Any) -> list[Any]:
    """The nodes beside the head, of which there is one."""
    while len(cluster.worker_nodes) < 1:
        add_node(cluster)
    return list(cluster.worker_nodes)


def check(store: Store, folder: Path) -> None:
    """Every file is a shape, once, and the store is sound."""
    shapes = store.shapes()
    assert len(shapes) == len({shape.id for shape in shapes}) == FILES
    assert sorted(source for shape in shapes for source in shape.sources) == sorted(map(str, folder.iterdir()))
    assert store.verify().problems == [] == store.failures()


def weights(store: Store) -> dict[str, bytes]:
    return {s.id: store.weights([s.key]).tobytes() + store.embeddings([s.key])[1].tobytes() for s in store}


def test_what_two_nodes_store_is_what_this_machine_stores(
    store: Store, tmp_path: Path, small_model: Any, others: list[Any]
) -> None:
    folder = boxes(tmp_path / "in", FILES)
    assert counts(ingest.ingest(store, [folder], engine="ray")) == (FILES, 0, 0)
    check(store, folder)
    local = init_store(tmp_path / "local.store", small_model)
    ingest.ingest(local, [folder], jobs=2)
    assert weights(store) == weights(local)
    assert counts(ingest.ingest(store, [folder], engine="ray")) == (0, FILES, 0)


def where(task: float) -> str:
    import ray

    time.sleep(task)
    return str(ray.get_runtime_context().get_node_id())


@pytest.mark.slow
def test_both_nodes_work_and_one_that_comes_later_does_too(cluster: Any, others: list[Any]) -> None:
    with RayEngine(None, 30, os.getpid, ()) as engine:
        assert engine.jobs == 2
        assert len({done.result for done in engine.run(where, [0.1] * 20) if done}) == 2
        third = add_node(cluster)
        try:
            found: set[str | None] = set()

            def tasks() -> Iterator[float]:
                while len(found) < 3:
                    yield 0.2

            for done in engine.run(where, tasks()):
                found |= {done.result} if done else set()
            assert len(found) == 3 == engine.jobs
        finally:
            cluster.remove_node(third)


def test_a_node_that_leaves_costs_no_shape(store: Store, tmp_path: Path, cluster: Any, others: list[Any]) -> None:
    folder = boxes(tmp_path / "in", FILES)

    def leave(progress: ingest.Progress) -> None:
        if progress.done == 3 and cluster.worker_nodes:
            cluster.remove_node(next(iter(cluster.worker_nodes)), allow_graceful=False)

    result = ingest.ingest(store, [folder], engine="ray", on_progress=leave)
    assert counts(result) == (FILES, 0, 0) and not cluster.worker_nodes
    check(store, folder)


SCRIPT = """
import sys
import ingest.writer
from inrstore.store import open_store
ingest.writer.BATCH = 3
store = open_store(sys.argv[1])
told = lambda p: print(p.done, flush=True)
ingest.ingest(store, [sys.argv[2]], engine="ray", ray_address=sys.argv[3], on_progress=told)
"""


@pytest.mark.slow
def test_a_driver_that_is_killed_loses_and_doubles_nothing(
    store: Store, tmp_path: Path, cluster: Any, others: list[Any]
) -> None:
    folder = boxes(tmp_path / "in", FILES)
    command = [sys.executable, "-c", SCRIPT, store.url, str(folder), cluster.address]
    environment = {**os.environ, "PYTHONPATH": str(REPO), "OMP_NUM_THREADS": "1"}
    child = subprocess.Popen(command, env=environment, cwd=REPO, stdout=subprocess.PIPE, text=True)
    try:
        assert child.stdout
        assert [child.stdout.readline().strip() for _ in range(7)][-1] == "7"
    finally:
        child.kill()
        child.wait()
    assert open_store(store.url).verify().problems == []
    before = len(open_store(store.url))
    assert 3 <= before < FILES
    again = subprocess.run(command, env=environment, cwd=REPO, capture_output=True, text=True, timeout=120)
    assert again.returncode == 0 and again.stderr == "", again.stderr
    check(open_store(store.url), folder)


@pytest.mark.slow
def test_refine_encode_and_queries_on_the_cluster(store: Store, tmp_path: Path, others: list[Any]) -> None:
    folder = boxes(tmp_path / "in", 3)
    ingest.ingest(store, [folder], jobs=2, keep_samples=1_000)
    before = store.embeddings()[1]
    assert ingest.encode(store, engine="ray").encoded == 3
    assert store.embeddings()[1].tobytes() == before.tobytes()
    names, rows, failures = ingest.embed_files(store, [folder], engine="ray")
    assert failures == [] and len(names) == 3
    assert {row.tobytes() for row in rows} == {row.tobytes() for row in before}
    result = ingest.refine(store, store.keys(), profile=profile(tmp_path), engine="ray")
    assert (result.refined, result.failed) == (3, 0)


def finish_on_cpu(prepared: list[Any], device: str) -> list[Any]:
    """What a GPU's worker does, where there is none; that it was given one is seen by its environment."""
    assert device == "cuda" and os.environ["CUDA_VISIBLE_DEVICES"] == "0"
    return worker.finish_all(prepared, "cpu")


@pytest.mark.slow
def test_gpus_of_the_cluster_fit(
    store: Store, tmp_path: Path, cluster: Any, others: list[Any], small_model: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ingest.batches.finish_all", finish_on_cpu)
    monkeypatch.setattr("ingest.run.GPU_BATCH", 5)
    folder = boxes(tmp_path / "in", FILES)
    node = add_node(cluster, num_cpus=0, num_gpus=1)  # Ray takes our word for it
    try:
        assert counts(ingest.ingest(store, [folder], engine="ray")) == (FILES, 0, 0)
    finally:
        cluster.remove_node(node)
    check(store, folder)
    local = init_store(tmp_path / "local.store", small_model)
    ingest.ingest(local, [folder], jobs=2)
    assert weights(store).keys() == weights(local).keys()


def test_who_is_no_worker(cluster: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "the run is of 0.0.1" in str(Worker("0.0.1", b"")._problem)
    refused = pytest.raises(WorkersBroken, match="could not start: ValueError: invalid literal")
    with refused, RayEngine(1, 30, int, ("x",)) as engine:
        list(engine.run(abs, [1]))
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(MissingDependency, match=r"pip install 'inrstore\[ray\]'"):
        RayEngine(1, 30, os.getpid, ())


def test_where_no_cluster_answers() -> None:
    code = "import os, sys; from ingest.engines.ray import RayEngine; RayEngine(1, 1, os.getpid, (), sys.argv[1])"
    for address, words in (("127.0.0.1:1", "ray_address 127.0.0.1:1: no Ray cluster answers"), ("a/b", "HOST:PORT")):
        found = subprocess.run([sys.executable, "-c", code, address], cwd=REPO, capture_output=True, text=True)
        assert found.returncode == 1 and words in found.stderr.splitlines()[-1]
    with pytest.raises(BadInput, match="engine is local"):
        ingest.IngestOptions(ray_address="auto")
