"""Worker processes of this machine: none outlives its parent."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil

from ingest.engines import LocalEngine

REPO = Path(__file__).parents[3]


def test_what_ended_a_process_is_said() -> None:
    with LocalEngine(2, 10, os.getpid, ()) as engine:
        (ended,) = (done for done in engine.run(os._exit, [3]) if done)
        (killed,) = (done for done in engine.run(signal.raise_signal, [signal.SIGSEGV]) if done)
    assert "exit code 3" in (ended.problem or "") and "SIGSEGV" in (killed.problem or "")


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
