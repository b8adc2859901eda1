"""Worker processes: a task that hangs or crashes costs its own process, and none outlives its parent."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from ingest.engines import Done, LocalEngine, WorkersBroken

REPO = Path(__file__).parents[2]


def outcomes(engine: LocalEngine, function: object, tasks: list[object]) -> dict[object, Done]:  # type: ignore[type-arg]
    return {done.task: done for done in engine.run(function, tasks) if done}  # type: ignore[arg-type]


def test_results_hangs_and_crashes() -> None:
    with LocalEngine(2, 1.0, os.getpid, ()) as engine:
        slept = outcomes(engine, time.sleep, [0.0, 60.0, 0.01, 0.02])
        assert slept[60.0].stage == "timeout" and "longer than 1 s" in (slept[60.0].problem or "")
        assert all(slept[t].problem is None for t in (0.0, 0.01, 0.02))
        ended = outcomes(engine, os._exit, [3])
        assert ended[3].stage == "crash" and "exit code 3" in (ended[3].problem or "")
        killed = outcomes(engine, signal.raise_signal, [signal.SIGSEGV])
        assert "SIGSEGV" in (killed[signal.SIGSEGV].problem or "")
        assert outcomes(engine, abs, [-4])[-4].result == 4


def test_tasks_are_taken_as_they_are_needed() -> None:
    taken: list[int] = []

    def tasks():  # type: ignore[no-untyped-def]
        for number in range(20):
            taken.append(number)
            yield number

    with LocalEngine(1, 10, os.getpid, ()) as engine:
        for done in engine.run(abs, tasks(), ahead=3):
            if done:
                assert len(taken) <= done.result + 6  # type: ignore[operator]


def test_a_worker_that_cannot_start_is_an_error_not_a_loop() -> None:
    with pytest.raises(WorkersBroken), LocalEngine(1, 10, os._exit, (7,)) as engine:
        outcomes(engine, abs, [1])


SCRIPT = """
import os, time
from ingest.engines import LocalEngine
engine = LocalEngine(2, 600, os.getpid, ())
for done in engine.run(time.sleep, [300, 300]):
    print("running", flush=True)
"""


def test_workers_die_with_a_killed_parent_and_need_no_main_guard(tmp_path: Path) -> None:
    script = tmp_path / "unguarded.py"
    script.write_text(SCRIPT)
    environment = {**os.environ, "PYTHONPATH": str(REPO), "OMP_NUM_THREADS": "1"}
    parent = subprocess.Popen([sys.executable, str(script)], cwd=REPO, env=environment, stdout=subprocess.PIPE)
    try:
        assert parent.stdout and parent.stdout.readline()
        deadline = time.monotonic() + 30
        while len(children := psutil.Process(parent.pid).children(recursive=True)) < 3:
            assert time.monotonic() < deadline
            time.sleep(0.1)
    finally:
        parent.kill()
        parent.wait()
    _, alive = psutil.wait_procs(children, timeout=10)
    assert not [p for p in alive if p.status() != psutil.STATUS_ZOMBIE]


def test_a_server_that_was_started_early_is_the_one_that_forks_the_workers() -> None:
    script = """
import os
from multiprocessing import forkserver
from ingest.engines import LocalEngine, start_server
start_server()
server = forkserver._forkserver._forkserver_pid
with LocalEngine(1, 60, os.getpid, ()) as engine:
    parents = {done.result for done in engine.run(eval, ["__import__('os').getppid()"]) if done}
assert parents == {server}, (parents, server)
"""
    done = subprocess.run([sys.executable, "-c", script], cwd=REPO, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
