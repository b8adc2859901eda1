"""What is told while a file is read and fitted, and what happens when nobody listens any more."""

from __future__ import annotations

import json
import threading
import time
from pathlib import Path
from typing import Any

import httpx
from fastapi.testclient import TestClient

from cli.serve.streams import told
from inrstore.errors import BadInput
from inrstore.progress import OnProgress, Progress
from tests.cli.conftest import SHAPES, Filled

from .conftest import PROOF, Serve
from .pages import serving

HEARS = {"Accept": "text/event-stream"}
EGG = SHAPES["round/egg"].copy().apply_scale((1.1, 1, 1)).export(file_type="stl")
ORDER = ["waiting", "preparing", "reading", "normalising", "sampling", "drawing", "fitting", "encoding", "searching"]


def events(text: str) -> list[tuple[str, Any]]:
    """Names and values; names are empty where a server gives none."""
    found = []
    for block in text.strip().split("\n\n"):
        fields = dict(line.split(": ", 1) for line in block.splitlines())
        found.append((fields.get("event", ""), json.loads(fields["data"])))
    return found


def test_stages_are_told_and_then_what_is_answered_otherwise(client: TestClient) -> None:
    sent = {"file": ("egg.stl", EGG)}
    plain = client.post("/api/v1/search?k=2", files=sent).json()
    answer = client.post("/api/v1/search?k=2", files=sent, headers=HEARS)
    assert answer.status_code == 200 and answer.headers["content-type"].startswith("text/event-stream")
    *steps, (last, found) = events(answer.text)
    assert last == "result" and found["hits"] == plain["hits"] and found["query"]["name"] == "egg.stl"
    assert client.get(found["query"]["surface"] + "?resolution=16").status_code == 200
    assert {event for event, _ in steps} == {""}
    stages = [step["stage"] for _, step in steps]
    assert sorted(set(stages), key=stages.index) == [stage for stage in ORDER if stage in stages]
    assert {"waiting", "preparing", "searching"} <= set(stages)
    fitted = [(step["done"], step["total"]) for _, step in steps if step["stage"] == "fitting" and step["total"]]
    assert fitted and fitted == sorted(fitted) and all(0 < done <= total for done, total in fitted)


def test_problems_are_the_same_and_nothing_is_left(client: TestClient) -> None:
    folder: Path = client.app.state.gallery.uploads
    before = set(folder.iterdir())
    sent = {"file": ("a.obj", b"v 0 0")}
    plain = client.post("/api/v1/search", files=sent).json()
    *_, (last, problem) = events(client.post("/api/v1/search", files=sent, headers=HEARS).text)
    assert last == "problem" and problem == plain and problem["status"] == 422
    for files, status in (({"file": ("a.exe", b"MZ")}, 415), ({"file": ("a.obj", b"")}, 422)):
        answer = client.post("/api/v1/search", files=files, headers=HEARS)
        assert answer.status_code == status and answer.headers["content-type"] == "application/problem+json"
    wrong = client.post("/api/v1/search?where=none%3D1", files=sent, headers=HEARS)
    assert wrong.status_code == 400 and "a.obj" not in wrong.json()["detail"]
    assert set(folder.iterdir()) == before


def test_too_many_are_refused_before_anything_is_told(serve: Serve, filled: Filled) -> None:
    client = serve(filled.store, at_once=1, waiting=0)
    gate = client.app.state.gallery.gate
    with gate.entered():
        answer = client.post("/api/v1/search", files={"file": ("egg.stl", EGG)}, headers=HEARS)
    assert answer.status_code == 429 and answer.headers["retry-after"] == "1"
    assert list(client.app.state.gallery.uploads.iterdir()) == []
    with gate.entered():  # nobody has stayed inside
        pass


def test_who_goes_away_ends_the_work(own_store: Path) -> None:
    with serving(own_store) as site, httpx.Client(base_url=site.url, headers=PROOF, timeout=60) as client:
        sent = {"file": ("egg.stl", EGG)}
        assert client.post("/api/v1/search", files=sent).status_code == 200  # all is warm
        with client.stream("POST", "/api/v1/search", files=sent, headers=HEARS) as answer:
            next(answer.iter_lines())
        deadline = time.monotonic() + 30
        while any(thread.name == "told" for thread in threading.enumerate()):
            assert time.monotonic() < deadline
            time.sleep(0.05)
        first = client.post("/api/v1/search", files=sent).json()["hits"][0]["name"]
        assert first in ("egg", "copy")  # which are one shape


def heard(work: Any, app_sees: list[BaseException] | None = None) -> list[tuple[str, Any]]:
    from fastapi import FastAPI

    app = FastAPI()
    app.add_api_route("/", lambda: told(work), response_model=None)
    return events(TestClient(app).get("/").text)


def test_what_nobody_expected_says_only_its_kind() -> None:
    def broken(on_progress: OnProgress) -> Any:
        on_progress(Progress(1, 2, stage="breaking"))
        raise ZeroDivisionError("/secret/place")

    def bad(on_progress: OnProgress) -> Any:
        raise BadInput("do something else")

    assert heard(broken)[0] == ("", {"stage": "breaking", "done": 1, "total": 2})
    name, problem = heard(broken)[1]
    assert name == "problem" and problem["status"] == 500 and "secret" not in problem["detail"]
    assert heard(bad)[-1][1]["detail"] == "do something else"
