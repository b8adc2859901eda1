"""Neighbours by id and by file, and files that are no shapes."""

from __future__ import annotations

import io
import struct
import zipfile
from pathlib import Path

import pytest
import trimesh
from fastapi.testclient import TestClient

import index
from inrstore.store import open_store
from tests.cli.conftest import SHAPES, Filled

from .conftest import Serve, api


def test_neighbours_are_those_of_a_search(client: TestClient, filled: Filled) -> None:
    store = open_store(filled.store)
    (ball,) = store.shapes("name=ball")
    found = api(client, f"/shapes/{ball.id}/neighbours", params={"k": 3})
    (own,) = index.search(store, ball, k=3)
    assert [(hit["id"], hit["rank"]) for hit in found["hits"]] == [(hit.id, hit.rank) for hit in own.hits]
    assert [hit["score"] for hit in found["hits"]] == pytest.approx([hit.score for hit in own.hits], abs=1e-5)
    assert found["query"]["id"] == ball.id and found["hits"][0]["name"] == "egg"
    only = api(client, f"/shapes/{ball.id}/neighbours", params={"where": "label=flat"})
    assert {hit["label"] for hit in only["hits"]} == {"flat"}


def test_a_file_finds_what_is_like_it_and_is_not_stored(client: TestClient, filled: Filled) -> None:
    egg = SHAPES["round/egg"].copy().apply_scale(3.0)
    sent = {"file": ('<b>egg\n"x".stl', egg.export(file_type="stl"))}
    found = client.post("/api/v1/search?k=2", files=sent).json()
    assert [hit["label"] for hit in found["hits"]] == ["round", "round"] and found["query"]["stored"] is None
    assert found["hits"][0]["score"] > 0.9
    surface = client.get(found["query"]["surface"] + "?resolution=32")
    assert trimesh.load_mesh(io.BytesIO(surface.content), file_type="glb").volume > 0.5
    assert len(open_store(filled.store)) == 4
    known = client.post("/api/v1/search", files={"file": ("b.obj", filled.mesh("ball").read_bytes())}).json()
    assert known["query"]["stored"] == open_store(filled.store).shapes("name=ball")[0].id
    assert client.get("/api/v1/queries/none/surface").status_code == 404


def lying_stl() -> bytes:
    """A binary STL that says it has four billion triangles."""
    return b"\0" * 80 + struct.pack("<I", 2**32 - 1) + b"\0" * 50


def bomb() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("3D/3dmodel.model", b"\0" * 60_000_000)
    return buffer.getvalue()


HOSTILE = {
    "empty.obj": (b"", 422),
    "none.exe": (b"MZ", 415),
    "noending": (b"x", 415),
    "..": (b"x", 415),
    "a.fbx": (b"Kaydara", 415),
    "text.stl": (b"hello", 422),
    "nan.obj": (b"v nan 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 3\n", 422),
    "lies.stl": (lying_stl(), 422),
    "cut.glb": (b"glTF\x02\x00\x00\x00\xff\xff\xff\x7f", 422),
    "elsewhere.gltf": (b'{"asset":{"version":"2.0"},"buffers":[{"uri":"/etc/passwd","byteLength":9}]}', 422),
    "bomb.3mf": (bomb(), 422),
    "pickle.npy": (b"\x93NUMPY\x01\x00v\x00{'descr': '|O', 'fortran_order': False, 'shape': (1,), }" + b" " * 60, 422),
    "../../up.obj": (b"f 1 2 3\n", 422),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_files_that_are_no_shapes_are_answered_with_their_reason(client: TestClient, name: str) -> None:
    data, status = HOSTILE[name]
    answer = client.post("/api/v1/search", files={"file": (name, data)})
    assert answer.status_code == status, answer.text
    detail = answer.json()["detail"]
    assert len(detail) > 15 and "/tmp" not in detail and "inrstore-serve" not in detail
    assert client.get("/healthz").status_code == 200


def test_what_is_too_large_is_not_taken(serve: Serve, filled: Filled) -> None:
    client = serve(filled.store, upload_bytes=1_000)
    answer = client.post("/api/v1/search", files={"file": ("a.obj", b"v 0 0 0\n" * 200)})
    assert answer.status_code == 413 and "1,000 bytes" in answer.json()["detail"]
    answer = client.post("/api/v1/search", files={"file": ("a.obj", b"v" * 2_000_000)})
    assert answer.status_code == 413

    def endless():  # type: ignore[no-untyped-def]
        yield b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.obj"\r\n\r\n'
        for _ in range(50):
            yield b"v 0 0 0\n" * 10_000

    headers = {"Content-Type": "multipart/form-data; boundary=x"}
    assert client.post("/api/v1/search", content=endless(), headers=headers).status_code in (400, 413)


def test_nothing_of_what_was_sent_is_left(serve: Serve, filled: Filled) -> None:
    client = serve(filled.store)
    folder: Path = client.app.state.gallery.uploads
    client.post("/api/v1/search", files={"file": ("a.obj", b"v 0 0")})
    assert list(folder.iterdir()) == []
