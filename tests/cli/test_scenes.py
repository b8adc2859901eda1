"""A print plate on the command line: what is said of its objects, and of files that are not read."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from cli import exits
from tests.ingest.test_scenes import places, write_plate

from .conftest import Run


def test_six_copies_on_a_plate(run: Run, tmp_path: Path) -> None:
    plate, store = write_plate(tmp_path / "plate.3mf"), tmp_path / "s.store"
    run("init", store)
    outcome = run("ingest", plate, "--scenes", "parts", "--jobs", 1, "--json", "--store", store)
    assert (outcome.code, outcome.json["stored"], outcome.json["skipped"]) == (exits.DONE, 2, 5), outcome.stderr
    value = run("info", f"{plate}#2 bracket", "--json", "--store", store).json
    assert value["name"] == "bracket" and len(value["sources"]) == len(value["objects"]) == 6
    assert value["objects"][1]["source"] == f"{plate}#2 bracket"
    for found, place in zip(value["objects"], places(6), strict=True):
        assert found["name"] == "bracket"
        np.testing.assert_allclose(found["transform"], place, atol=1e-7)
    text = run("info", f"{plate}#2 bracket", "--store", store).stdout
    assert "10 0 0" in text and f"{np.degrees(0.7):.4g}° about 0 0 1" in text
    bare = run("info", plate, "--store", store)
    assert bare.code == exits.FAILED and "#1 bracket" in bare.stderr and "7 objects of 2 shapes" in bare.stderr
    mesh = tmp_path / "bracket.ply"
    assert run("export", f"{plate}#3 bracket", "-o", mesh, "-r", 32, "--store", store).code == exits.DONE
    import trimesh

    assert trimesh.load_mesh(mesh).bounds.mean(axis=0) == pytest.approx((0, 0, 0), abs=0.2)  # the object's own
    again = run("ingest", tmp_path, "--scenes", "parts", "--json", "--store", store)
    assert (again.json["stored"], again.json["skipped"]) == (1, 7)  # the mesh that was just written


def test_a_folder_of_fbx_says_what_to_do(run: Run, tmp_path: Path) -> None:
    for name in ("a.fbx", "b.fbx"):
        (tmp_path / name).write_bytes(b"Kaydara")
    run("init", tmp_path / "s.store")
    outcome = run("ingest", tmp_path, "--json", "--store", tmp_path / "s.store")
    assert (outcome.code, outcome.json["refused"]) == (exits.DONE, 2)
    [line] = [line for line in outcome.stderr.splitlines() if "FBX" in line]
    assert line.startswith("passed over: 2 .fbx files, such as ") and "glTF 2.0 (.glb)" in line
