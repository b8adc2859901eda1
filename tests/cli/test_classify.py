"""From labels to a classifier, its answers, proposals and heads, as the shell would ask for them."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from inrstore.store import open_store

from .conftest import Filled, page_example


@pytest.fixture
def trained(filled: Filled) -> Filled:
    done = filled.run("train", "classifier", "--json")
    assert done.code == 0, done.stderr
    assert set(done.json) == {"head", "figures", "seconds"} and done.json["figures"]["shapes"] == 4
    return filled


def test_classify_files_shapes_and_vectors(trained: Filled, tmp_path: Path) -> None:
    import trimesh

    trimesh.creation.icosphere(subdivisions=2).apply_scale((1, 1.1, 1)).export(tmp_path / "pebble.stl")
    np.save(tmp_path / "vector.npy", open_store(trained.store).embeddings()[1][0])
    done = trained.run(
        "classify", tmp_path / "pebble.stl", trained.mesh("plate"), tmp_path / "vector.npy", "nowhere", "--json"
    )
    assert done.code == 3 and "nowhere" in done.stderr
    assert [set(one) for one in done.json] == [{"query", "label", "probability", "unlike", "top"}] * 3
    assert [one["label"] for one in done.json][:2] == ["round", "flat"]
    assert done.json[0]["query"] == str(tmp_path / "pebble.stl") and done.json[0]["top"][0]["label"] == "round"
    assert sum(one["probability"] for one in done.json[0]["top"]) == pytest.approx(1)
    said = trained.run("classify", trained.mesh("ball"), trained.mesh("plate"))
    lines = said.stdout.splitlines()
    assert lines[0].split() == ["query", "label", "probability", "or", "else"]
    assert lines[2].split()[1] == "round" and lines[3].split()[1] == "flat"
    table = trained.run("classify", trained.mesh("ball"), "--csv").stdout.splitlines()
    assert table[0] == "query,label,probability,unlike" and ",round,0." in table[1]
    assert trained.run("classify", trained.mesh("ball"), "--csv", "--json").code == 2
    refused = trained.run("classify", "nowhere")
    assert refused.code == 1 and "no query could be read" in refused.stderr


def test_the_pages_example(filled: Filled, monkeypatch: pytest.MonkeyPatch) -> None:
    """The Python of docs/tasks.md, beside a store and a file of the names that it uses."""
    shutil.copy(filled.mesh("egg").with_suffix(".obj"), filled.store.parent / "scan.obj")
    monkeypatch.chdir(filled.store.parent)
    first, second = page_example("train_classifier("), page_example("interpolate(codes")
    names: dict[str, Any] = {}
    exec(compile(first.replace("scan.ply", "scan.obj"), "docs/tasks.md", "exec"), names)
    assert names["trained"].figures["shapes"] == 4 and len(names["asked"]) == 1 and not names["failures"]
    ids = [shape["id"] for shape in filled.run("list", "--json").json]
    second = (
        second.replace("3fa9c2", ids[0]).replace("chair.obj", "scan.obj").replace("steps=8", "steps=2, resolution=32")
    )
    exec(compile(second, "docs/tasks.md", "exec"), names)
    assert len(names["way"].steps) == 2 and (filled.store.parent / "way" / "steps.glb").exists()


def test_without_a_classifier(filled: Filled) -> None:
    for arguments in (("classify", filled.mesh("ball")), ("label", "--propose"), ("eval", "classification")):
        done = filled.run(*arguments)
        assert done.code == 1 and "train one with 'inrstore train classifier'" in done.stderr
    filled.run("label", "--where", "label=flat", "--remove")
    done = filled.run("train", "classifier")
    assert done.code == 1 and "of 1 classes (round 2) two need two shapes" in done.stderr


def test_heads_are_listed_moved_and_removed(trained: Filled, tmp_path: Path) -> None:
    listed = trained.run("heads", "list", "--json").json
    assert [(one["name"], one["kind"], one["usable"]) for one in listed] == [
        ("label", "classifier", True),
        ("default", "decoder", True),
    ]
    assert "accuracy" in trained.run("heads", "list", "--kind", "classifier").stdout
    shown = trained.run("heads", "show", "label")
    assert "flat 2, round 2" in shown.stdout and "asked once each in 5 folds" in shown.stdout
    assert trained.run("heads", "show", "label", "--json").json["card"]["seed"] == 0
    out = tmp_path / "out"
    assert trained.run("heads", "export", "label", out).code == 0
    assert sorted(path.name for path in out.iterdir()) == ["part.json", "weights.safetensors"]
    refused = trained.run("heads", "export", "label", out)
    assert refused.code == 1 and "is not empty" in refused.stderr
    done = trained.run("heads", "rm", "label", "nothing", "--json")
    assert done.code == 3 and [one["name"] for one in done.json] == ["label"]
    assert trained.run("classify", trained.mesh("ball")).code == 1
    assert trained.run("heads", "import", out, "--name", "again").code == 0
    assert trained.run("classify", trained.mesh("ball"), "--head", "again", "--json").json[0]["label"] == "round"


def test_a_head_for_another_store(trained: Filled, tmp_path: Path) -> None:
    out, other = tmp_path / "out", tmp_path / "other.store"
    trained.run("heads", "export", "label", out)
    assert trained.run("init", other, "--model", "paper").code == 0
    done = trained.run("heads", "import", out, "--store", other)
    assert done.code == 1 and "the store's are of none, its codes of" in done.stderr


def test_labels_are_proposed_accepted_and_taken_back(trained: Filled, tmp_path: Path) -> None:
    trained.run("label", trained.mesh("egg"), "--remove")
    picture = tmp_path / "review.png"
    done = trained.run("label", "--propose", "--threshold", 0.3, "--picture", picture)
    assert (
        done.code == 0
        and "1 shape without a label: 0 sure, 1 in doubt" in done.stdout
        and picture.stat().st_size > 10_000
    )
    assert "round" in done.stdout and "egg.obj" in done.stdout
    found = trained.run("label", "--propose", "--threshold", 0.3, "--json").json
    assert found["written"] == 0 and len(found["proposals"]) == 1
    one = found["proposals"][0]
    assert one["label"] == "round" and one["neighbours"][0]["label"] == "round" and len(one["neighbours"]) == 3
    assert one["sure"] is (one["votes"] > 0.5) is (found["sure"] == 1)
    trained.run("label", trained.mesh("plate"), "round")  # now two of the three nearest are, and one is flat
    done = trained.run("label", "--propose", "--threshold", 0.3)
    assert "1 sure" in done.stdout and "nothing is written yet; --accept" in done.stdout
    assert trained.run("label", "--propose", "--threshold", 0.3, "--accept", "--json").json["written"] == 1
    assert trained.run("list", "--where", "proposed=label=round", "--json").json[0]["name"] == "egg"
    assert trained.run("label", "--take-back", "--where", "name=ball", "--json").json == {"taken_back": 0}
    trained.run("heads", "rm", "label")
    (by,) = set(open_store(trained.store).values("proposed_by").values())
    assert trained.run("label", "--take-back", "--head", "0000").code == 1
    assert trained.run("label", "--take-back", "--head", by, "--json").json == {"taken_back": 1}
    assert [one["name"] for one in trained.run("list", "--where", "label=", "--json").json] == ["egg"]
    assert trained.run("label", "--propose", "--take-back").code == 2
    for extra in (("--accept",), ("--picture", picture), ("--threshold", 0.5)):
        assert trained.run("label", "--take-back", *extra).code == trained.run("label", "ffff", "x", *extra).code == 2
    assert trained.run("label", "--propose", "ffff", "x").code == 2
    assert trained.run("label", "--accept", "ffff", "x").code == 2


def test_evaluation_has_a_picture(trained: Filled, tmp_path: Path) -> None:
    picture = tmp_path / "confusion.png"
    done = trained.run("eval", "classification", "--picture", picture, "--json")
    assert done.json["figures"]["accuracy"] == 1 and picture.stat().st_size > 5_000
    assert "accuracy" in trained.run("eval", "classification", "--where", "name=b*").stdout
