"""Pictures that are sent, words for looks, and composed queries, as a program asks for them."""

from __future__ import annotations

import io
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from fastapi.testclient import TestClient
from PIL import Image

import index
from ingest import encode_views
from inrstore.store import open_store
from tests import looks
from tests.cli.conftest import Filled

from .conftest import Serve, api


def png(pixels: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG")
    return buffer.getvalue()


NOISE = png(np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8))


def test_a_picture_finds_what_the_library_finds(sees: TestClient, seen: Filled, tmp_path: Path) -> None:
    path = looks.drawn(tmp_path / "block.png")
    answer = sees.post("/api/v1/picture?k=3", files={"file": ("block.png", path.read_bytes())})
    own = index.search_image(open_store(seen.store), path, k=3)
    found = answer.json()
    assert answer.status_code == 200, answer.text
    assert [hit["id"] for hit in found["hits"]] == [hit.id for hit in own.hits] and len(own.hits) == 3
    assert [hit["score"] for hit in found["hits"]] == pytest.approx([hit.score for hit in own.hits], abs=1e-5)
    assert found["query"] == "block.png" and found["kind"] == "cut" and found["notes"] == list(own.notes)
    assert found["hits"][0]["why"][0]["said"].startswith("looks like the picture (")
    second = sees.post("/api/v1/picture?k=1&skip=1", files={"file": ("b.png", path.read_bytes())}).json()["hits"]
    assert [(hit["id"], hit["rank"]) for hit in second] == [(own.hits[1].id, 2)]
    flat = sees.post("/api/v1/picture?where=label=flat", files={"file": ("b.png", path.read_bytes())}).json()["hits"]
    assert {hit["label"] for hit in flat} == {"flat"} and len(flat) == 2
    none = sees.post("/api/v1/picture?threshold=99", files={"file": ("b.png", path.read_bytes())}).json()
    assert none["hits"] == [] and none["sentences"] == [*own.notes, "nothing here is like that"]


def test_views_where_the_store_has_some(
    sees: TestClient, seen: Filled, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    picture = {"file": ("b.png", looks.drawn(tmp_path / "block.png").read_bytes())}
    refused = sees.post("/api/v1/picture?by=views", files=picture)
    assert refused.status_code == 422 and "inrstore encode --views" in refused.json()["detail"]
    for place in ("model.encoders", "tasks.crossmodal"):
        monkeypatch.setattr(f"inrstore.{place}.views.image_tower", lambda name: looks.FakeImage())
    encode_views(open_store(seen.store), engine="inline")
    own = index.search_image(open_store(seen.store), tmp_path / "block.png", k=24, by="views")
    found = sees.post("/api/v1/picture", files=picture).json()
    assert found["by"] == "views" and [hit["id"] for hit in found["hits"]] == [hit.id for hit in own.hits]
    assert found["notes"] == [] and len(own.hits) == 4
    assert sees.post("/api/v1/picture?by=shape", files=picture).json()["by"] == "shape"
    assert sees.post("/api/v1/picture?by=words", files=picture).status_code == 422


def test_masks_boxes_and_several_pictures(sees: TestClient, tmp_path: Path) -> None:
    mask = np.zeros((64, 64), np.uint8)
    mask[10:40, 20:50] = 255
    plain = sees.post("/api/v1/picture", files={"file": ("noise.png", NOISE)}).json()
    assert plain["kind"] == "photo" and "a mask or a box" in plain["notes"][0]
    masked = sees.post("/api/v1/picture", files={"file": ("noise.png", NOISE), "mask": ("m.png", png(mask))}).json()
    assert masked["kind"] == "cut" and "a mask or a box" not in " ".join(masked["notes"])
    assert sees.post("/api/v1/picture?box=0,0,32,32", files={"file": ("n.png", NOISE)}).status_code == 200
    block = looks.drawn(tmp_path / "block.png").read_bytes()
    both = sees.post("/api/v1/picture", files=[("file", ("a.png", NOISE)), ("file", ("b.png", block))]).json()
    assert both["kind"] == "mixed" and both["query"] == "a.png, b.png"
    assert "pictures (" in both["hits"][0]["why"][0]["said"]


def vast() -> bytes:
    """A PNG of a few bytes that says it has ten billion pixels."""
    head = struct.pack(">IIBBBBB", 100_000, 100_000, 8, 2, 0, 0, 0)
    made = b"\x89PNG\r\n\x1a\n"
    for kind, data in ((b"IHDR", head), (b"IDAT", zlib.compress(b"\0" * 1_000)), (b"IEND", b"")):
        made += struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    return made


HOSTILE = {
    "empty.png": (b"", 422),
    "text.png": (b"hello", 422),
    "cut.png": (NOISE[:200], 422),
    "vast.png": (vast(), 422),
    "page.html": (b"<!doctype html><script>alert(1)</script>", 422),
    "drawing.svg": (b"<svg xmlns='http://www.w3.org/2000/svg'><image href='/etc/passwd'/></svg>", 422),
    "lies.tif": (b"II*\0\xff\xff\xff\x7f", 422),
    "../../up.png": (b"\x89PNG\r\n\x1a\n", 422),
    "clear.png": (png(np.zeros((20, 20, 4), np.uint8)), 422),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_what_is_no_picture_is_answered_with_its_reason(sees: TestClient, name: str) -> None:
    data, status = HOSTILE[name]
    answer = sees.post("/api/v1/picture", files={"file": (name, data)})
    assert answer.status_code == status, answer.text
    assert len(answer.json()["detail"]) > 15 and "/tmp" not in answer.json()["detail"]
    assert sees.get("/healthz").status_code == 200


def test_what_cannot_be_asked_is_refused(sees: TestClient, seen: Filled, serve: Serve) -> None:
    sent = {"file": ("noise.png", NOISE)}
    for asked in ("box=1,2,3", "box=a,b,c,d", "k=0", "skip=-1", "where=nonsense", "box=50,50,10,10", "threshold=x"):
        assert 400 <= sees.post(f"/api/v1/picture?{asked}", files=sent).status_code < 500, asked
    many = [("file", ("n.png", NOISE))] * 9
    assert "8 at most" in sees.post("/api/v1/picture", files=many).json()["detail"]
    assert sees.post("/api/v1/picture", content=NOISE).status_code == 422
    small = serve(seen.store, upload_bytes=1_000)
    answer = small.post("/api/v1/picture", files=sent)
    assert answer.status_code == 413 and "1,000 bytes" in answer.json()["detail"]
    assert sees.post("/api/v1/picture", files=sent, headers={"Origin": "http://elsewhere"}).status_code == 403


def test_without_a_head_it_is_said_what_to_do(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("inrstore.tasks.crossmodal.found.packaged", lambda kind: None)
    for answer in (
        client.post("/api/v1/picture", files={"file": ("noise.png", NOISE)}),
        client.get("/api/v1/text", params={"q": "ball", "by": "shape"}),
    ):
        assert answer.status_code == 409 and "inrstore train" in answer.json()["detail"]
    assert [hit["name"] for hit in api(client, "/text", params={"q": "ball"})["hits"]] == ["ball"]


def test_words_count_by_looks(sees: TestClient, seen: Filled) -> None:
    found = api(sees, "/text", params={"q": "wheels", "by": "shape"})
    own = index.search_text(open_store(seen.store), "wheels", by="shape")
    assert [hit["id"] for hit in found["hits"]] == [hit.id for hit in own.hits] and len(own.hits) == 4
    assert found["hits"][0]["why"][0]["by"] == "shape"
    assert api(sees, "/text", params={"q": "wheels", "by": ["words", "meaning"]})["hits"] == []
    assert [hit["id"] for hit in api(sees, "/text", params={"q": "wheels", "skip": 3})["hits"]] == [own.hits[3].id]
