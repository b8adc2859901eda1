"""From stored shapes to new ones, as the shell would ask for them."""

from __future__ import annotations

from pathlib import Path

import pytest
import trimesh

from cli.generate import FORMATS
from inrstore.store import open_store
from inrstore.surface.meshes import MESH_FORMATS
from tests.codes import RADIUS, ball_model

from .conftest import Filled, command, page_example


@pytest.fixture(scope="module")
def boxes(tmp_path_factory: pytest.TempPathFactory) -> Filled:
    """Ten boxes, flat ones and tall ones, in a store with a generator that learned from eight of them."""
    root = tmp_path_factory.mktemp("boxes")
    for number in range(10):
        kind = "tall" if number % 2 else "flat"
        (root / kind).mkdir(exist_ok=True)
        size = (1, 2 + 0.1 * number, 1) if number % 2 else (2, 0.5 + 0.1 * number, 2)
        trimesh.creation.box(size).export(root / kind / f"{number}.ply")
    store = root / "shapes.store"
    assert command("init", store, "--profile", "fast").code == 0
    done = command(
        "--store", store, "ingest", root, "--labels-from", "parent", "--jobs", 1, "--no-thumbnails", "--json"
    )
    assert (done.code, done.json["stored"]) == (0, 10), done.stderr
    opened = open_store(str(store))
    ball_model(opened.base(), said=0.3).save(root / "codes")
    shapes = sorted(opened, key=lambda shape: shape.name)
    opened.retag({shape.id: {"split": "test" if place in (0, 1) else "train"} for place, shape in enumerate(shapes)})
    # the store's own codes are those whose decoder was given last
    assert command("--store", store, "encode", "--codes", "--model", root / "codes").code == 0
    given = ("--label", "label", "--split", "split", "--steps", 60, "--json")
    trained = command("--store", store, "train", "generator", *given)
    assert trained.code == 0, trained.stderr
    assert set(trained.json) == {"head", "figures", "seconds"} and trained.json["figures"]["nearest"] > 0
    return Filled(store, root, done)


def test_new_shapes_and_the_sheet(boxes: Filled, tmp_path: Path) -> None:
    done = boxes.run("generate", "-n", 3, "--label", "tall", "-r", 24, "-f", "stl", "-o", tmp_path / "new", "--json")
    assert done.code == 0, done.stderr
    assert [Path(file).name for file in done.json["files"]] == [f"sample-0-00{n}.stl" for n in range(3)] + ["sheet.png"]
    assert all(Path(file).stat().st_size > 1_000 for file in done.json["files"])
    ids = {shape["id"] for shape in boxes.run("list", "--where", "split=train", "--json").json}
    for sample in done.json["samples"]:
        assert set(sample) == {"file", "label", "nearest", "distance"}
        assert sample["label"] == "tall" and sample["nearest"] in ids and 0 <= sample["distance"] < 2
        assert abs(trimesh.load(sample["file"]).extents / 2 - RADIUS).max() < 0.3
    text = boxes.run("generate", "-n", 2, "-r", 24, "-o", tmp_path / "more", "--seed", 1, "--guidance", 1.5)
    assert text.code == 0 and "sample-1-001.obj" in text.stdout and "drawn in" in text.stdout, text.stderr


def test_figures_against_shapes_that_were_not_learned_from(boxes: Filled) -> None:
    done = boxes.run("eval", "generation", "--split", "split", "-n", 4, "--json")
    assert done.code == 0, done.stderr
    figures = done.json["figures"]
    assert figures["samples"] == 2 and figures["empty"] == 0
    assert figures["MMD"] > 1e-4 and figures["COV"] in (0.5, 1) and figures["1-NNA"] in (0, 0.25, 0.5, 0.75, 1)
    done = boxes.run("eval", "generation", "--where", "split=train")
    assert done.code == 1 and "0 of 8 such shapes were not learned from" in done.stderr
    assert "remembered" in boxes.run("heads", "list").stdout


def test_what_is_kept_is_a_shape(boxes: Filled, tmp_path: Path) -> None:
    done = boxes.run("generate", "-n", 2, "--label", "flat", "-r", 24, "-o", tmp_path, "--seed", 5, "--keep", "--json")
    assert done.code == 0, done.stderr
    kept = boxes.run("list", "--where", "generated=yes", "--json").json
    assert {shape["id"] for shape in kept} == {sample["id"] for sample in done.json["samples"]} and len(kept) == 2
    marked = ("--where", f"generated_by={done.json['head'][:12]}", "--where", "label=flat")
    assert boxes.run("list", *marked, "--json").json == kept
    back = boxes.run("export", kept[0]["id"], "-o", tmp_path / "back.ply", "--resolution", 32)
    assert back.code == 0, back.stderr
    sizes = {tuple(trimesh.load(sample["file"]).extents.round(1)) for sample in done.json["samples"]}
    assert tuple(trimesh.load(tmp_path / "back.ply").extents.round(1)) in sizes
    again = boxes.run("train", "generator", "--steps", 1, "--name", "second", "--json")
    assert again.code == 0, again.stderr
    card = boxes.run("heads", "show", "second", "--json").json["card"]
    assert card["data"]["shapes"] == 10  # none of those that were generated
    assert boxes.run("heads", "rm", "second").code == 0


def test_a_server_makes_shapes_too(boxes: Filled) -> None:
    asking = pytest.importorskip("tests.cli.serve.asking", reason="needs the extra serve")
    with asking.asking(boxes.store) as client:
        wanted = {"count": 2, "label": "tall", "resolution": 24, "seed": 9}
        done = asking.ended(client, "/generations", json=wanted)
        assert done["state"] == "done" and done["result"]["failed"] == 0, done
        made = done["result"]["shapes"]
        kept = client.get("/api/v1/shapes", params={"where": ["generated=yes", "label=tall"]}).json()["shapes"]
        assert len(made) == 2 and {one["id"] for one in made} <= {one["id"] for one in kept}
        missing = client.post("/api/v1/generations", json={"generator": "none"})
        assert missing.status_code in (404, 409) and "none" in missing.json()["detail"]
        assert asking.ended(client, "/generations", json={"label": "boat"})["state"] == "failed"
    with asking.asking(boxes.store, read_only=True) as client:
        assert client.post("/api/v1/generations", json=wanted).status_code == 403
    assert boxes.run("rm", *[one["id"] for one in made]).code == 0


def test_what_cannot_be_asked(boxes: Filled, filled: Filled, tmp_path: Path) -> None:
    done = boxes.run("generate", "--label", "boat", "-o", tmp_path / "new")
    assert done.code == 1 and "knows no 'boat', only flat, tall" in done.stderr
    done = boxes.run("train", "generator", "--label", "style", "--steps", 1)
    assert done.code == 1 and "no such shape has a 'style'" in done.stderr
    done = boxes.run("generate")
    assert done.code == 2 and "--out" in done.stderr
    assert boxes.run("encode", "--codes", "--missing").code == 0
    done = filled.run("encode", "--codes", "--model", boxes.meshes / "codes")
    assert done.code == 0, done.stderr
    done = filled.run("train", "generator")
    assert done.code == 1 and "there are 4 shapes to learn from, and a generator needs 8" in done.stderr
    done = filled.run("generate", "-o", tmp_path / "new")
    assert done.code == 1 and "train one with 'inrstore train generator'" in done.stderr


def test_the_formats_are_those_of_meshes() -> None:
    assert FORMATS == MESH_FORMATS


def test_the_pages_example(boxes: Filled, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    example = page_example("generate(codes").replace('16, label="chair"', '2, label="tall", resolution=24')
    exec(compile(example, "docs/tasks.md", "exec"), {"store": open_store(str(boxes.store))})
    assert len(list((tmp_path / "new").glob("*.obj"))) == 2
