"""Lists, facts and pictures, against what the store itself says."""

from __future__ import annotations

import io
from typing import Any

from fastapi.testclient import TestClient
from PIL import Image

from inrstore.store import open_store
from tests.cli.conftest import Filled

from .conftest import api


def names(page: Any) -> list[str]:
    return [shape["name"] for shape in page["shapes"]]


def test_lists_are_the_stores(client: TestClient, filled: Filled) -> None:
    store = open_store(filled.store)
    page = api(client, "/shapes")
    assert page["total"] == 4 and [one["id"] for one in page["shapes"]] == [shape.id for shape in store.shapes()]
    first, shape = page["shapes"][0], store.shapes()[0]
    for name in ("name", "label", "field", "kind"):
        assert first[name] == getattr(shape, name)
    assert first["source"] == shape.sources[0] and first["thumbnail"] == f"/api/v1/shapes/{shape.id}/thumbnail"
    part = api(client, "/shapes", params={"order": "-name", "limit": 2, "offset": 1})
    assert (part["total"], names(part)) == (4, [shape.name for shape in store.shapes(order="-name")][1:3])


def test_words_and_conditions_narrow(client: TestClient) -> None:
    assert sorted(names(api(client, "/shapes", params={"q": "FLAT"}))) == ["plate", "tile ö"]
    assert names(api(client, "/shapes", params={"q": "tile test"})) == ["tile ö"]
    both = {"q": "test", "where": ["label=round", "name=e*"]}
    assert names(api(client, "/shapes", params=both)) == ["egg"]
    nothing = api(client, "/shapes", params={"q": "nothing like it"})
    assert (nothing["total"], nothing["shapes"]) == (0, [])
    assert nothing["understood"]["unknown"] == ["nothing", "like"]
    facets = api(client, "/facets", params={"q": "flat"})
    assert facets["label"] == [{"value": "flat", "count": 2, "where": ["label=flat"]}]
    assert facets["kind"] == [{"value": "mesh", "count": 2, "where": ["kind=mesh"]}]
    assert list(facets) == ["label", "field", "kind", "profile", "size", "error"]


def test_the_best_come_first_and_what_was_made_of_the_words_is_said(client: TestClient) -> None:
    found = api(client, "/shapes", params={"q": "tiel flat", "order": "best"})
    assert names(found) == ["tile ö"] and found["understood"]["instead"] == {"tiel": ["tile"]}
    found = api(client, "/shapes", params={"q": "flat zzz", "order": "best"})
    assert found["total"] == 2 and found["understood"]["sentences"] == ["nothing is called 'zzz'"]
    assert [
        names(api(client, "/shapes", params={"q": "flat", "order": "best", "limit": 1, "offset": n}))[0] for n in (0, 1)
    ] == (names(api(client, "/shapes", params={"q": "flat", "order": "best"})))
    assert api(client, "/shapes", params={"q": "👍"})["total"] == 0
    limited = api(client, "/shapes", params={"q": "stl over 1 mm", "order": "best"})
    said = {one["said"]: one["condition"] for one in limited["understood"]["limits"]}
    assert said == {"stl": "source=*.stl|*.STL", "over 1 mm": "size>1"}
    where = list(said.values())
    assert limited["total"] == api(client, "/shapes", params={"where": where})["total"]
    assert names(api(client, "/shapes", params={"order": "best"})) == names(api(client, "/shapes"))


def test_words_that_are_written_as_one_are_taken_apart(client: TestClient) -> None:
    found = api(client, "/shapes", params={"q": "flatTile zzz", "order": "best"})
    assert names(found) == ["tile ö"] and found["understood"]["unknown"] == ["zzz"]
    assert api(client, "/facets", params={"q": "flatTile zzz"})["label"][0]["count"] == 1


def test_a_text_finds_shapes_and_says_why(client: TestClient) -> None:
    found = api(client, "/text", params={"q": "flat tile", "by": "words"})
    assert [hit["name"] for hit in found["hits"]] == ["tile ö", "plate"]
    assert found["hits"][0]["why"] == [{"by": "words", "rank": 1, "said": "flat in the label, tile in the name"}]
    assert found["query"] == "flat tile" and found["understood"]["words"] == ["flat", "tile"]
    for asked in ({"q": " "}, {"q": "x", "unit": "yard"}, {"q": "x", "where": "nonsense"}):
        assert client.get("/api/v1/text", params=asked).status_code == 400, asked


def test_what_a_facet_counts_is_what_its_conditions_find(client: TestClient) -> None:
    facets = api(client, "/facets", params={"name": ["label", "profile", "size", "error", "tag:split"]})
    for values in facets.values():
        assert values
        for value in values:
            assert api(client, "/shapes", params={"where": value["where"]})["total"] == value["count"]
    chosen = {"where": ["label=flat", "kind=mesh"], "name": ["label", "kind"]}
    assert [one["value"] for one in api(client, "/facets", params=chosen)["label"]] == ["flat"]
    beside = api(client, "/facets", params={**chosen, "beside": True})
    assert {one["value"]: one["count"] for one in beside["label"]} == {"flat": 2, "round": 2}
    assert api(client, "/shapes", params={"where": ["label=flat|round"]})["total"] == 4


def test_what_is_known_is_forgotten_when_anybody_changes_the_store(client: TestClient, filled: Filled) -> None:
    def counts() -> Any:
        return {one["value"]: one["count"] for one in api(client, "/facets")["label"]}

    assert counts() == {"flat": 2, "round": 2} and api(client, "/store")["labels"] == ["flat", "round"]
    other = open_store(filled.store)
    (egg,) = other.shapes("name=egg")
    other.label([egg.key], "oval")
    assert counts() == {"flat": 2, "round": 1, "oval": 1}
    assert api(client, "/store")["labels"] == ["flat", "oval", "round"]
    other.label([egg.key], "round")
    other.close()
    assert counts() == {"flat": 2, "round": 2}


def test_all_that_is_known_of_a_shape(client: TestClient, filled: Filled) -> None:
    store = open_store(filled.store)
    (egg,) = store.shapes("name=egg")
    found = api(client, f"/shapes/{egg.id[:10].upper()}")
    assert found["id"] == egg.id and found["scale"] == egg.scale and found["tags"] == {"split": "test"}
    (source,), (kept,) = found["sources"], store.sources(egg)
    assert (source["path"], source["sha256"], source["there"]) == (kept.path, kept.sha256, True)
    (inr,), (network,) = store.inrs(egg), found["networks"]
    assert network == {name: getattr(inr, name) for name in ("base", "profile", "field", "error", "steps", "encoded")}
    assert found["quality"] == dict(egg.quality)


def test_what_the_server_has(client: TestClient) -> None:
    found = api(client, "/store")
    assert (found["shapes"], found["labels"], found["tags"]) == (4, ["flat", "round"], ["split"])
    assert found["searchable"] and found["decoder"] and not found["read_only"] and found["classifiers"] == []
    assert "glb" in found["formats"]


def test_pictures_are_kept_and_asked_for_once(client: TestClient, filled: Filled) -> None:
    store = open_store(filled.store)
    key = int(store.keys()[0])
    url = api(client, "/shapes")["shapes"][0]["thumbnail"]
    answer = client.get(url)
    kept = store.thumbnail(key)
    assert answer.headers["content-type"] == "image/webp"
    assert kept is None or answer.content == kept
    assert Image.open(io.BytesIO(answer.content)).size == (256, 256)
    again = client.get(url, headers={"If-None-Match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_a_shape_that_was_stored_again_has_its_picture(client: TestClient, filled: Filled) -> None:
    store = open_store(filled.store)
    (egg,) = store.shapes("name=egg")
    url = f"/api/v1/shapes/{egg.id}/thumbnail"
    client.app.state.gallery.shape(egg.id)  # asked for, but no picture was shown yet
    filled.run("rm", egg.id)
    assert client.get(url).status_code == 404
    assert filled.run("ingest", filled.meshes / "round" / "egg.obj", "--jobs", 1).code == 0
    assert store.shape(egg.id).key != egg.key
    assert client.get(url).headers["content-type"] == "image/webp"


def test_errors_say_what_to_do(client: TestClient) -> None:
    cases = {
        "/shapes/ffffffffffff": (404, "shape-not-found", "no shape"),
        "/shapes/zz": (404, "shape-not-found", "hexadecimal digits"),
        "/shapes/..%2F..%2Fetc%2Fpasswd": (404, "not-found", ""),
        "/shapes?where=colour%3Dred": (400, "bad-input", "no shape has 'colour'"),
        "/shapes?where=nonsense": (400, "bad-input", "is no condition"),
        "/shapes?limit=9999": (422, "bad-request", "limit"),
        "/shapes?order=size": (422, "bad-request", "order"),
        "/nothing": (404, "not-found", ""),
    }
    for path, (status, name, words) in cases.items():
        answer = client.get(f"/api/v1{path}")
        assert answer.headers["content-type"] == "application/problem+json", path
        found = answer.json()
        assert (answer.status_code, found["status"], found["type"]) == (status, status, f"urn:inrstore:{name}"), path
        assert words in found["detail"] and found["title"]
    assert client.post("/api/v1/shapes/abcd").status_code == 405


def test_the_document_says_it_all(client: TestClient) -> None:
    document = api(client, "/openapi.json")
    assert {"/api/v1/shapes", "/api/v1/search", "/api/v1/jobs/{id}/events", "/healthz"} <= document["paths"].keys()
    for path, methods in document["paths"].items():
        for method, about in methods.items():
            assert about.get("description") or about.get("summary"), (method, path)
            assert "4XX" in about["responses"]
