"""Hundreds of files that mean ill or are broken: each is answered soon, with a reason, and nothing is left of it."""

from __future__ import annotations

import time
from collections import Counter
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi.testclient import TestClient

from tests.cli.conftest import Filled

from .conftest import Serve
from .files import good
from .hostile import hostile

psutil = pytest.importorskip("psutil")
SECONDS = 15.0
"""That a file may take to be read and fitted, on this server."""
BOUND = SECONDS + 10
"""Seconds within which each is answered: the same, and what it takes to end a process and to start another."""
GROWN = 300 * 2**20
"""Bytes by which the server may have grown after all of them; what a process that reads files may need, see its own."""
LEAKS = ("inrstore-serve", "Traceback", "site-packages", 'File "', " at 0x")


def asked(client: TestClient, name: str, data: bytes) -> httpx.Response:
    return client.post("/api/v1/search?k=1", files={"file": (name, data)})


def wrong(answer: httpx.Response, name: str, seconds: float) -> str:
    """What is wrong with how a file was answered."""
    if answer.status_code == 200:
        return ""
    if not 400 <= answer.status_code < 500 or answer.headers["content-type"] != "application/problem+json":
        return f"status {answer.status_code}"
    said = answer.json()["detail"]
    if len(name) < 4_000 and name.isprintable() and not set(name) & set('\\"') and name[:150] not in said:
        return "it does not name the file"
    if len(said) < 15 + min(len(name), 200) and len(name) < 4_000:
        return "it gives no reason"
    if any(leak in said for leak in (*LEAKS, str(Path(__file__).parents[3]))):
        return "it tells of the server"
    return "" if seconds < BOUND else f"it took {seconds:.0f} s"


def all_of(client: TestClient, files: list[tuple[str, bytes]]) -> tuple[Counter[int], list[Any]]:
    statuses, complaints = Counter[int](), []
    for name, data in files:
        started = time.monotonic()
        answer = asked(client, name, data)
        statuses[answer.status_code] += 1
        if complaint := wrong(answer, name, time.monotonic() - started):
            complaints.append((complaint, name[:80], answer.text[:300]))
    return statuses, complaints


@pytest.mark.slow
def test_hostile_files_are_answered_and_leave_nothing(serve: Serve, filled: Filled) -> None:
    files = hostile(seed=1)
    assert len(files) >= 200 and {Path(name).suffix for name, _ in files} > {f".{ending}" for ending in good()}
    client = serve(filled.store, file_seconds=SECONDS)
    folder, queries = client.app.state.gallery.uploads, client.app.state.queries
    ball = filled.mesh("ball").read_bytes()
    assert asked(client, "ball.obj", ball).status_code == 200
    assert asked(client, "egg.stl", good()["stl"]).status_code == 200
    before = psutil.Process().memory_info().rss
    statuses, complaints = all_of(client, files)
    assert complaints == [] and statuses[200] < 40 and statuses[422] > 300
    assert psutil.Process().memory_info().rss - before < GROWN
    assert len(list(folder.iterdir())) == min(50, statuses[200] + 2)  # those that can still be looked at
    known = asked(client, "ball.obj", ball).json()
    assert known["query"]["stored"] and known["hits"][0]["name"] == "egg"
    fitted = asked(client, "egg.stl", good()["stl"]).json()
    assert fitted["query"]["stored"] is None and fitted["hits"][0]["name"] == "ball"
    assert len(queries._of) == min(50, statuses[200] + 4)
    assert not Path("/tmp/inrstore-was-here.obj").exists()


def test_true_files_of_every_ending_are_read() -> None:
    """Else the ones above would be refused for another reason."""
    import tempfile

    from ingest.files.load import load

    with tempfile.TemporaryDirectory() as folder:
        for ending, data in good().items():
            path = Path(folder) / f"file.{ending}"
            path.write_bytes(data)
            assert load(path) is not None


def test_arrays_of_vectors_are_asked_one_by_one(client: TestClient) -> None:
    vectors = {name: data for name, data in hostile() if name.startswith("vector")}
    several = asked(client, "400.npy", vectors["vectors 400 384.npy"])
    assert (
        several.status_code == 422 and several.json()["detail"] == "400.npy: it holds 400 vectors; send them one by one"
    )
    assert asked(client, "zero.npy", vectors["vector 0.0.npy"]).status_code == 422
    assert list(client.app.state.gallery.uploads.iterdir()) == []


def test_a_file_that_takes_too_long_is_ended(serve: Serve, filled: Filled) -> None:
    client = serve(filled.store, file_seconds=3)
    endless = dict(hostile())["twice.3mf"]
    started = time.monotonic()
    answer = asked(client, "twice.3mf", endless)
    assert answer.status_code == 422 and "longer than 3 s" in answer.json()["detail"]
    assert time.monotonic() - started < 60  # of which most is to start the processes
