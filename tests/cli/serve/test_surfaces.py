"""Surfaces as the viewer and as files get them, against analytic shapes."""

from __future__ import annotations

import io
import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import trimesh
from fastapi.testclient import TestClient

from inrstore.store import open_store
from tests.cli.conftest import SHAPES, Filled

from .conftest import Serve


def glb(answer: Any) -> trimesh.Trimesh:
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "model/gltf-binary"
    return trimesh.load_mesh(io.BytesIO(answer.content), file_type="glb")


def of(client: TestClient, name: str) -> str:
    (found,) = client.get("/api/v1/shapes", params={"q": name}).json()["shapes"]
    return f"/api/v1/shapes/{found['id']}"


def test_a_ball_is_decoded_and_lies_on_its_source(client: TestClient) -> None:
    ball = of(client, "ball")
    decoded, source = glb(client.get(f"{ball}/surface?resolution=48")), glb(client.get(f"{ball}/source"))
    assert decoded.is_watertight and abs(decoded.volume / (4 / 3 * np.pi) - 1) < 0.05
    radius = np.linalg.norm(source.vertices, axis=1)
    np.testing.assert_allclose(radius, radius.mean(), rtol=0.05)
    assert len(source.faces) == len(SHAPES["round/ball"].faces)
    coarse = glb(client.get(f"{ball}/surface?resolution=16"))
    assert len(coarse.faces) < len(decoded.faces) / 4
    assert glb(client.get(f"{ball}/surface?via=decoder&resolution=32")).volume > 0.5


def test_errors_are_distances_to_the_source(client: TestClient) -> None:
    answer = client.get(f"{of(client, 'plate')}/errors?resolution=48")
    painted = glb(answer)
    figures = json.loads(answer.headers["x-inrstore-figures"])
    assert 0 < figures["chamfer"] < figures["largest"] < 0.05 and figures["f@0.02"] > 0.95
    assert len(np.unique(painted.visual.vertex_colors, axis=0)) > 10


def test_between_two_shapes(client: TestClient) -> None:
    ball, egg = (of(client, name)[-64:] for name in ("ball", "egg"))
    volumes = [glb(client.get(f"/api/v1/interpolations/{ball}/{egg}/{t}?resolution=32")).volume for t in (0, 0.5, 1)]
    assert min(volumes[0], volumes[2]) * 0.9 < volumes[1] < max(volumes[0], volumes[2]) * 1.1
    assert client.get(f"/api/v1/interpolations/{ball}/{egg}/1.5").status_code == 422


def test_a_source_that_is_gone_or_changed(serve: Serve, filled: Filled, tmp_path: Path) -> None:
    moved = tmp_path / "moved.obj"
    SHAPES["round/egg"].copy().apply_scale((1, 1, 2)).export(moved)
    assert filled.run("ingest", moved, "--jobs", 1).code == 0
    client = serve(filled.store)
    shape = of(client, "moved")
    assert client.get(f"{shape}/source").status_code == 200
    moved.write_text("v 0 0 0\n")
    os.utime(moved)
    client = serve(filled.store)  # the first keeps what it has shown
    answer = client.get(f"{shape}/source")
    assert answer.status_code == 404 and "no file of moved" in answer.json()["detail"]
    assert len(open_store(filled.store)) == 5


def test_what_the_store_cannot_do(client: TestClient) -> None:
    ball = of(client, "ball")
    answer = client.get(f"{ball}/parts")
    assert answer.status_code == 409 and "train one with 'inrstore train segmenter'" in answer.json()["detail"]
    assert client.get(f"{ball}/surface?resolution=9999").status_code == 422
    assert client.get(f"{ball}/surface?profile=none").status_code == 400
    assert client.get(f"{ball}/export?format=exe").status_code == 422
