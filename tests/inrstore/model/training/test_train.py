"""Training end to end with settings of seconds: stages, resuming, and the command."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from cli.main import main
from ingest import train, trainset
from ingest.train import train_model
from inrstore.errors import BadInput
from inrstore.model import Model
from inrstore.model.training.codec import CodecRecipe
from inrstore.network.fields import FIELDS
from tests.ingest.training import RECIPE, InProcess, write_meshes

STAGES = ["bases.safetensors", "figures.json", "labels.json", "recipe.json"]


@pytest.fixture
def meshes(tmp_path: Path) -> Path:
    return write_meshes(tmp_path / "meshes")


@pytest.fixture
def in_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trainset, "_pool", lambda jobs: InProcess())


def quiet(line: str) -> None:
    pass


@pytest.mark.usefixtures("in_process")
def test_a_training_leaves_a_model_that_encodes_and_decodes(meshes: Path, tmp_path: Path) -> None:
    said: list[str] = []
    model = train_model([meshes], tmp_path / "out", tmp_path / "work", RECIPE, said.append)
    saved = Model.load(tmp_path / "out")
    assert saved.id == model.id and saved.fields == FIELDS and saved.recipe == RECIPE.fit
    z = saved.encode("udf", saved.base("udf")[None] + 0.01)
    assert z.shape == (1, 8) and np.isfinite(z).all()
    assert np.isfinite(saved.decode(z[0], np.zeros((2, 3), np.float32), "occ")).all()
    figures = json.loads((tmp_path / "work" / "figures.json").read_text())
    assert figures["held-out meshes"] == 1 and any("held-out" in line for line in said)
    assert sorted(p.name for p in (tmp_path / "work").iterdir()) == sorted(
        [*STAGES, "variant-0.safetensors", "variant-1.safetensors"]
    )


@pytest.mark.usefixtures("in_process")
def test_a_stopped_training_goes_on_with_the_stages_there_are(
    meshes: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = train_model([meshes], tmp_path / "whole", tmp_path / "whole.work", RECIPE, quiet)
    work = tmp_path / "work"
    original = train._variant

    def stop(number: int, *rest: object) -> None:
        if number == 1:
            raise KeyboardInterrupt
        original(number, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(train, "_variant", stop)
    with pytest.raises(KeyboardInterrupt):
        train_model([meshes], tmp_path / "out", work, RECIPE, quiet)
    assert (work / "variant-0.safetensors").exists() and not (work / "variant-1.safetensors").exists()
    monkeypatch.setattr(train, "_variant", original)
    calls: list[int] = []
    fitting = train.fit_variants
    monkeypatch.setattr(train, "learn_base", None)
    monkeypatch.setattr(train, "fit_variants", lambda *a, **k: (calls.append(k["variant"]), fitting(*a, **k))[1])
    assert train_model([meshes], tmp_path / "out", work, RECIPE, quiet).id == whole.id
    assert calls == [1]


@pytest.mark.usefixtures("in_process")
def test_a_work_folder_refuses_other_settings_and_meshes_but_not_another_codec(meshes: Path, tmp_path: Path) -> None:
    work = tmp_path / "work"
    train_model([meshes], tmp_path / "out", work, RECIPE, quiet)
    for other in (
        replace(RECIPE, seed=1),
        replace(RECIPE, fit=replace(RECIPE.fit, steps=5)),
        replace(RECIPE, base=replace(RECIPE.base, rate=0.2)),
    ):
        with pytest.raises(BadInput, match=r"other meshes or settings.*--work"):
            train_model([meshes], tmp_path / "out", work, other, quiet)
    with pytest.raises(BadInput, match="other meshes"):
        train_model([meshes / "round"], tmp_path / "out", work, RECIPE, quiet)
    again = replace(RECIPE, codec=CodecRecipe(steps=2, batch=4, points=16), jobs=3)
    assert train_model([meshes], tmp_path / "again", work, again, quiet).encoder_shape == RECIPE.encoder


@pytest.mark.usefixtures("in_process")
def test_held_out_meshes_are_kept_from_the_codec_in_all_their_variants(
    meshes: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = []
    original = train._codec
    monkeypatch.setattr(train, "_codec", lambda data, *rest: (seen.append(data), original(data, *rest))[1])
    train_model([meshes], tmp_path / "out", tmp_path / "work", RECIPE, quiet)
    shapes = seen[0].shape.tolist()
    assert len(shapes) == 4 and len(set(shapes)) == 2
    labels = {shape: label for shape, label in zip(shapes, seen[0].label.tolist(), strict=True)}
    assert all(labels[s] == (0 if s == 0 else 1) for s in labels)  # sources are flat, round, round
    assert (seen[0].row["occ"][:2] >= 0).all() and (seen[0].row["occ"][2:] == -1).all()  # grids in variant 0 only
    for name, rows in seen[0].fields.items():
        used = seen[0].row[name][seen[0].row[name] >= 0]
        assert len(torch.unique(used)) == len(used) and used.max() < len(rows.change)


@pytest.mark.usefixtures("in_process")
@pytest.mark.parametrize("held_out", [0.0, 0.7])
def test_held_out_meshes_without_a_pair_do_not_cost_the_model(held_out: float, meshes: Path, tmp_path: Path) -> None:
    recipe = replace(RECIPE, held_out=held_out)
    train_model([meshes], tmp_path / "out", tmp_path / "work", recipe, quiet)
    assert (tmp_path / "out" / "model.json").exists()


@pytest.mark.usefixtures("in_process")
def test_meshes_that_have_no_inside_are_refused_by_name_of_the_field(tmp_path: Path) -> None:
    (tmp_path / "flat").mkdir()
    (tmp_path / "flat" / "sheet.obj").write_text("v 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 3\n")
    with pytest.raises(BadInput, match="sampled as sdf"):
        train_model([tmp_path / "flat"], tmp_path / "out", tmp_path / "work", RECIPE, quiet)


def test_the_command_trains_with_its_worker_processes(
    meshes: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = []

    def tiny(**options: object) -> train.TrainRecipe:
        asked.append(options)
        return replace(RECIPE, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(train, "TrainRecipe", tiny)
    out = tmp_path / "out"
    arguments = ["--out", f"{out}/", "--name", "own", "--variants", "1", "--base-steps", "1", "--steps", "3"]
    assert main(["train", "model", str(meshes), *arguments, "-j", "1", "--seed", "4", "--json"]) == 0
    assert asked == [{"name": "own", "variants": 1, "jobs": 1, "seed": 4}]
    model = Model.load(out)
    assert json.loads(capsys.readouterr().out) == {"model": model.id, "out": str(out)}
    assert model.name == "own"
    settings = json.loads((tmp_path / "out.work" / "recipe.json").read_text())["settings"]
    assert settings["base"]["outer_steps"] == 1 and settings["seed"] == 4


def test_the_command_refuses_a_folder_without_meshes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["train", "model", str(tmp_path), "--out", str(tmp_path / "out")]) != 0
    assert "no meshes" in capsys.readouterr().err
