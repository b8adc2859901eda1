"""Long work: followed, cancelled, failed, and begun again after a restart."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from cli.serve.jobs import Job, Jobs
from cli.serve.problems import Problem
from inrstore.errors import BadInput
from inrstore.progress import OnProgress, Progress
from inrstore.store import open_store
from tests.cli.conftest import SHAPES, Filled
from tests.shapes import REPO

from .conftest import PROOF, api


def count(asked: Mapping[str, Any], on_progress: OnProgress) -> Any:
    for number in range(asked["to"]):
        on_progress(Progress(number + 1, asked["to"], stage="counting"))
        time.sleep(asked.get("every", 0))
    return {"counted": asked["to"]}


def fail(asked: Mapping[str, Any], on_progress: OnProgress) -> Any:
    raise BadInput("nothing can be done; do something else") if asked else ZeroDivisionError()


KINDS = {"count": count, "fail": fail}


def ended(jobs: Jobs, job: Job) -> Job:
    found = list(jobs.follow(job.id, 5))[-1]
    assert found is not None
    return found


def test_jobs_run_one_after_the_other(tmp_path: Path) -> None:
    jobs = Jobs(tmp_path, KINDS)
    first, second = jobs.add("count", {"to": 3}), jobs.add("count", {"to": 2})
    assert ended(jobs, second).result == {"counted": 2} and jobs.get(first.id).state == "done"
    assert (jobs.get(first.id).stage, jobs.get(first.id).done) == ("counting", 3)
    assert [job.id for job in jobs.all()] == [second.id, first.id]
    jobs.close()


def test_why_a_job_failed(tmp_path: Path) -> None:
    jobs = Jobs(tmp_path, KINDS)
    assert ended(jobs, jobs.add("fail", {"a": 1})).message == "nothing can be done; do something else"
    bad = ended(jobs, jobs.add("fail", {}))
    assert bad.state == "failed" and "ZeroDivisionError" in bad.message
    assert ended(jobs, jobs.add("count", {"to": 1})).state == "done"  # the next one runs all the same
    with pytest.raises(Problem, match="there is no job"):
        jobs.get("none")
    jobs.close()


def test_a_job_is_cancelled_while_it_waits_and_while_it_runs(tmp_path: Path) -> None:
    jobs = Jobs(tmp_path, KINDS)
    long, waiting = jobs.add("count", {"to": 10_000, "every": 0.01}), jobs.add("count", {"to": 1})
    while jobs.get(long.id).done < 3:
        time.sleep(0.01)
    assert jobs.cancel(waiting.id).state == "cancelled"
    jobs.cancel(long.id)
    assert ended(jobs, long).state == "cancelled" and jobs.get(long.id).done < 10_000
    assert jobs.cancel(long.id).state == "cancelled"  # once more does nothing
    jobs.close()


def test_what_did_not_end_begins_again(tmp_path: Path) -> None:
    jobs = Jobs(tmp_path, KINDS)
    done = ended(jobs, jobs.add("count", {"to": 1}))
    long = jobs.add("count", {"to": 400, "every": 0.005})
    while jobs.get(long.id).done < 3:
        time.sleep(0.01)
    jobs.close()
    assert json.loads((tmp_path / f"{long.id}.json").read_bytes())["state"] == "running"
    (tmp_path / "strange.json").write_text("{")
    again = Jobs(tmp_path, KINDS)
    assert ended(again, long).result == {"counted": 400}
    assert again.get(done.id) == done and again.get("strange").state == "failed"
    again.close()


def test_followers_hear_each_change_and_the_end(tmp_path: Path) -> None:
    waiting = threading.Event()
    jobs = Jobs(tmp_path, {"wait": lambda asked, _: waiting.wait(5)})
    job = jobs.add("wait", {})
    heard: list[Any] = []
    follower = threading.Thread(target=lambda: heard.extend(jobs.follow(job.id, 0.05)))
    follower.start()
    time.sleep(0.3)
    waiting.set()
    follower.join(5)
    assert heard[-1].state == "done" and None in heard
    jobs.close()


def wait(client: TestClient, job: str) -> Any:
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        found = api(client, f"/jobs/{job}")
        if found["state"] in ("done", "failed", "cancelled"):
            return found
        time.sleep(0.2)
    raise AssertionError(found)


def test_a_file_is_stored(client: TestClient, filled: Filled) -> None:
    disc = SHAPES["round/egg"].copy().apply_scale((1, 0.2, 1))
    sent = {"file": ("../../<i>my disc.stl", disc.export(file_type="stl"))}
    answer = client.post("/api/v1/shapes", files=sent, data={"label": "disc"})
    assert answer.status_code == 202
    done = wait(client, answer.json()["job"])
    assert done["state"] == "done", done
    (shape,) = open_store(filled.store).shapes("label=disc")
    assert done["result"]["shapes"] == [shape.id] and shape.name == "i_my_disc" == Path(shape.sources[0]).stem
    assert Path(shape.sources[0]).is_relative_to(filled.store / "serve" / "files")
    assert api(client, f"/shapes/{shape.id}")["sources"][0]["there"]
    events = client.get(f"/api/v1/jobs/{done['id']}/events").text
    assert events.startswith("data: ") and json.loads(events.splitlines()[0][6:])["state"] == "done"
    gate = client.app.state.gallery.followers
    with ExitStack() as places:
        for _ in range(16):
            places.enter_context(gate.entered())
        assert client.get(f"/api/v1/jobs/{done['id']}/events").status_code == 429
    assert client.get(f"/api/v1/jobs/{done['id']}/events").status_code == 200
    bad = client.post("/api/v1/shapes", files={"file": ("a.obj", b"v 0 0 0")}).json()["job"]
    assert wait(client, bad)["state"] == "failed"
    assert filled.run("verify").code == 0 and filled.run("compact").code == 0


def test_duplicates_are_looked_for_and_shown(client: TestClient, filled: Filled, tmp_path: Path) -> None:
    assert api(client, "/duplicates")["groups"] is None
    ball = open_store(filled.store).shapes("name=ball")[0].id
    assert api(client, f"/shapes/{ball}/duplicates") == {"level": None, "shapes": []}
    assert client.get(f"/api/v1/shapes/{'0' * 64}/duplicates").status_code == 404
    turned = SHAPES["round/egg"].copy().apply_scale(2.5).apply_translation((3, 0, 0)).subdivide()
    turned.export(tmp_path / "copy.obj")
    assert filled.run("ingest", tmp_path / "copy.obj", "--jobs", 1).code == 0
    done = wait(client, client.post("/api/v1/duplicates", json={"level": "same"}).json()["job"])
    assert done["state"] == "done" and done["result"] == {"groups": 1}
    (group,) = api(client, "/duplicates")["groups"]
    first, other = group["shapes"]
    assert {first["name"], other["name"]} == {"egg", "copy"} and first["relation"] is None
    assert other["chamfer"] < 0.02 and other["decision"] is None and other["evidence"]
    pair = {"pairs": [[first["id"], other["id"]]], "decision": "same"}
    assert client.post("/api/v1/decisions", json=pair).json()["changed"] == 1
    assert api(client, "/duplicates")["groups"][0]["shapes"][1]["decision"] == "same"
    assert first["compared_with"] is None and other["compared_with"] == first["id"]
    beside = api(client, f"/shapes/{first['id']}/duplicates")
    assert beside == {"level": "same", "shapes": [{**other, "decision": "same"}]}
    (back,) = api(client, f"/shapes/{other['id'][:12]}/duplicates")["shapes"]
    assert (back["id"], back["compared_with"], back["decision"]) == (first["id"], other["id"], "same")
    assert "2.5× as large" in other["evidence"] and "0.4× as large" in back["evidence"]
    client.post("/api/v1/decisions", json={**pair, "decision": "different"})
    assert filled.run("duplicates", "--json").json["groups"] == []
    wait(client, client.post("/api/v1/duplicates", json={"level": "same"}).json()["job"])
    (group,) = api(client, "/duplicates")["groups"]  # so that one can take it back
    assert group["shapes"][1]["decision"] == "different"
    overlay = client.get(f"/api/v1/duplicates/{first['id']}/{other['id']}/overlay")
    assert overlay.status_code == 200 and overlay.content[:4] == b"glTF"
    open_store(filled.store).remove(other["id"])
    assert api(client, "/duplicates")["groups"] == []
    assert api(client, f"/shapes/{first['id']}/duplicates") == {"level": "same", "shapes": []}


@pytest.mark.slow
def test_the_map_is_laid_out(client: TestClient) -> None:
    answer = client.get("/api/v1/map")
    assert answer.status_code == 202
    assert client.get("/api/v1/map").json() == answer.json()  # one job, however often it is asked for
    assert wait(client, answer.json()["job"])["state"] == "done"
    found = api(client, "/map")
    assert len(found["places"]) == len(found["ids"]) == 4 and found["labels"] == ["flat", "round"]
    assert all(0 <= x <= 1 for place in found["places"] for x in place)
    assert sorted(found["label"]) == [0, 0, 1, 1]


def started(store: Path, port: int) -> tuple[subprocess.Popen[str], str]:
    command = [sys.executable, "-m", "cli", "--store", str(store), "serve", "--port", str(port)]
    process = subprocess.Popen(command, cwd=REPO, stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    return process, process.stderr.readline()


def asked(url: str, path: str, **options: Any) -> Any:
    import httpx

    return httpx.request(options.pop("method", "GET"), f"{url}/api/v1{path}", headers=PROOF, timeout=60, **options)


def until(done: Callable[[], bool], seconds: float = 120) -> None:
    deadline = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < deadline
        time.sleep(0.1)


@pytest.mark.slow
def test_killed_in_the_middle_of_a_job_the_next_server_goes_on(filled: Filled) -> None:
    process, line = started(filled.store, 0)
    url = line.split(" at ")[1].split(" ")[0]
    disc = SHAPES["round/egg"].copy().apply_scale((1, 0.2, 1)).subdivide().subdivide()
    sent = {"file": ("disc.stl", disc.export(file_type="stl"))}
    job = asked(url, "/shapes", method="POST", files=sent, data={"label": "disc"}).json()["job"]
    until(lambda: asked(url, f"/jobs/{job}").json()["state"] == "running")
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert filled.run("verify").code == 0
    process, line = started(filled.store, 0)
    url = line.split(" at ")[1].split(" ")[0]
    until(lambda: asked(url, f"/jobs/{job}").json()["state"] == "done")
    assert [shape.label for shape in open_store(filled.store).shapes("name=disc")] == ["disc"]
    process.send_signal(signal.SIGINT)
    assert process.wait(30) == 0
