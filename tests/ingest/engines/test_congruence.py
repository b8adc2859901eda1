"""What holds of every engine: in this process, in processes of this machine, on the nodes of a Ray cluster."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ingest.engines import Done, Engine, InlineEngine, LocalEngine, WorkersBroken
from ingest.engines.batches import run_batches
from inrstore.errors import BadInput

from .clusters import two_nodes

Make = Callable[..., Engine]


def engines(name: str) -> Make:
    if name == "inline":
        return lambda jobs=2, timeout=30.0, start=os.getpid, args=(): InlineEngine(timeout, start, args)
    if name == "local":
        return lambda jobs=2, timeout=30.0, start=os.getpid, args=(): LocalEngine(jobs, timeout, start, args)
    from ingest.engines.ray import RayEngine

    return lambda jobs=2, timeout=30.0, start=os.getpid, args=(): RayEngine(jobs, timeout, start, args)


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    pytest.importorskip("ray")
    with two_nodes() as cluster:
        yield cluster


@pytest.fixture(params=["inline", "local", "ray"])
def make(request: pytest.FixtureRequest) -> Make:
    if request.param == "ray":
        request.getfixturevalue("cluster")
    return engines(request.param)


@pytest.fixture(params=["local", "ray"])
def make_apart(request: pytest.FixtureRequest) -> Make:
    """Of the engines whose workers are processes of their own."""
    if request.param == "ray":
        request.getfixturevalue("cluster")
    return engines(request.param)


def outcomes(engine: Engine, function: Any, tasks: Any, **how: Any) -> list[Done[Any, Any]]:
    return [done for done in engine.run(function, tasks, **how) if done]


def test_every_task_has_its_result_once(make: Make) -> None:
    with make() as engine:
        found = outcomes(engine, abs, range(-50, 0))
        assert sorted((done.task, done.result) for done in found) == [(-n, n) for n in range(50, 0, -1)]
        assert {done.problem for done in found} == {None}
        assert outcomes(engine, abs, []) == []
        assert [done.result for done in outcomes(engine, abs, [-7])] == [7]  # the same workers serve the next call


class Awkward(Exception):
    """Cannot be made of its message, and thus not be unpickled."""

    def __init__(self, one: int, other: int) -> None:
        super().__init__(f"{one} and {other}")


def refuse(task: int) -> int:
    if task % 2:
        raise Awkward(task, task)
    return task


def test_what_a_function_raises_is_an_outcome(make: Make) -> None:
    with make() as engine:
        found = {done.task: done for done in outcomes(engine, refuse, range(4))}
        assert [found[n].result for n in (0, 2)] == [0, 2]
        assert all(found[n].stage == "worker" and "Awkward" in (found[n].problem or "") for n in (1, 3))


def lock(task: int) -> Any:
    return threading.Lock() if task else None


def test_what_cannot_be_sent_costs_its_task(make_apart: Make) -> None:
    with make_apart() as engine:
        found = {done.task: done for done in outcomes(engine, lock, [0, 1])}
        assert found[0].problem is None and found[1].stage == "worker" and "lock" in (found[1].problem or "")
        (there,) = outcomes(engine, id, [threading.Lock()])
        assert there.stage == "worker" and "lock" in (there.problem or "")
        assert outcomes(engine, abs, [-1])[0].result == 1


def doubled(rows: np.ndarray) -> np.ndarray:
    rows *= 2  # a task is the worker's own
    return rows


def test_arrays_may_be_written_to(make: Make) -> None:
    with make() as engine:
        (done,) = outcomes(engine, doubled, [np.ones(1_000_000)])
        rows = done.result
        rows += 1
        assert rows.min() == rows.max() == 3


def test_a_crash_costs_one_task(make_apart: Make) -> None:
    with make_apart() as engine:
        tasks = [(abs, -1), (os._exit, 3), (abs, -2), (signal.raise_signal, signal.SIGKILL), (abs, -3), (abs, -4)]
        found = outcomes(engine, apply, tasks)
        assert sorted(done.result for done in found if done.problem is None) == [1, 2, 3, 4]
        crashed = [done for done in found if done.problem]
        assert {done.task[0] for done in crashed} == {os._exit, signal.raise_signal}
        assert all(done.stage == "crash" and "crashed the process" in (done.problem or "") for done in crashed)


def apply(task: tuple[Callable[[Any], Any], Any]) -> Any:
    function, argument = task
    return function(argument)


def test_what_takes_too_long_is_stopped(make_apart: Make) -> None:
    with make_apart(timeout=1.0) as engine:
        started = time.monotonic()
        found = {done.task: done for done in outcomes(engine, time.sleep, [0.0, 60.0, 0.01, 0.02, 0.03])}
        assert time.monotonic() - started < 30
        assert found[60.0].stage == "timeout" and "longer than 1 s" in (found[60.0].problem or "")
        assert all(found[t].problem is None for t in (0.0, 0.01, 0.02, 0.03))


@pytest.mark.parametrize(("jobs", "ahead"), [(1, 3), (2, 2)])
def test_tasks_are_taken_as_they_are_needed(make: Make, jobs: int, ahead: int) -> None:
    taken: list[int] = []

    def tasks() -> Iterator[int]:
        for number in range(40):
            taken.append(number)
            yield number

    seen = 0
    with make(jobs=jobs) as engine:
        for done in engine.run(abs, tasks(), ahead=ahead):
            seen += done is not None
            assert len(taken) <= seen + jobs * ahead
    assert seen == 40


def mark(folder: str) -> None:
    Path(folder, f"{os.getpid()} {time.monotonic_ns()}").touch()


def mine(task: int) -> int:
    time.sleep(0.02)
    return os.getpid()


def test_each_worker_is_prepared_once(make: Make, tmp_path: Path) -> None:
    with make(start=mark, args=(str(tmp_path),)) as engine:
        workers = {done.result for _ in range(2) for done in outcomes(engine, mine, range(10))}
    marks = [int(path.name.split()[0]) for path in tmp_path.iterdir()]
    assert sorted(marks) == sorted(set(marks)) and workers <= set(marks) and len(marks) <= 2


def test_a_worker_that_cannot_start_is_an_error_not_a_loop(make_apart: Make) -> None:
    with pytest.raises(WorkersBroken), make_apart(jobs=1, start=os._exit, args=(7,)) as engine:
        outcomes(engine, abs, [1])


def test_a_call_that_is_broken_off_leaves_no_work_behind(make_apart: Make) -> None:
    with make_apart(jobs=1) as engine:
        call = engine.run(time.sleep, [0.0, 60.0, 60.0])
        assert any(done and done.task == 0.0 for done in call)
        call.close()  # type: ignore[attr-defined]
        started = time.monotonic()
        assert outcomes(engine, abs, [-1])[0].result == 1
        assert time.monotonic() - started < 30


def test_threads_share_an_engine(make_apart: Make) -> None:
    found: dict[int, list[int]] = {}
    with make_apart() as engine:

        def work(start: int) -> None:
            found[start] = sorted(done.result for done in outcomes(engine, abs, range(start, start + 10)))

        threads = [threading.Thread(target=work, args=(start,)) for start in (0, 100, 200)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
    assert found == {start: list(range(start, start + 10)) for start in (0, 100, 200)}


def test_beside_the_tasks(make: Make) -> None:
    with make() as engine:
        assert list(engine.beside(str, range(100))) == list(map(str, range(100)))
        with pytest.raises(ValueError, match="invalid literal"):
            list(engine.beside(int, ["1", "x"]))


def test_there_is_no_gpu_here(make: Make) -> None:
    torch = pytest.importorskip("torch")
    if torch.cuda.is_available():
        pytest.skip("there is one")
    with make() as engine:
        assert engine.gpus is None and engine.processor("cpu") == engine.processor("auto") == "cpu"
        with pytest.raises(BadInput, match="cuda"):
            engine.processor("cuda")


def halve(batch: list[int]) -> list[int]:
    if 13 in batch:
        os._exit(1)
    return [n * 10 for n in batch]


def test_of_a_batch_that_crashes_only_the_one_whose_fault_it_is(make_apart: Make) -> None:
    with make_apart() as engine:
        found = [done for done in run_batches(engine, halve, [[1, 2], [12, 13, 14, 15]]) if done]
    assert sorted(n for done in found for n in done.result or ()) == [10, 20, 120, 140, 150]
    assert [done.task for done in found if done.result is None] == [[13]]
