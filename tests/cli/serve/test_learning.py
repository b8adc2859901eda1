"""Classifiers that are trained by the server, and many shapes that they name."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from cli.serve import jobs as jobs_module
from cli.serve.jobs import Jobs
from inrstore.store import open_store
from tests.cli.conftest import Filled

from .conftest import Serve, api
from .test_jobs import ended, wait


def begun(client: TestClient, path: str, **asked: Any) -> Any:
    answer = client.post(f"/api/v1{path}", json=asked)
    assert answer.status_code == 202, answer.text
    return wait(client, answer.json()["job"])


def test_a_classifier_is_trained_and_names_shapes(client: TestClient, filled: Filled) -> None:
    assert api(client, "/store")["classifiers"] == []
    trained = begun(client, "/heads", kind="classifier")
    assert trained["state"] == "done" and trained["stage"] == "validating" and trained["done"] == trained["total"] == 20
    assert trained["result"]["name"] == "label" and trained["result"]["figures"]["shapes"] == 4
    assert trained["result"]["head"] == open_store(filled.store).head("label").id
    assert api(client, "/store")["classifiers"] == ["label"]
    found = begun(client, "/classifications", where=["label=round"])["result"]
    ids = {shape.id for shape in open_store(filled.store).shapes("label=round")}
    assert {one["id"] for one in found["said"]} == ids and found["counts"] == {"round": 2}
    assert all(one["label"] == "round" and 0 < one["probability"] <= 1 for one in found["said"])
    assert (found["classifier"], found["without"]) == ("label", 0)
    every = begun(client, "/classifications", q="ball egg")["result"]
    assert every["counts"] == {} and every["said"] == []


def test_what_cannot_be_learned_is_said_before_a_job_begins(client: TestClient, filled: Filled) -> None:
    for asked, said in (
        ({"where": ["label=none"]}, "no shape that fulfils the conditions has a 'label'"),
        ({"where": ["label=round"]}, "nothing to tell apart"),
        ({"label": "color"}, "is 'color' the tag's name"),
        ({"where": ["weight>3"]}, "weight"),
    ):
        answer = client.post("/api/v1/heads", json=asked)
        assert answer.status_code == 400 and said in answer.json()["detail"], answer.text
    assert client.post("/api/v1/heads", json={"kind": "segmenter"}).status_code == 422
    assert client.post("/api/v1/classifications", json={}).status_code == 409
    assert client.post("/api/v1/classifications", json={"where": ["weight>3"]}).status_code == 400
    assert api(client, "/jobs") == []
    open_store(filled.store).label(list(open_store(filled.store).shapes()), None)
    answer = client.post("/api/v1/heads", json={})
    assert answer.status_code == 400 and "give some with 'inrstore label'" in answer.json()["detail"]


def test_read_only_names_and_trains_not(serve: Serve, own_store: Path) -> None:
    client = serve(own_store, read_only=True)
    assert client.post("/api/v1/heads", json={}).status_code == 403
    found = begun(client, "/classifications", classifier="label")["result"]
    assert sum(found["counts"].values()) == len(found["said"]) == 6
    assert client.post("/api/v1/classifications", json={"classifier": "none"}).status_code == 409


def test_a_training_is_cancelled_at_its_next_step(
    client: TestClient, filled: Filled, monkeypatch: pytest.MonkeyPatch
) -> None:
    from inrstore.tasks.classification import train

    fit = train.fit

    def slow(*asked: Any) -> Any:
        time.sleep(0.2)
        return fit(*asked)

    monkeypatch.setattr(train, "fit", slow)
    job = client.post("/api/v1/heads", json={}).json()["job"]
    assert client.post("/api/v1/heads", json={}).json()["job"] == job  # it is under way
    while api(client, f"/jobs/{job}")["done"] < 2:
        time.sleep(0.05)
    client.delete(f"/api/v1/jobs/{job}")
    assert wait(client, job)["state"] == "cancelled"
    assert open_store(filled.store).heads("classifier") == []


def test_long_results_are_read_when_they_are_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs_module, "LONG", 1_000)
    kinds = {"many": lambda asked, _: ["x" * 10] * asked["of"]}
    jobs = Jobs(tmp_path, kinds)
    short, long = ended(jobs, jobs.add("many", {"of": 3})), ended(jobs, jobs.add("many", {"of": 1_000}))
    assert short.result == ["x" * 10] * 3 and jobs.whole(short) is short
    assert long.result is None and jobs.whole(long).result == ["x" * 10] * 1_000
    jobs.close()
    again = Jobs(tmp_path, kinds)
    assert again.get(long.id).result is None and len(again.whole(again.get(long.id)).result) == 1_000
    assert json.loads((tmp_path / f"{long.id}.json").read_bytes())["long"] is False
    again.close()
