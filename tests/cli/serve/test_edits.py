"""Labels and tags changed, and taken back; what people decided of pairs."""

from __future__ import annotations

import time
from typing import Any

import numpy as np
import pytest
from fastapi.testclient import TestClient

from inrstore.store import open_store
from tests.cli.conftest import Filled
from tests.inrstore.tasks.crossmodal.words import Tower, head_by_hand

from .conftest import Serve, api


def post(client: TestClient, path: str, asked: Any = None) -> Any:
    answer = client.post(f"/api/v1/{path}", json=asked)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_labels_and_their_undoing(client: TestClient, filled: Filled) -> None:
    store = open_store(filled.store)
    before = {shape.id: shape.label for shape in store.shapes()}
    done = post(client, "labels", {"ids": list(before), "label": "flat"})
    assert done["changed"] == 2 and {shape.label for shape in store.shapes()} == {"flat"}
    post(client, "labels", {"ids": list(before)[:1], "label": None})
    assert post(client, f"undo/{done['undo']}")["changed"] >= 2
    assert {shape.id: shape.label for shape in store.shapes()} == before
    again = client.post(f"/api/v1/undo/{done['undo']}")
    assert again.status_code == 404 and "taken back already" in again.json()["detail"]


def test_tags_and_their_undoing(client: TestClient, filled: Filled) -> None:
    store = open_store(filled.store)
    ids = [shape.id for shape in store.shapes()]
    done = post(client, "tags", {"ids": ids[:2], "tags": {"split": None, "use": "print"}})
    assert [dict(shape.tags) for shape in store.shapes()][:2] == [{"use": "print"}] * 2
    post(client, f"undo/{done['undo']}")
    assert [dict(shape.tags) for shape in store.shapes()] == [{"split": "test"}] * 4
    answer = client.post("/api/v1/tags", json={"ids": ids, "tags": {"label": "x"}})
    assert answer.status_code == 400 and "no tag can be called 'label'" in answer.json()["detail"]
    assert client.post("/api/v1/tags", json={"ids": ["ffffffff"], "tags": {"a": "b"}}).status_code == 404


def test_names_that_are_hostile_stay_what_they_are(client: TestClient, filled: Filled) -> None:
    store = open_store(filled.store)
    label = "<script>alert(1)</script>\x1b[31m\n'; drop table shapes --"
    post(client, "labels", {"ids": [store.shapes()[0].id], "label": label})
    assert api(client, "/shapes")["shapes"][0]["label"] == label == store.shapes()[0].label
    found = api(client, "/shapes", params={"where": f"label={label}"})
    assert found["total"] == 1 and len(store) == 4


def test_decisions_are_remembered(filled: Filled, serve: Serve) -> None:
    store = open_store(filled.store)
    a, b = (shape.id for shape in store.shapes(limit=2))
    client = serve(filled.store)
    assert post(client, "decisions", {"pairs": [[a, b]], "decision": "different"})["changed"] == 1
    assert post(client, "decisions", {"pairs": [[b, a[:8]]], "decision": "different"})["changed"] == 0
    client.__exit__(None, None, None)
    other = serve(filled.store)
    assert list(open_store(filled.store).decisions([b]).values()) == ["different"]
    assert post(other, "decisions", {"pairs": [[b, a]], "decision": None})["changed"] == 1
    assert len(open_store(filled.store)) == 4


def test_many_pairs_are_decided_at_once_and_wrong_ones_not_at_all(filled: Filled, client: TestClient) -> None:
    ids = [shape.id for shape in open_store(filled.store).shapes()]
    pairs = [[a, b] for a in ids for b in ids if a < b]
    asked = {"pairs": (pairs * 2_000)[:10_000], "decision": "variant"}
    start = time.perf_counter()
    assert post(client, "decisions", asked)["changed"] == len(pairs)
    assert time.perf_counter() - start < 3
    for wrong, status in ((["0" * 64, ids[0]], 404), ([ids[0], ids[0]], 400), (["../etc", ids[0]], 422)):
        answer = client.post("/api/v1/decisions", json={"pairs": [pairs[0], wrong], "decision": "same"})
        assert answer.status_code == status
    assert set(open_store(filled.store).decisions().values()) == {"variant"}


def test_without_a_classifier_it_says_how_to_get_one(client: TestClient, filled: Filled) -> None:
    shape = open_store(filled.store).shapes()[0].id
    for path, asked in (("classify", {"ids": [shape]}), ("proposals", {})):
        answer = client.post(f"/api/v1/{path}", json=asked)
        assert answer.status_code == 409 and "inrstore train classifier" in answer.json()["detail"]


def test_a_classifier_names_and_proposes(filled: Filled, serve: Serve) -> None:
    store = open_store(filled.store)
    assert filled.run("train", "classifier", "--json").code == 0
    client = serve(filled.store)
    assert api(client, "/store")["classifiers"] == ["label"]
    said = post(client, "classify", {"ids": [shape.id for shape in store.shapes()]})
    assert [one["label"] for one in said] == [shape.label for shape in store.shapes()]
    assert sum(one["probability"] for one in said[0]["top"]) == pytest.approx(1, abs=1e-3)
    (egg,) = store.shapes("name=egg")
    store.label([egg], None)
    (proposed,) = post(client, "proposals", {"threshold": 0.1})
    assert (proposed["shape"]["id"], proposed["label"], proposed["nearest"]["name"]) == (egg.id, "round", "ball")
    refused = {"proposals": [{"id": egg.id, "label": "round"}]}
    assert post(client, "proposals/refuse", refused)["changed"] == 1
    assert post(client, "proposals", {"threshold": 0.1}) == []
    post(client, "proposals/refuse", {**refused, "refused": False})
    assert len(post(client, "proposals", {"threshold": 0.1})) == 1
    done = post(client, "proposals/accept", {"proposals": [{"id": egg.id, "label": "round"}]})
    assert done["changed"] == 1 and store.shape(egg.id).label == "round" and "proposed_by" in store.shape(egg.id).tags
    post(client, f"undo/{done['undo']}")
    assert store.shape(egg.id).label is None and "proposed_by" not in store.shape(egg.id).tags


def test_a_list_of_words_is_proposed_accepted_and_refused(
    filled: Filled, serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = open_store(filled.store)
    monkeypatch.setattr("inrstore.towers.text_tower", lambda name: {"by hand": Tower()}[name])
    monkeypatch.setattr("inrstore.tasks.crossmodal.found.packaged", lambda kind: None)
    client = serve(filled.store)
    asked = {"vocabulary": ["# furniture", "bench: bench seat", "chair"]}
    answer = client.post("/api/v1/proposals", json=asked)
    assert answer.status_code == 409 and "inrstore train text" in answer.json()["detail"]
    assert not api(client, "/store")["words"]
    keys, rows = store.embeddings()
    egg, ball = (store.shapes(f"name={name}")[0] for name in ("egg", "ball"))
    way = np.subtract(*(rows[np.searchsorted(keys, shape.key)] for shape in (egg, ball)))
    way /= np.square(way).sum()
    store.add_head(head_by_hand(store.encoder_id or "", slope=(40.0, -2.0), asked=np.stack([way, -way] * 2)))
    assert api(client, "/store")["words"] and post(client, "proposals", asked) == []  # all have a label
    store.label([egg, ball], None)
    found = post(client, "proposals", asked)
    assert {one["shape"]["name"]: (one["label"], one["sure"], one["nearest"]) for one in found} == {
        "egg": ("bench", True, None),
        "ball": ("chair", True, None),
    }
    refused = {"by_words": True, "proposals": [{"id": ball.id, "label": "chair"}]}
    assert post(client, "proposals/refuse", refused)["changed"] == 1
    assert [one["shape"]["name"] for one in post(client, "proposals", asked)] == ["egg"]
    done = post(client, "proposals/accept", {"by_words": True, "proposals": [{"id": egg.id, "label": "bench"}]})
    (by,) = store.values("proposed_by").values()
    assert store.shape(egg.id).label == "bench" and store.head(kind="text").id.startswith(by)
    post(client, f"undo/{done['undo']}")
    assert store.shape(egg.id).label is None and not store.values("proposed")
    answer = client.post("/api/v1/proposals", json={"vocabulary": ["chair", "chair"]})
    assert answer.status_code == 400 and "vocabulary, line 2: 'chair' is in line 1" in answer.json()["detail"]
