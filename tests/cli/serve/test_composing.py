"""Queries that are sums of shapes, words and pictures, as a program asks them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

import index
from inrstore.store import Store, open_store
from tests import looks
from tests.cli.conftest import Filled

from .conftest import Serve


@pytest.fixture
def store(seen: Filled) -> Store:
    return open_store(seen.store)


def test_a_composed_query_is_answered(sees: TestClient, store: Store) -> None:
    (ball,) = store.shapes("name=ball")
    asked = {"like": [ball.id], "text": ["wheels"], "minus_text": ["round"], "weights": {"not": 0.5}, "k": 2}
    answer = sees.post("/api/v1/composed", json=asked)
    own = index.search_composed(store, like=ball.id, text=["wheels"], minus_text=["round"], weights={"not": 0.5}, k=2)
    assert answer.status_code == 200, answer.text
    found = answer.json()
    assert [hit["id"] for hit in found["hits"]] == [hit.id for hit in own.hits]
    assert [one["said"] for one in found["hits"][0]["why"]] == [one.said for one in own.hits[0].why]
    assert found["parts"][2] == {"by": "not", "name": "round", "weight": -0.5}
    for wrong in ({}, {"like": ["zz"]}, {"text": ["a"], "weights": {"like": -1}}, {"text": ["a"], "more": 1}):
        assert 400 <= sees.post("/api/v1/composed", json=wrong).status_code < 500, wrong


def form(*pictures: Path, **asked: Any) -> dict[str, Any]:
    return {
        "files": [("image", (one.name, one.read_bytes(), "image/png")) for one in pictures],
        "data": {"query": json.dumps(asked)},
    }


def test_pictures_are_parts_beside_the_others(sees: TestClient, store: Store, tmp_path: Path) -> None:
    one, two = looks.drawn(tmp_path / "1.png"), looks.drawn(tmp_path / "2.png", (9, 9, 200))
    asked: dict[str, Any] = {"text": ["wheels"], "minus_text": ["round"], "weights": {"image": 2}, "k": 3}
    answer = sees.post("/api/v1/composed", **form(one, two, **asked))
    own = index.search_composed(store, image=[one.read_bytes(), two.read_bytes()], **asked)
    assert answer.status_code == 200, answer.text
    found = answer.json()
    assert [(hit["id"], hit["rank"]) for hit in found["hits"]] == [(hit.id, hit.rank) for hit in own.hits]
    assert [hit["score"] for hit in found["hits"]] == pytest.approx([hit.score for hit in own.hits], abs=1e-5)
    assert [(part["by"], part["weight"]) for part in found["parts"]] == [
        ("text", 1.0),
        ("image", 2.0),
        ("image", 2.0),
        ("not", -1.0),
    ]
    alone = sees.post("/api/v1/composed", files={"image": ("1.png", one.read_bytes())}).json()
    assert [hit["id"] for hit in alone["hits"]] == [
        hit.id for hit in index.search_composed(store, image=[one.read_bytes()], k=24).hits
    ]
    files = [
        ("image", ("1.png", one.read_bytes())),
        ("query", ("query.json", json.dumps({"k": 1}), "application/json")),
    ]
    assert len(sees.post("/api/v1/composed", files=files).json()["hits"]) == 1


def test_limits_in_the_words_are_said(sees: TestClient, store: Store) -> None:
    found = sees.post("/api/v1/composed", json={"text": ["wheels over 1 cm"], "unit": "cm"}).json()
    assert found["limits"] == [{"said": "over 1 cm", "condition": "size>1"}]
    assert found["sentences"] == ["'over 1 cm' is taken as size>1"] and found["query"] == "with wheels"
    assert {hit["id"] for hit in found["hits"]} == {shape.id for shape in store.shapes() if 2 * shape.scale > 1}
    alone = sees.post("/api/v1/composed", json={"text": ["over 1 cm"]})
    assert alone.status_code == 400 and "says limits alone" in alone.json()["detail"]


def test_forms_that_cannot_be_asked_are_refused(sees: TestClient, seen: Filled, serve: Serve, tmp_path: Path) -> None:
    one = looks.drawn(tmp_path / "1.png")
    cut = tmp_path / "cut.png"
    cut.write_bytes(one.read_bytes()[:100])
    empty = tmp_path / "empty.png"
    empty.write_bytes(b"")
    drawing = tmp_path / "drawing.svg"
    drawing.write_bytes(b"<svg xmlns='http://www.w3.org/2000/svg'/>")
    for wrong in (
        form(cut),
        form(empty),
        form(drawing),
        form(*[one] * 9),
        form(*[one] * 30),
        form(one, k=0),
        form(one, more=1),
        {"files": {"image": ("1.png", one.read_bytes())}, "data": {"query": "{"}},
        {"files": {"other": ("1.png", one.read_bytes())}},
        {"files": {"query": ("q.json", b"\xff\xfe")}},
        {"data": {"image": "text"}},
        {"content": b"--x", "headers": {"content-type": "multipart/form-data; boundary=x"}},
        {"content": b"--x", "headers": {"content-type": "multipart/form-data"}},
        {"content": b"", "headers": {"content-type": "application/json"}},
    ):
        answer = sees.post("/api/v1/composed", **wrong)
        assert 400 <= answer.status_code < 500 and len(answer.json()["detail"]) > 10, (wrong, answer.text)
    assert "8 at most" in sees.post("/api/v1/composed", **form(*[one] * 9)).json()["detail"]
    small = serve(seen.store, upload_bytes=100)
    answer = small.post("/api/v1/composed", **form(one))
    assert answer.status_code == 413 and "more than 100 bytes" in answer.json()["detail"]


def test_both_kinds_of_bodies_are_described(sees: TestClient) -> None:
    (document,) = [sees.get("/api/v1/openapi.json").json()]
    content = document["paths"]["/api/v1/composed"]["post"]["requestBody"]["content"]
    assert set(content) == {"application/json", "multipart/form-data"}
    assert "minus_text" in content["application/json"]["schema"]["properties"]
    assert set(content["multipart/form-data"]["schema"]["properties"]) == {"image", "query"}
