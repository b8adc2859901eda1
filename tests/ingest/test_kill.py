"""kill -9 at random instants of an ingest: nothing is lost, nothing doubled, nothing broken."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from pathlib import Path

import pytest
import trimesh

import ingest
from inrstore.store import Store, open_store

REPO = Path(__file__).parents[2]
FILES = 12
SCRIPT = """
import sys
import ingest.writer
from inrstore.store import open_store
ingest.writer.BATCH = 3
store = open_store(sys.argv[1])
print("begun", flush=True)
ingest.ingest(store, [sys.argv[2]], jobs=2, on_progress=lambda p: print(p.done, flush=True))
"""


def more_boxes(folder: Path, round_: int) -> None:
    folder.mkdir(exist_ok=True)
    for number in range(FILES):
        box = trimesh.creation.box((1, 2 + number / 100, 3 + round_ / 100))
        box.export(folder / f"{round_:02d} {number:02d}.obj")


def killed_after(store: Store, folder: Path, files: int, seconds: float) -> None:
    """Start an ingest and kill it some time after its so manieth file."""
    command = [sys.executable, "-c", SCRIPT, store.url, str(folder)]
    environment = {**os.environ, "PYTHONPATH": str(REPO), "OMP_NUM_THREADS": "1"}
    child = subprocess.Popen(command, env=environment, cwd=REPO, stdout=subprocess.PIPE, text=True)
    try:
        assert child.stdout
        for _ in range(files + 1):
            assert child.stdout.readline()
        time.sleep(seconds)
    finally:
        child.kill()
        child.wait()


def check(store: Store, folder: Path, instants: int) -> None:
    chance = random.Random(instants)
    for round_ in range(instants):
        more_boxes(folder, round_)
        # those of the rounds before are skipped at once, then come the new ones
        known = len(store.known_sources())
        killed_after(store, folder, known + chance.randrange(FILES), chance.random() * 0.2)
        assert open_store(store.url).verify().problems == []
    result = ingest.ingest(store, [folder], jobs=2)
    assert result.failed == 0 and result.stored + result.skipped == instants * FILES
    shapes = store.shapes()
    assert len(shapes) == instants * FILES == len({s.id for s in shapes})
    assert sorted(source for s in shapes for source in s.sources) == sorted(map(str, folder.iterdir()))
    assert store.verify().problems == [] == store.failures()
    assert ingest.ingest(store, [folder]).skipped == instants * FILES


def test_kill_9_at_two_instants(store: Store, tmp_path: Path) -> None:
    check(store, tmp_path / "in", 2)


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_kill_9_at_five_instants(store: Store, tmp_path: Path) -> None:
    check(store, tmp_path / "in", 5)
