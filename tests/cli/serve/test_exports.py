"""Files to take away: one by one, and many in an archive."""

from __future__ import annotations

import io
import time
import zipfile
from pathlib import Path
from typing import Any

import httpx
import pytest
import trimesh
from fastapi.testclient import TestClient

from cli.serve.exports import KEPT, Archive, Archives
from cli.serve.problems import Problem
from inrstore.errors import EmptySurface
from inrstore.store import open_store
from tests.cli.conftest import Filled

from .conftest import PROOF, Serve
from .pages import serving
from .test_surfaces import of


def test_files_are_as_the_command_exports_them(client: TestClient, filled: Filled, tmp_path: Path) -> None:
    tile = of(client, "tile")
    answer = client.get(f"{tile}/export?format=stl&resolution=32")
    assert answer.headers["content-disposition"].startswith('attachment; filename="tile_')
    filled.run("export", tile[-64:], "-o", tmp_path / "own.stl", "--resolution", 32)
    assert answer.content == (tmp_path / "own.stl").read_bytes()
    assert abs(trimesh.load_mesh(io.BytesIO(answer.content), file_type="stl").bounds.mean(axis=0)[0] - 100) < 0.1
    part = client.get(f"{tile}/export?format=stl&resolution=32", headers={"Range": "bytes=10-19"})
    assert (part.status_code, part.content) == (206, answer.content[10:20])
    assert part.headers["content-range"] == f"bytes 10-19/{len(answer.content)}"
    large = client.get(f"{tile}/export?format=stl&resolution=32", headers={"Range": "bytes=0-4999"})
    assert large.headers["content-encoding"] == "identity" and large.headers["content-length"] == "5000"
    tail = client.get(f"{tile}/export?format=stl&resolution=32", headers={"Range": "bytes=-5"})
    assert tail.content == answer.content[-5:]
    beyond = client.get(f"{tile}/export?format=stl&resolution=32", headers={"Range": f"bytes={10**9}-"})
    assert beyond.status_code == 416


def test_many_in_one_archive(client: TestClient) -> None:
    ids = [of(client, name)[-64:] for name in ("ball", "egg", "ball")]
    answer = client.get("/api/v1/export", params={"id": ids, "format": "ply", "resolution": 24})
    archive = zipfile.ZipFile(io.BytesIO(answer.content))
    assert archive.testzip() is None
    ball, egg, again = archive.namelist()
    assert ball.startswith("ball-") and egg.startswith("egg-") and again == ball.replace(".ply", "-2.ply")
    assert trimesh.load_mesh(io.BytesIO(archive.read(egg)), file_type="ply").is_watertight


def test_what_cannot_be_exported_is_said_in_the_archive(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    from cli.serve import exports

    def refuse(store: Any, shape: Any, *rest: Any, **options: Any) -> Any:
        if shape.name == "ball":
            raise EmptySurface("it has no surface")
        return write(store, shape, *rest, **options)

    write = exports.write_shape
    monkeypatch.setattr(exports, "write_shape", refuse)
    ids = [of(client, name)[-64:] for name in ("ball", "egg")]
    archive = zipfile.ZipFile(io.BytesIO(client.get("/api/v1/export", params={"id": ids, "resolution": 24}).content))
    assert [name[:6] for name in archive.namelist()] == ["egg-" + ids[1][:2], "failed"]
    assert archive.read("failed.txt").decode() == f"{ids[0]} ball: it has no surface\n"


def body(client: TestClient, **asked: Any) -> dict[str, Any]:
    ids = [of(client, name)[-64:] for name in ("ball", "egg")]
    return {"ids": ids, "format": "stl", "resolution": 24, **asked}


def test_an_archive_is_prepared_and_fetched_by_its_address(client: TestClient) -> None:
    asked = body(client)
    address = client.post("/api/v1/export/prepare", json=asked).json()["archive"]
    for _ in range(2):  # as often as one likes
        answer = client.get(address)
        assert answer.headers["content-disposition"] == 'attachment; filename="shapes.zip"'
        names = zipfile.ZipFile(io.BytesIO(answer.content)).namelist()
        assert [name.partition("-")[0] for name in names] == ["ball", "egg"]
    direct = zipfile.ZipFile(io.BytesIO(client.post("/api/v1/export", json=asked).content))
    assert direct.testzip() is None and direct.namelist() == names
    assert client.get("/api/v1/archives/none").status_code == 404
    assert client.app.state.gallery.uploads.exists() and list(client.app.state.gallery.uploads.iterdir()) == []


def test_of_many_none_may_be_unknown(client: TestClient) -> None:
    for path in ("/export", "/export/prepare"):
        answer = client.post(f"/api/v1{path}", json=body(client, ids=["0" * 64, "1" * 64]))
        assert answer.status_code == 404 and "0000, nor have 1 others" in answer.json()["detail"]
        assert client.post(f"/api/v1{path}", json=body(client, ids=["0" * 64] * 10_001)).status_code == 422
        assert client.post(f"/api/v1{path}", json=body(client, format="exe")).status_code == 422
    many = body(client)["ids"] * 4_000
    assert client.post("/api/v1/export/prepare", json=body(client, ids=many)).status_code == 200


def test_a_token_and_read_only(serve: Serve, filled: Filled) -> None:
    client = serve(filled.store, host="0.0.0.0", token="long enough a secret", read_only=True)
    (ball,) = open_store(filled.store).shapes("name=ball")
    asked = {"ids": [ball.id], "resolution": 16}
    token = {"Authorization": "Bearer long enough a secret"}
    address = client.post("/api/v1/export/prepare", json=asked, headers=token).json()["archive"]
    assert client.get(address).status_code == 401
    assert client.post("/api/v1/login", json={"token": "long enough a secret"}).status_code == 200
    assert client.get(address).status_code == 200  # as a browser goes there, with its cookie


def test_archives_are_forgotten() -> None:
    now = [0.0]
    archives = Archives(lambda: now[0])
    first, *others = [archives.add(Archive([number], "obj", 16)) for number in range(KEPT + 1)]
    assert len(first) >= 32 and archives.get(others[0]).keys == [1]
    with pytest.raises(Problem, match="ask for it again"):
        archives.get(first)
    now[0] = 601.0
    with pytest.raises(Problem):
        archives.get(others[-1])


def test_a_file_that_is_known_is_not_sent_again(client: TestClient) -> None:
    url = f"{of(client, 'ball')}/export?format=ply&resolution=24"
    first = client.get(url, headers={"Accept-Encoding": "identity"})
    assert int(first.headers["content-length"]) == len(first.content) and first.headers["accept-ranges"] == "bytes"
    again = client.get(url, headers={"If-None-Match": first.headers["etag"]})
    assert again.status_code == 304 and again.content == b""
    other = client.get(url, headers={"Range": "bytes=0-9", "If-Range": '"other"'})
    assert other.status_code == 200 and other.content == first.content
    assert list(client.app.state.gallery.uploads.iterdir()) == []


def test_nothing_is_left_when_the_client_goes_away(own_store: Path) -> None:
    with serving(own_store) as site, httpx.Client(base_url=site.url, headers=PROOF, timeout=60) as client:
        folder = site.app.state.gallery.uploads
        shape = site.id("egg")
        for number in range(3):
            with client.stream("GET", f"/api/v1/shapes/{shape}/export?format=obj&resolution=200") as answer:
                assert answer.status_code == 200 and number >= 0
                next(answer.iter_raw(1000))
        with client.stream("POST", "/api/v1/export", json={"ids": [shape] * 200, "resolution": 64}) as answer:
            next(answer.iter_raw(1000))
        deadline = time.monotonic() + 30
        while list(folder.iterdir()):
            assert time.monotonic() < deadline
            time.sleep(0.05)
        assert client.get("/healthz").status_code == 200
