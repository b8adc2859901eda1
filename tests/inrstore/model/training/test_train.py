"""Training end to end with settings of seconds: stages, and resuming."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.numpy import load_file

from inrstore.errors import BadInput
from inrstore.model import Base, Model
from inrstore.model.training import learning, train
from inrstore.model.training.codec import CodecRecipe
from inrstore.model.training.train import train_model
from inrstore.network.fields import FIELDS
from inrstore.progress import Progress
from tests.inrstore.model.training.balls import RECIPE, Balls

BALLS = Balls()


def test_a_training_leaves_a_model_that_encodes_and_decodes(tmp_path: Path) -> None:
    said: list[Progress] = []
    trained = train_model(BALLS, tmp_path / "out", tmp_path / "work", RECIPE, said.append)
    saved = Model.load(tmp_path / "out")
    assert saved.encoder == trained.model.encoder is not None and saved.decoder == trained.model.decoder
    assert saved.fields == FIELDS and saved.recipe == RECIPE.fit
    z = saved.encode("udf", saved.base.start("udf")[None] + 0.01)
    assert z.shape == (1, 8) and np.isfinite(z).all()
    assert np.isfinite(saved.decode(z[0], np.zeros((2, 3), np.float32), "occ")).all()
    assert json.loads((tmp_path / "work" / "figures.json").read_text()) == trained.figures
    assert trained.figures["held-out shapes"] == 1
    files = ["bases", *(f"base-{field}" for field in FIELDS), "variant-0", "variant-1"]
    expected = {"figures.json", "recipe.json", *(f"{name}.safetensors" for name in files)}
    assert {p.name for p in (tmp_path / "work").iterdir()} == expected
    stages = ["base sdf", "base udf", "base occ", "variant 0", "variant 1", "codec"]
    assert [p.stage for p in said if p.done and p.done == p.total] == stages


def test_networks_start_at_a_base_that_is_given(tmp_path: Path) -> None:
    start = train_model(BALLS, tmp_path / "first", tmp_path / "first.work", RECIPE).model.base
    other = replace(RECIPE, fit=replace(RECIPE.fit, steps=9))
    found = train_model(BALLS, tmp_path / "out", tmp_path / "work", other, base=start).model
    assert found.base == start and found.encoder is not None and found.encoder.reads(start)
    assert not list((tmp_path / "work").glob("base*"))
    same = [load_file(tmp_path / name / "variant-1.safetensors")["sdf.change"] for name in ("first.work", "work")]
    assert np.array_equal(*same)
    moved = Base.of(start.name, start.recipe, {field: start.start(field) + 0.01 for field in FIELDS})
    with pytest.raises(BadInput, match="belongs to a training"):
        train_model(BALLS, tmp_path / "out", tmp_path / "work", other, base=moved)
    few = Base.of("few", start.recipe, {"sdf": start.start("sdf")})
    with pytest.raises(BadInput, match="no start for udf, occ"):
        train_model(BALLS, tmp_path / "out", tmp_path / "few", RECIPE, base=few)


def test_a_stopped_training_goes_on_with_the_stages_there_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = train_model(BALLS, tmp_path / "whole", tmp_path / "whole.work", RECIPE).model
    work, calls = tmp_path / "work", []
    original = Balls.fitted

    def stop(self: Balls, *rest: Any, **options: Any) -> Any:
        if options["variant"] == 1:
            raise KeyboardInterrupt
        return original(self, *rest, **options)

    monkeypatch.setattr(Balls, "fitted", stop)
    with pytest.raises(KeyboardInterrupt):
        train_model(BALLS, tmp_path / "out", work, RECIPE)
    assert (work / "variant-0.safetensors").exists() and not (work / "variant-1.safetensors").exists()

    def counted(self: Balls, *rest: Any, **options: Any) -> Any:
        calls.append(options["variant"])
        return original(self, *rest, **options)

    monkeypatch.setattr(Balls, "fitted", counted)
    monkeypatch.setattr(learning, "learn_base", None)
    assert train_model(BALLS, tmp_path / "out", work, RECIPE).model.encoder == whole.encoder
    assert calls == [1]


def test_a_codec_that_was_stopped_goes_on_from_its_checkpoint(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(train, "SAVED_EVERY", 2)
    whole = train_model(BALLS, tmp_path / "whole", tmp_path / "whole.work", RECIPE).model

    def stop(progress: Progress) -> None:
        if (progress.stage, progress.done) == ("codec", 5):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train_model(BALLS, tmp_path / "out", tmp_path / "work", RECIPE, stop)
    said: list[Progress] = []
    assert train_model(BALLS, tmp_path / "out", tmp_path / "work", RECIPE, said.append).model.encoder == whole.encoder
    assert [p.done for p in said if p.stage == "codec"] == [5, 6]


def test_a_work_folder_refuses_other_settings_and_shapes_but_not_another_codec(tmp_path: Path) -> None:
    work = tmp_path / "work"
    train_model(BALLS, tmp_path / "out", work, RECIPE)
    for other in (
        replace(RECIPE, seed=1),
        replace(RECIPE, fit=replace(RECIPE.fit, steps=5)),
        replace(RECIPE, base=replace(RECIPE.base, rate=0.2)),
    ):
        with pytest.raises(BadInput, match=r"other shapes or settings.*--work"):
            train_model(BALLS, tmp_path / "out", work, other)
    for shapes in (Balls((0.3, 0.6, 0.8)), Balls(labels=("small", "small", "large"))):
        with pytest.raises(BadInput, match="other shapes"):
            train_model(shapes, tmp_path / "out", work, RECIPE)
    again = replace(RECIPE, codec=CodecRecipe(steps=2, batch=4, points=16), jobs=3)
    assert train_model(BALLS, tmp_path / "again", work, again).model.embedding_dim == RECIPE.encoder.dim


def test_held_out_shapes_are_kept_from_the_codec_in_all_their_variants(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = []
    original = train._codec
    monkeypatch.setattr(train, "_codec", lambda data, *rest: (seen.append(data), original(data, *rest))[1])
    train_model(BALLS, tmp_path / "out", tmp_path / "work", RECIPE)
    shapes = seen[0].shape.tolist()
    assert len(shapes) == 4 and len(set(shapes)) == 2
    labels = {shape: label for shape, label in zip(shapes, seen[0].label.tolist(), strict=True)}
    assert all(labels[s] == (1 if s == 0 else 0) for s in labels)  # large, small
    assert (seen[0].row["occ"][:2] >= 0).all() and (seen[0].row["occ"][2:] == -1).all()  # grids in variant 0 only
    for name, rows in seen[0].fields.items():
        used = seen[0].row[name][seen[0].row[name] >= 0]
        assert len(torch.unique(used)) == len(used) and used.max() < len(rows.change)


@pytest.mark.parametrize("held_out", [0.0, 0.7])
def test_held_out_shapes_without_a_pair_do_not_cost_the_model(held_out: float, tmp_path: Path) -> None:
    train_model(BALLS, tmp_path / "out", tmp_path / "work", replace(RECIPE, held_out=held_out))
    assert (tmp_path / "out" / "model.json").exists()


def test_a_place_that_cannot_be_written_to_is_refused_before_anything_is_done(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for out, work in (("file", "work"), ("out", "file")):
        with pytest.raises(BadInput, match="file cannot be a folder"):
            train_model(BALLS, tmp_path / out, tmp_path / work, RECIPE)
