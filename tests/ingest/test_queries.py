"""Files as queries: one pool of workers stays warm, whatever happens to it, and goes when it should."""

from __future__ import annotations

import gc
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest

import ingest
from ingest import engines
from ingest.queries import FileQueries
from inrstore.errors import BadInput
from inrstore.network.turning import turned
from inrstore.queries import file_encoder
from inrstore.records import Failure
from inrstore.store import Store, init_store
from tests.ingest.runs import boxes, run

REPO = Path(__file__).parents[2]


@pytest.fixture
def queries() -> Iterator[FileQueries]:
    with FileQueries() as made:
        yield made


def workers() -> set[int]:
    """Processes that a pool of this one has started."""
    this = psutil.Process()
    found = [process for process in this.children(recursive=True) if process.ppid() != this.pid]
    return {process.pid for process in found if process.status() != psutil.STATUS_ZOMBIE}


def pids(queries: FileQueries) -> set[int]:
    assert queries._workers is not None
    return set(queries._workers.engine._pool._pool_manager.worker_manager.workers)


def gone(ended: set[int], seconds: float = 10) -> bool:
    deadline = time.monotonic() + seconds
    while ended & workers():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def paths(tmp_path: Path, count: int = 2) -> list[str]:
    return sorted(str(path) for path in boxes(tmp_path / "in", count).iterdir())


def test_the_same_workers_serve_every_call(queries: FileQueries, store: Store, tmp_path: Path) -> None:
    files = paths(tmp_path)
    first = queries.embed(store, files, jobs=2)
    serving = pids(queries)
    assert len(serving) == 2 and serving <= workers()
    for options in ({}, {"field": "udf"}, {"up": "z"}, {"align": "full"}):  # go with each file, not with the worker
        again = queries.embed(store, files[:1], jobs=2, **options)  # type: ignore[arg-type]
        assert np.array_equal(first[0], again[0]) == (not options)
    assert pids(queries) == serving


def test_embeddings_are_those_of_an_ingest(queries: FileQueries, store: Store, tmp_path: Path) -> None:
    files = paths(tmp_path, 3)
    bad = tmp_path / "bad.obj"
    bad.write_text("")
    broken = queries.embed(store, [files[0], str(bad), files[2], files[0], "nowhere.obj"], jobs=2)
    assert store.count() == 0 and store.failures() == []
    assert isinstance(broken[1], Failure) and broken[1].path == str(bad)
    assert isinstance(broken[4], Failure) and "no such file" in broken[4].reason
    run(store, *map(Path, files))
    for place, name in ((0, files[0]), (2, files[2]), (3, files[0])):
        stored = store.embeddings([store.shape(name).key])[1][0]
        np.testing.assert_allclose(broken[place], stored, atol=2e-3)


def test_turned_embeddings_are_those_of_the_turned_network(queries: FileQueries, store: Store, tmp_path: Path) -> None:
    files = paths(tmp_path)
    quarter = np.array([[0, 0, 1], [0, 1, 0], [-1, 0, 0]], np.float32)
    turns = np.stack([np.eye(3, dtype=np.float32), quarter])
    found = queries.embed(store, files, turns=turns)
    plain = queries.embed(store, files)
    run(store, *map(Path, files))
    for path, both, alone in zip(files, found, plain, strict=True):
        assert not isinstance(both, Failure) and not isinstance(alone, Failure)
        np.testing.assert_allclose(both[0], alone, atol=1e-6)
        network = turned(store.base().siren, store.weights([path])[0], turns[1:])
        due = store.encoder().build(store.base()).encode("sdf", network)[0]
        np.testing.assert_allclose(both[1], due, atol=2e-3)


def test_shapes_are_those_of_an_ingest(queries: FileQueries, store: Store, tmp_path: Path) -> None:
    bad = tmp_path / "bad.obj"
    bad.write_text("nothing")
    first, failed, second = queries.shapes(
        store, [paths(tmp_path)[0], str(bad), paths(tmp_path)[1]], jobs=2, up="z", align="full"
    )
    assert isinstance(failed, Failure) and failed.path == str(bad) and store.count() == 0
    run(store, tmp_path, up="z", align="full")
    for path, found in zip(paths(tmp_path), (first, second), strict=True):
        assert not isinstance(found, Failure)
        stored = store.shape(path)
        assert (stored.id, found.source, stored.scale) == (found.sha256, path, found.scale)
        np.testing.assert_allclose(store.weights([stored])[0], found.inrs[0].weights, atol=1e-6)


def test_a_folder_s_files(queries: FileQueries, tmp_path: Path) -> None:
    folder = boxes(tmp_path / "in", 2)
    (folder / "notes.txt").write_text("")
    (folder / "lost.obj").symlink_to("nowhere")
    found, failures = queries.files(str(folder))
    assert [Path(path).name for path in found] == ["box 0.obj", "box 1.obj"]
    assert [Path(failure.path).name for failure in failures] == ["lost.obj"]


def test_as_many_workers_as_there_are_files(
    queries: FileQueries, store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ingest.queries.cpu_count", lambda: 3)
    files = paths(tmp_path, 5)
    for count, jobs, due in ((1, None, 1), (2, None, 2), (5, None, 3), (1, None, 3), (5, 4, 4)):
        former = pids(queries) if queries._workers else set()
        assert not any(isinstance(one, Failure) for one in queries.embed(store, files[:count], jobs=jobs))
        assert len(pids(queries)) == due
        assert (former == pids(queries)) == (len(former) == due) and gone(former - pids(queries))


def test_another_encoder_gets_workers_of_its_own(
    queries: FileQueries, store: Store, tmp_path: Path, small_model: Any
) -> None:
    import dataclasses

    files = paths(tmp_path, 1)
    (first,) = queries.embed(store, files)
    former = pids(queries)
    part = small_model.encoder
    encoder = dataclasses.replace(part, tensors={name: value * 1.5 for name, value in part.tensors.items()})
    other = init_store(tmp_path / "other.store", dataclasses.replace(small_model, name="other", encoder=encoder))
    (second,) = queries.embed(other, files)
    assert not np.array_equal(first, second) and gone(former)  # type: ignore[arg-type]


@pytest.mark.parametrize("how", ["close", "context", "store", "embed_files"])
def test_the_workers_end_with_what_holds_them(store: Store, tmp_path: Path, small_model: Any, how: str) -> None:
    files = paths(tmp_path, 1)
    before = workers()
    if how == "context":
        with FileQueries() as queries:
            queries.embed(store, files)
            serving = workers() - before
    else:
        short = init_store(tmp_path / "short.store", small_model)
        if how == "embed_files":
            ingest.embed_files(short, files)
        else:
            file_encoder(short).embed(short, files)
        serving = workers() - before
        if how == "close":
            file_encoder(short).close()
            assert gone(serving) and not isinstance(file_encoder(short).embed(short, files)[0], Failure)
        del short
        gc.collect()
    assert serving and gone(serving) and gone(workers() - before)


def test_threads_share_the_workers(queries: FileQueries, store: Store, tmp_path: Path) -> None:
    files = paths(tmp_path, 6)
    alone = queries.embed(store, files, jobs=2)
    serving = pids(queries)
    answers: dict[int, Any] = {}

    def ask(number: int) -> None:
        answers[number] = queries.embed(store, files[number:] + files[:number], jobs=2)

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert pids(queries) == serving
    for number in range(6):
        for one, due in zip(answers[number], alone[number:] + alone[:number], strict=True):
            np.testing.assert_array_equal(one, due)


def test_workers_that_were_killed_between_calls_are_replaced(
    queries: FileQueries, store: Store, tmp_path: Path
) -> None:
    files = paths(tmp_path, 2)
    first = queries.embed(store, files, jobs=2)
    for wait in (0.0, 0.5):  # before the pool has seen it, and after
        for pid in pids(queries):
            os.kill(pid, signal.SIGKILL)
        time.sleep(wait)
        np.testing.assert_array_equal(first, queries.embed(store, files, jobs=2))


def test_a_worker_that_hangs_or_crashes_costs_its_file(
    queries: FileQueries, store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = paths(tmp_path, 1)
    queries.embed(store, files)
    assert queries._workers is not None
    engine = queries._workers.engine
    (crashed,) = [done for done in engine.run(os._exit, [3]) if done]
    engine.timeout = 0.3
    (hung,) = [done for done in engine.run(time.sleep, [60]) if done]
    engine.timeout = 60
    assert (crashed.stage, hung.stage) == ("crash", "timeout")
    assert not isinstance(queries.embed(store, files)[0], Failure)
    assert queries._workers.engine is engine


def test_workers_that_cannot_start_are_an_error(
    queries: FileQueries, store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ingest.worker.start", os._exit)
    with pytest.raises(engines.WorkersBroken):
        queries.embed(store, paths(tmp_path, 1))
    monkeypatch.undo()
    assert not isinstance(queries.embed(store, paths(tmp_path, 1))[0], Failure)


def test_a_call_that_is_broken_off_leaves_no_work_behind(queries: FileQueries, store: Store, tmp_path: Path) -> None:
    files = paths(tmp_path, 8)

    def stop(progress: object) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        queries.embed(store, files, jobs=1, on_progress=stop)
    assert queries._files == 0
    assert not isinstance(queries.embed(store, files[:1], jobs=1)[0], Failure)


def test_bad_options(queries: FileQueries, store: Store, tmp_path: Path) -> None:
    for options in ({"field": "mesh"}, {"up": "x"}, {"device": "tpu"}, {"jobs": 0}):
        with pytest.raises(BadInput, match=next(iter(options))):
            queries.embed(store, paths(tmp_path, 1), **options)  # type: ignore[arg-type]


FORK = """
import os, sys
import numpy as np
from ingest.queries import FileQueries
from inrstore.store import open_store

store, file = open_store(sys.argv[1]), sys.argv[2]
queries = FileQueries()
(first,) = queries.embed(store, [file], jobs=1)
own = set(queries._workers.engine._pool._pool_manager.worker_manager.workers)
child = os.fork()
if not child:
    assert queries._workers is None
    (again,) = queries.embed(store, [file], jobs=1)
    assert np.array_equal(first, again)
    assert not own & set(queries._workers.engine._pool._pool_manager.worker_manager.workers)
    sys.exit(7)  # with everything that Python does at its end
_, status = os.waitpid(child, 0)
assert os.waitstatus_to_exitcode(status) == 7, status
(again,) = queries.embed(store, [file], jobs=1)
assert np.array_equal(first, again)
assert own == set(queries._workers.engine._pool._pool_manager.worker_manager.workers)
print("as before")
"""


def test_a_fork_inherits_no_workers_and_the_end_leaves_none(store: Store, tmp_path: Path) -> None:
    (file,) = paths(tmp_path, 1)
    environment = {**os.environ, "PYTHONPATH": str(REPO), "OMP_NUM_THREADS": "1"}
    before = workers()
    done = subprocess.run(
        [sys.executable, "-c", FORK, store.url, file], env=environment, capture_output=True, text=True, timeout=120
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "as before\n", "")
    assert gone(workers() - before)
