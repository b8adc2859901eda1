"""From solids in a store to completed and reconstructed scans, as the shell would ask for them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import trimesh
from PIL import Image

from inrstore.metrics.surfaces import chamfer_l1
from inrstore.store import open_store

from .conftest import Filled, Run, command, page_example


@pytest.fixture(scope="module")
def eggs(tmp_path_factory: pytest.TempPathFactory) -> Filled:
    """Ten eggs of different girth in a store, with what was trained to complete and to reconstruct them."""
    root = tmp_path_factory.mktemp("eggs")
    for number in range(10):
        egg = trimesh.creation.icosphere(subdivisions=3).apply_scale((0.5 + 0.05 * number, 1, 0.7))
        egg.export(root / f"egg{number}.ply")
    store = root / "shapes.store"
    assert command("init", store, "--profile", "fast").code == 0
    done = command("--store", store, "ingest", root, "--jobs", 1, "--no-thumbnails", "--json")
    assert (done.code, done.json["stored"]) == (0, 10), done.stderr
    for name, steps in (("completer", 40), ("reconstructor", 20)):
        trained = command("--store", store, "train", name, "--steps", steps, "--jobs", 1, "--json")
        assert trained.code == 0, trained.stderr
        assert set(trained.json) == {"head", "figures", "seconds"}
        assert trained.json["figures"]["loss"] < trained.json["figures"]["loss before"] - 0.05
    return Filled(store, root, done)


def scan(path: Path, half: bool) -> np.ndarray:
    """Points of an egg of another girth, ten times as large, that lies far off; written there."""
    egg = trimesh.creation.icosphere(subdivisions=5).apply_scale((0.62, 1, 0.7))
    points = egg.sample(4_000, seed=0)
    points = (points[points[:, 0] > -0.1] if half else points) * 10 + [100, 0, -50]
    np.savetxt(path, points)
    return points


def test_a_part_is_completed_where_it_lies(eggs: Filled, tmp_path: Path) -> None:
    scan(tmp_path / "half.xyz", half=True)
    out = tmp_path / "whole.obj"
    ball = ("--ball", 100, 0, -50, 10)
    done = eggs.run("complete", tmp_path / "half.xyz", "-o", out, "--resolution", 48, *ball, "--json")
    assert done.code == 0, done.stderr
    assert done.json["files"] == [str(out)] and done.json["watertight"]
    made = trimesh.load(out)
    # So few steps make a rough egg, but one that is whole, and where the half of it was.
    np.testing.assert_allclose(made.bounds.mean(axis=0), [100, 0, -50], atol=3)
    assert made.volume == pytest.approx(4 / 3 * np.pi * 0.62 * 0.7 * 1000, rel=0.6)
    assert made.bounds[0, 0] < 97  # the scan ends at 99


def test_a_cloud_becomes_a_solid(eggs: Filled, tmp_path: Path) -> None:
    points = scan(tmp_path / "cloud.xyz", half=False)
    done = eggs.run("reconstruct", tmp_path / "cloud.xyz", "-o", tmp_path / "solid.stl", "--resolution", 48)
    assert done.code == 0 and "closed" in done.stdout, done.stderr
    made = trimesh.load(tmp_path / "solid.stl")
    assert made.is_watertight and chamfer_l1(points, made.sample(4_000, seed=0)) < 2


def test_a_server_completes_and_reconstructs_too(eggs: Filled, tmp_path: Path) -> None:
    asking = pytest.importorskip("tests.cli.serve.asking", reason="needs the extra serve")
    points = scan(tmp_path / "half.xyz", half=True)
    with asking.asking(eggs.store) as client:
        form = {"resolution": "48", "ball": "100 0 -50 10"}
        done = asking.ended(client, "/completions", files={"file": ("half.xyz", text(points))}, data=form)
        assert done["state"] == "done", done
        whole = client.get(done["result"]["surface"])
        (tmp_path / "whole.glb").write_bytes(whole.content)
        made = trimesh.load(tmp_path / "whole.glb", force="mesh")
        assert done["result"]["watertight"] and len(made.faces) == done["result"]["faces"]
        np.testing.assert_allclose(made.bounds.mean(axis=0), [100, 0, -50], atol=3)
        solid = asking.ended(
            client, "/reconstructions", files={"file": ("a.xyz", text(points))}, data={"resolution": "24"}
        )
        assert solid["state"] == "done" and solid["result"]["watertight"]
        away = asking.ended(client, "/completions", files={"file": ("a.xyz", text(points))}, data={"ball": "0 0 0 1"})
        assert away["state"] == "failed" and "ball" in away["message"] and str(tmp_path) not in away["message"]
        junk = asking.ended(client, "/completions", files={"file": ("a.ply", b"ply\nhm")})
        assert junk["state"] == "failed" and junk["message"].startswith("the file")
        for ball in ("1 2 3", "a b c d", "nan 0 0 1"):
            bad = client.post("/api/v1/completions", files={"file": ("a.xyz", b"1 2 3")}, data={"ball": ball})
            assert bad.status_code == 400 and "four numbers" in bad.json()["detail"]
        assert client.get("/api/v1/made/..%2F..").status_code == 404
        assert client.get("/api/v1/made/0123").json()["type"] == "urn:inrstore:made-gone"
        assert client.get("/api/v1/stats").json()["shapes"] == 10
        assert asking.ended(client, "/verifications")["result"]["ok"]


def text(points: np.ndarray) -> bytes:
    return "\n".join(" ".join(map(str, point)) for point in points).encode()


def test_they_are_measured(eggs: Filled, tmp_path: Path) -> None:
    done = eggs.run("eval", "reconstruction", "-n", 1, "--json", "--picture", picture := tmp_path / "answers.png")
    assert done.code == 0, done.stderr
    assert done.json["head"] == eggs.run("heads", "show", "reconstruction", "--json").json["id"]
    figures, rows = done.json["figures"], done.json["rows"]
    assert figures["scans"] == 1 and figures["closed"] == 1
    assert rows["transfer"]["f@0.05"] == figures["f@0.05"] > 0.1
    assert rows["input"]["chamfer_l1"] < 0.06  # all of the surface was seen
    assert rows["nearest"]["chamfer_l1"] < 0.1  # another egg
    assert Image.open(picture).width > 700  # the scan, what was made, what is there
    assert "the scan as it came" in eggs.run("eval", "completion", "-n", 1).stdout
    kinds = {head["name"]: head for head in eggs.run("heads", "list", "--json").json}
    assert kinds["completion"]["usable"] and kinds["reconstruction"]["kind"] == "transfer"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("complete", "SCAN", "-o", "whole.xyz"), "a mesh is written as one of"),
        (("complete", "SCAN", "-o", "nowhere/whole.obj"), "does not exist"),
        (("complete", "SCAN", "-o", "whole.obj", "--head", "other"), "no transfer 'other'"),
        (("reconstruct", "SCAN", "-o", "whole.obj", "--head", "completion"), "trained for a completion"),
    ],
)
def test_what_cannot_be_is_said(eggs: Filled, tmp_path: Path, arguments: tuple[str, ...], said: str) -> None:
    path = tmp_path / "scan.xyz"
    scan(path, half=False)
    done = eggs.run(*(str(path) if one == "SCAN" else one for one in arguments))
    assert done.code == 1 and said in done.stderr


def test_too_few_shapes_are_said_before_anything_is_encoded(filled: Filled, monkeypatch: pytest.MonkeyPatch) -> None:
    encoded: list[object] = []
    monkeypatch.setattr("ingest.encode", lambda *given, **more: encoded.append(given))
    for task in ("completer", "reconstructor"):
        done = filled.run("train", task, "--split", "side")
        assert done.code == 1 and "0 to ask, by train and test in the tag 'side'; 8 are needed" in done.stderr
        assert not encoded


def test_a_store_without_a_head_says_what_to_train(run: Run, tmp_path: Path) -> None:
    scan(tmp_path / "scan.xyz", half=False)
    assert run("init", tmp_path / "new.store").code == 0
    done = run("--store", tmp_path / "new.store", "complete", tmp_path / "scan.xyz", "-o", tmp_path / "whole.obj")
    assert done.code == 1 and "inrstore train completer" in done.stderr
    assert not (tmp_path / "whole.obj").exists()


def test_the_pages_example(eggs: Filled, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scan(tmp_path / "scan.xyz", half=False)
    monkeypatch.chdir(tmp_path)
    example = page_example("read_scan(").replace("scan.ply", "scan.xyz")
    exec(compile(example, "docs/tasks.md", "exec"), {"store": open_store(str(eggs.store))})
    assert trimesh.load(tmp_path / "whole.obj").is_watertight
