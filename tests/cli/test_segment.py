"""From meshes with parts to a segmenter and coloured files, as the shell would ask for them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import trimesh
from PIL import Image

from inrstore.progress import Progress
from inrstore.store import open_store

from .conftest import Filled, Run, page_example


@pytest.fixture(scope="module")
def parted(tmp_path_factory: pytest.TempPathFactory) -> Filled:
    """Eight bars that stand, whose upper half is one part and whose lower half another, in a store."""
    from .conftest import command

    root = tmp_path_factory.mktemp("parted")
    for number in range(8):
        bar = trimesh.creation.box((0.5 + 0.05 * number, 2, 0.6)).subdivide().subdivide()
        bar.export(root / f"bar{number}.ply")
        part = (bar.triangles_center[:, 1] > 0).astype(int)
        np.savez(root / f"bar{number}.parts.npz", face_part=part, part_names=np.array(["lower", "upper"]))
    store = root / "shapes.store"
    assert command("init", store, "--profile", "fast").code == 0
    done = command("--store", store, "ingest", root, "--parts", "--jobs", 1, "--no-thumbnails", "--json")
    assert (done.code, done.json["stored"], done.json["failed"]) == (0, 8, 0), done.stderr
    trained = command("--store", store, "train", "segmenter", "--steps", 120, "--json")
    assert trained.code == 0, trained.stderr
    assert set(trained.json) == {"head", "figures", "seconds"} and trained.json["figures"]["accuracy"] > 0.85
    return Filled(store, root, done)


def test_a_file_and_a_stored_shape(parted: Filled, tmp_path: Path) -> None:
    bar = trimesh.creation.box((0.72, 2, 0.6)).subdivide().subdivide().apply_scale(10).apply_translation((5, 50, 5))
    bar.export(tmp_path / "new.obj")
    done = parted.run("segment", tmp_path / "new.obj", "-o", tmp_path / "new.ply", "--json")
    assert done.code == 0, done.stderr
    assert done.json["label"] == "shape" and done.json["faces"] == len(bar.faces)
    assert [part["name"] for part in done.json["parts"]] == ["lower", "upper"]
    back = trimesh.load(tmp_path / "new.ply", process=False)
    upper = (back.visual.face_colors == back.visual.face_colors[back.triangles_center[:, 1].argmax()]).all(axis=1)
    assert np.mean(upper == (back.triangles_center[:, 1] > 50)) > 0.85
    (shape, *_) = parted.run("list", "--json").json
    picture = tmp_path / "parts.png"
    out = ("-o", tmp_path / "stored.parts.npz", "--picture", picture)
    done = parted.run("segment", shape["id"][:8], "--resolution", 32, *out)
    assert f"drawn in {picture}" in done.stdout and Image.open(picture).width > 500
    assert done.code == 0 and "upper" in done.stdout and "written to" in done.stdout
    with np.load(tmp_path / "stored.parts.npz") as arrays:
        centre = arrays["vertices"][arrays["faces"]].mean(axis=1)
        assert np.mean((arrays["face_part"] == 1) == (centre[:, 1] > 0)) > 0.85


def test_a_cloud(parted: Filled, tmp_path: Path) -> None:
    points = trimesh.sample.sample_surface(trimesh.creation.box((0.6, 2, 0.6)), 1500, seed=0)[0]
    np.savetxt(tmp_path / "scan.xyz", points)
    done = parted.run("segment", tmp_path / "scan.xyz", "-o", tmp_path / "scan.glb", "--json")
    assert done.code == 0, done.stderr
    assert done.json["points"] == 1500 and (tmp_path / "scan.glb").stat().st_size > 1500 * 12


def test_evaluation_and_the_head(parted: Filled, tmp_path: Path) -> None:
    found = parted.run("eval", "segmentation", "--picture", tmp_path / "said.png", "--json").json["figures"]
    assert Image.open(tmp_path / "said.png").width > 500
    assert found["accuracy"] > 0.85 and found["shapes"] == 8
    assert "instance mIoU" in parted.run("heads", "list").stdout


def test_a_stopped_training_says_so(parted: Filled, monkeypatch: pytest.MonkeyPatch) -> None:
    def stopped(stage: str, done: int) -> None:
        def line(progress: Progress) -> None:
            if progress.stage == stage and progress.done == done:
                raise KeyboardInterrupt

        monkeypatch.setattr("cli.train_heads.line", line)

    before = parted.run("heads", "list", "--json").json
    stopped("asking networks", 1)
    done = parted.run("train", "segmenter", "--name", "cut", "--json")
    assert done.code == 130 and not done.stdout
    assert done.stderr == "Stopped before anything was learned: no head is stored, and the next run begins anew.\n"
    assert parted.run("heads", "list", "--json").json == before
    stopped("step", 2)
    done = parted.run("train", "segmenter", "--name", "cut", "--json")
    assert done.code == 0 and done.json["stopped"] == "interrupted after 2 of 2000 steps"
    assert "interrupted after 2 of 2000 steps" in parted.run("train", "segmenter", "--name", "cut").stdout
    assert parted.run("heads", "rm", done.json["head"]).code == 0


def test_what_cannot_be_segmented(parted: Filled, filled: Filled, run: Run, tmp_path: Path) -> None:
    done = filled.run("segment", filled.mesh("ball"))
    assert done.code == 1 and "train one with 'inrstore train segmenter'" in done.stderr
    done = filled.run("train", "segmenter")
    assert done.code == 1 and "ingest with --parts" in done.stderr
    (tmp_path / "cut.ply").write_bytes((parted.meshes / "bar0.ply").read_bytes()[:90])
    done = parted.run("segment", tmp_path / "cut.ply")
    assert done.code == 1 and "cut.ply" in done.stderr
    assert parted.run("segment", "nowhere").code == 1
    done = parted.run("segment", parted.meshes / "bar0.ply", "--label", "boat")
    assert done.code == 1 and "knows no 'boat', only shape" in done.stderr


def test_the_pages_example(parted: Filled, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    trimesh.creation.box((0.6, 2, 0.6)).subdivide().subdivide().export(tmp_path / "chair.obj")
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {"store": open_store(str(parted.store))}
    exec(compile(page_example("segment_file("), "docs/tasks.md", "exec"), names)
    assert (tmp_path / "chair-parts.ply").exists() and set(names["found"].shares()) == {"lower", "upper"}
