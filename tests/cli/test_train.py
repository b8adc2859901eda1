"""The commands that train, with settings of seconds and their worker processes."""

from __future__ import annotations

import json
import sys
import types
from dataclasses import replace
from pathlib import Path

import pytest
import trimesh

import ingest
from cli.curves import Curves
from cli.main import main
from inrstore.errors import MissingDependency
from inrstore.model import Model, from_recipe
from inrstore.model.training import train
from inrstore.store import init_store
from tests.ingest.meshes import write_meshes
from tests.inrstore.model.training.balls import FIT, RECIPE
from tests.shapes import make_model, new_shape


@pytest.fixture
def meshes(tmp_path: Path) -> Path:
    return write_meshes(tmp_path / "meshes")


def test_a_model_is_trained(
    meshes: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = []

    def tiny(**options: object) -> train.TrainRecipe:
        asked.append(options)
        return replace(RECIPE, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(train, "TrainRecipe", tiny)
    out = tmp_path / "out"
    arguments = [
        "--out",
        f"{out}/",
        "--name",
        "own",
        "--variants",
        "1",
        "--steps",
        "3",
        "--base",
        "learn",
        "--base-steps",
        "1",
    ]
    assert main(["train", "model", str(meshes), *arguments, "-j", "1", "--seed", "4", "--json"]) == 0
    assert asked == [{"name": "own", "variants": 1, "jobs": 1, "seed": 4}]
    model = Model.load(out)
    said = capsys.readouterr()
    result = json.loads(said.out)
    assert model.encoder is not None
    assert (result["base"], result["encoder"]) == (model.base.id, model.encoder.id) and result["out"] == str(out)
    assert result["figures"]["held-out shapes"] == 1
    assert model.name == "own"
    recipe = json.loads((tmp_path / "out.work" / "recipe.json").read_text())
    assert recipe["settings"]["base"]["outer_steps"] == 1 and recipe["settings"]["seed"] == 4
    assert recipe["labels"] == ["flat", "round", "round"]
    lines = said.err.splitlines()
    assert lines[0] == "sampling for the bases" and "variant 0: 3 of 3" in lines
    assert lines[-1].startswith("codec: 3 of 3, decode ")


def test_steps_of_bases_that_are_not_learned_are_refused(
    meshes: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["train", "model", str(meshes), "--out", str(tmp_path / "out"), "--base-steps", "1"]) != 0
    assert "add --base learn" in capsys.readouterr().err


def test_a_folder_without_meshes_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for command in ("model", "base"):
        assert main(["train", command, str(tmp_path), "--out", str(tmp_path / "out")]) != 0
        assert "no meshes" in capsys.readouterr().err


def test_bases_of_a_profile_are_learned_from_meshes_and_its_networks_start_there(
    meshes: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out, profile = tmp_path / "out", tmp_path / "finer.json"
    profile.write_text(replace(FIT, name="finer", base=str(out)).to_json())
    steps = ["--outer-steps", "2", "--fit-steps", "2", "--shapes", "2", "-j", "1"]
    assert main(["train", "base", str(meshes), "--out", str(out), "--profile", str(profile), *steps]) == 0
    model = Model.load(out)
    assert model.name == "finer" and f"Learned the base finer ({model.base.id[:12]})" in capsys.readouterr().out
    store = init_store(tmp_path / "s.store", replace(from_recipe(FIT), name="t"))
    result = ingest.ingest(store, [meshes / "flat/plate.ply"], profile=profile, jobs=1)
    assert (result.stored, result.failed) == (1, 0)
    assert [inr.profile for inr in store.inrs(store.keys()[0])] == ["finer"]
    capsys.readouterr()
    for wrong in (["--start", "model"], []):
        options = [str(meshes)] if wrong else ["--profile", "paper"]
        assert main(["train", "base", *options, *wrong, "--out", str(out)]) != 0
        assert "bases begin at random" in (error := capsys.readouterr().err) or "--profile is for" in error


def test_bases_are_learned_from_a_stores_own_networks(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    long = replace(FIT, steps=100, sampling=replace(FIT.sampling, uniform=400))
    store = init_store(tmp_path / "s.store", replace(from_recipe(long), name="t"))
    trimesh.creation.icosphere().export(tmp_path / "ball.ply")
    ingest.ingest(store, [tmp_path / "ball.ply"], jobs=1)
    command = ["--store", store.url, "train", "base", "--out", str(tmp_path / "out")]
    assert main([*command, "--outer-steps", "2", "--fit-steps", "2", "-j", "1", "--start", "random"]) == 0
    said = capsys.readouterr()
    assert "base sdf: 2 of 2, loss " in said.err and "Learned the base default" in said.out
    assert Model.load(tmp_path / "out").recipe == store.model.recipe


def test_an_encoder_is_trained_from_a_store(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    model = make_model()
    store = init_store(tmp_path / "shapes.store", model)
    store.commit([new_shape(model, number) for number in range(60)])
    out = tmp_path / "out"
    sizes = [part for pair in ("width=8", "blocks=1", "dim=8") for part in ("--set", pair)]
    given = ["train", "encoder", str(tmp_path / "shapes.store"), "--out", str(out), "--encoder", "weights", *sizes]
    chosen = [*given, "--epochs", "2", "--batch", "4", "--rate", "0.002", "--seed", "3", "--labels", "split"]
    assert main([*chosen, "--json"]) == 0
    said = capsys.readouterr()
    result = json.loads(said.out)
    trained = Model.load(out)
    assert trained.encoder is not None and trained.encoder.settings["settings"]["width"] == 8
    assert (result["base"], result["encoder"], result["epochs"]) == (trained.base.id, trained.encoder.id, 2)
    assert set(result["figures"]) == {"map", "hit@1", "hit@5"}
    assert "epoch: 1 of 2, 0:00:0" in said.err and "left, loss" in said.err and "loss classes" in said.err
    recipe = json.loads((tmp_path / "out.work" / "recipe.json").read_text())
    assert (recipe["settings"]["learning_rate"], recipe["settings"]["batch"], recipe["labels"]) == (0.002, 4, "split")
    assert (tmp_path / "out.work" / "curves.png").stat().st_size > 1000
    for wrong, why in (("width", "KEY=NUMBER"), ("depth=2", "cannot be made with"), ("width=wide", "KEY=NUMBER")):
        assert main([*given, "--work", str(tmp_path / "other"), "--set", wrong]) == 1
        assert why in capsys.readouterr().err
    further = ["train", "encoder", str(tmp_path / "shapes.store"), "--out", str(tmp_path / "further"), "--epochs", "1"]
    assert main([*further, "--start", str(out), "--labels", "split", "--batch", "4"]) == 0
    recipe = json.loads((tmp_path / "further.work" / "recipe.json").read_text())
    assert (recipe["settings"]["kind"], recipe["start"]) == ("weights", trained.encoder.id)
    assert recipe["settings"]["learning_rate"] == pytest.approx(1e-3 / 3)
    for wrong, why in ((("default",), "cannot be trained from a store"), (("fast",), "no encoder to start from")):
        assert main([*further, "--start", *wrong]) == 1
        assert why in capsys.readouterr().err


def test_one_object_in_several_fields_and_scans_are_asked_for(tmp_path: Path) -> None:
    store = init_store(tmp_path / "shapes.store", make_model())
    store.commit([new_shape(make_model(), number) for number in range(24)])
    store.retag({shape.key: {"object": f"o{number // 2}"} for number, shape in enumerate(store)})
    sizes = [part for pair in ("probes=16", "width=4", "dim=12", "outline=4") for part in ("--set", pair)]
    given = ["train", "encoder", str(tmp_path / "shapes.store"), "--out", str(tmp_path / "out"), *sizes]
    asked = ["--same", "object", "--scans", "0.5", "--views", "3", "--epochs", "1", "--batch", "4"]
    asked += ["--class-weight", "0.3", "--contrast-weight", "1"]
    assert main([*given, *asked]) == 0
    recipe = json.loads((tmp_path / "out.work" / "recipe.json").read_text())
    assert (recipe["settings"]["warp"]["scans"], recipe["settings"]["views"]) == (0.5, 3)
    assert (recipe["settings"]["classes"], recipe["settings"]["contrast"]) == (0.3, 1)
    assert sorted(recipe["object"]) == [number // 2 for number in range(24)]


def test_a_decoder_is_trained_for_the_embeddings_that_are_there(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    store = init_store(tmp_path / "shapes.store", make_model())
    store.commit([new_shape(make_model(), number) for number in range(24)])
    out = tmp_path / "out"
    given = ["train", "decoder", str(tmp_path / "shapes.store"), "--out", str(out), "--epochs", "2", "--batch", "4"]
    chosen = [*given, "--points", "16", "--set", "width=8", "--set", "frequencies=1", "--where", "split=train"]
    assert main([*chosen, "--json"]) == 0
    said = capsys.readouterr()
    result, trained = json.loads(said.out), Model.load(out)
    assert trained.decoder is not None and trained.decoder.decoder.sizes.width == 8
    assert (result["encoder"], result["epochs"]) == (store.encoder_id, 2) and set(result["figures"]) == {
        "decode",
        "chamfer",
    }
    assert "14 to learn from, 2 to validate" in trained.card and (tmp_path / "out.work" / "curves.png").exists()
    before = store.model.decoder
    assert before is None
    assert main(["reencode", "--store", str(tmp_path / "shapes.store"), "--model", str(out)]) == 0
    said = capsys.readouterr()
    assert "0 shapes encoded" in said.out and f"its decoder is now {trained.decoder.id[:12]}" in said.out
    assert store.model.decoder == trained.decoder
    for wrong in ("depth=2", "width=0", "width=nan", "width=8.5"):
        assert main([*given, "--set", wrong]) == 1
        assert "a decoder has a width and frequencies" in capsys.readouterr().err


def test_refits_need_kept_samples(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    store = init_store(tmp_path / "shapes.store", make_model())
    store.commit([new_shape(make_model(), number) for number in range(24)])
    given = ["train", "encoder", str(tmp_path / "shapes.store"), "--out", str(tmp_path / "out"), "--epochs", "1"]
    assert main([*given, "--refits", "2"]) == 1
    assert "ingest with --keep-samples, or leave --refits out" in capsys.readouterr().err
    recipe = json.loads((tmp_path / "out.work" / "recipe.json").read_text())
    assert recipe["settings"]["refits"] == 2


def test_tensorboard_gets_every_figure_or_its_absence_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    written: list[tuple[str, float, int]] = []

    class Writer:
        def __init__(self, folder: str) -> None:
            assert folder == "events"

        def add_scalar(self, name: str, value: float, step: int) -> None:
            written.append((name, value, step))

        def flush(self) -> None:
            pass

    module = types.ModuleType("torch.utils.tensorboard")
    module.SummaryWriter = Writer  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "torch.utils.tensorboard", module)
    curves = Curves(str(tmp_path), "events")
    curves([{"loss a": 2.0, "map": 0.1}])
    curves([{"loss a": 2.0, "map": 0.1}, {"loss a": 1.0, "map": 0.3}])
    assert written == [("loss a", 2.0, 1), ("map", 0.1, 1), ("loss a", 1.0, 2), ("map", 0.3, 2)]
    monkeypatch.setitem(sys.modules, "torch.utils.tensorboard", None)
    with pytest.raises(MissingDependency, match="pip install tensorboard"):
        Curves(str(tmp_path), "events")
