"""Who is answered, and what browsers are told."""

from __future__ import annotations

import pytest
from fastapi.testclient import TestClient

from cli.serve.limits import Gate, Rate
from cli.serve.problems import Problem
from cli.serve.settings import Settings
from inrstore.errors import BadInput
from tests.cli.conftest import Filled

from .conftest import PROOF, Serve

TOKEN = "long enough a secret"


@pytest.fixture
def locked(serve: Serve, filled: Filled) -> TestClient:
    return serve(filled.store, host="0.0.0.0", token=TOKEN)


def test_other_machines_need_a_token() -> None:
    with pytest.raises(BadInput, match="can be reached from other machines: give --token"):
        Settings("x", host="0.0.0.0")
    with pytest.raises(BadInput, match="eight characters"):
        Settings("x", token="short")
    assert Settings("x", host="127.0.0.2").loopback and not Settings("x", "example.org", token=TOKEN).loopback


def test_the_token_by_header_and_by_cookie(locked: TestClient) -> None:
    for headers in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": TOKEN}, {"Cookie": "inrstore_token=x"}):
        answer = locked.get("/api/v1/store", headers=headers)
        assert answer.status_code == 401 and answer.headers["www-authenticate"] == "Bearer"
    assert locked.get("/metrics").status_code == 401
    assert locked.get("/api/v1/store", headers={"Authorization": f"Bearer {TOKEN}"}).status_code == 200
    assert locked.get("/").status_code == locked.get("/healthz").status_code == 200
    assert locked.post("/api/v1/login", json={"token": "wrong"}).status_code == 401
    answer = locked.post("/api/v1/login", json={"token": TOKEN})
    cookie = answer.headers["set-cookie"]
    assert answer.status_code == 200 and "HttpOnly" in cookie and "SameSite=strict" in cookie
    assert locked.get("/api/v1/store").status_code == 200  # the cookie came along


def test_another_site_changes_nothing(client: TestClient) -> None:
    ids = [client.get("/api/v1/shapes").json()["shapes"][0]["id"]]
    asked = {"ids": ids, "label": "stolen"}
    plain = TestClient(client.app, base_url="http://127.0.0.1:8000")
    assert plain.post("/api/v1/labels", json=asked).status_code == 403
    for origin in ("http://evil.example", "null", "http://127.0.0.1:9999"):
        answer = plain.post("/api/v1/labels", json=asked, headers={**PROOF, "Origin": origin})
        assert answer.status_code == 403, origin
    assert plain.delete("/api/v1/jobs/x").status_code == 403
    assert client.get("/api/v1/shapes", headers={"Host": "evil.example"}).status_code == 403
    assert client.get(f"/api/v1/shapes/{ids[0]}").json()["label"] != "stolen"
    own = {**PROOF, "Origin": "http://127.0.0.1:8000"}
    assert plain.post("/api/v1/labels", json=asked, headers=own).status_code == 200


def test_what_every_answer_says(client: TestClient) -> None:
    for path in ("/", "/api/v1/store", "/api/v1/none", "/static/none.js"):
        headers = client.get(path).headers
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy and "unsafe" not in policy and "frame-ancestors 'none'" in policy
        assert headers["x-content-type-options"] == "nosniff"
        assert "set-cookie" not in headers and "access-control-allow-origin" not in headers


def test_read_only(serve: Serve, filled: Filled) -> None:
    client = serve(filled.store, read_only=True)
    shape = client.get("/api/v1/shapes").json()["shapes"][0]["id"]
    for path, body in (
        ("labels", {"ids": [shape], "label": "x"}),
        ("tags", {"ids": [shape], "tags": {"a": "b"}}),
        ("undo/x", None),
        ("proposals/accept", {"proposals": [{"id": shape, "label": "x"}]}),
        ("heads", {"kind": "classifier"}),
        ("decisions", {"pairs": [[shape, shape]], "decision": "same"}),
    ):
        answer = client.post(f"/api/v1/{path}", json=body)
        assert answer.status_code == 403 and "read-only" in answer.json()["detail"], path
    assert client.post("/api/v1/shapes", files={"file": ("a.obj", b"v 0 0 0")}).status_code == 403
    assert client.get("/api/v1/store").json()["read_only"]


def test_few_compute_at_once_and_some_wait() -> None:
    gate = Gate(1, 0)
    with gate.entered(), pytest.raises(Problem) as refused, gate.entered():
        pass
    assert refused.value.status == 429 and refused.value.headers == {"Retry-After": "1"}
    with gate.entered():
        pass


def test_how_often_an_address_may_ask() -> None:
    now = [0.0]
    rate = Rate(10, lambda: now[0])
    assert [rate.allows("a") for _ in range(21)] == [True] * 20 + [False]
    assert rate.allows("b")
    now[0] = 0.5
    assert [rate.allows("a") for _ in range(6)] == [True] * 5 + [False]


def test_too_often_is_said(serve: Serve, filled: Filled) -> None:
    client = serve(filled.store, rate=3)
    answers = [client.get("/healthz") for _ in range(12)]
    assert {one.status_code for one in answers} == {200, 429}
    assert answers[-1].headers["retry-after"] == "1"


def test_requests_are_counted_by_route(client: TestClient) -> None:
    shape = client.get("/api/v1/shapes").json()["shapes"][0]["id"]
    for _ in range(3):
        client.get(f"/api/v1/shapes/{shape}")
    text = client.get("/metrics").text
    assert 'inrstore_requests_total{method="GET",route="/api/v1/shapes/{id}",status="200"} 3.0' in text
    assert shape not in text
