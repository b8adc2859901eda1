"""Bases learned from a store's own networks."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import trimesh

import ingest
from ingest.train_base import learn_from_meshes, train_base
from inrstore.errors import BadInput
from inrstore.model import Model, from_recipe
from inrstore.model.training import base
from inrstore.model.training.base import BaseRecipe
from inrstore.network.recipe import Recipe, SamplingRecipe
from inrstore.store import Store, init_store
from tests.ingest.runs import counts

FIT = Recipe(
    "t", hidden=16, layers=2, steps=60, batch_points=400, half=False, sampling=SamplingRecipe(((0.02, 1_500),), 500)
)
RECIPE = BaseRecipe(outer_steps=12, batch=2, fit_steps=5, rate=0.5)


def quiet(line: str) -> None:
    pass


@pytest.fixture
def filled(tmp_path: Path) -> Store:
    store = init_store(tmp_path / "s.store", replace(from_recipe(FIT), name="t"))
    for number in range(3):
        trimesh.creation.box((1, 1 + number / 5, 1.5)).export(tmp_path / f"box {number}.ply")
    assert counts(ingest.ingest(store, [tmp_path], jobs=1)) == (3, 0, 0)
    return store


def test_a_base_is_learned_and_helps_where_it_was_learned(filled: Store, tmp_path: Path) -> None:
    model = train_base(filled, tmp_path / "out", tmp_path / "work", RECIPE, report=quiet)
    saved = Model.load(tmp_path / "out")
    assert saved.id == model.id != filled.model_id
    assert not np.array_equal(saved.base("sdf"), filled.model.base("sdf"))
    np.testing.assert_array_equal(saved.base("occ"), filled.model.base("occ"))  # nothing to learn it from
    short = replace(FIT, steps=5)
    errors = []
    for number, start in enumerate((filled.model, saved)):
        store = init_store(tmp_path / f"{number}.store", replace(start, recipe=short, saved=""))
        ingest.ingest(store, [tmp_path / "box 1.ply"], jobs=1)
        errors.append(store.inrs(store.shapes()[0].key)[0].error)
    assert errors[1] < 0.9 * errors[0]


def test_a_stopped_learning_goes_on_to_the_same_model(
    filled: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = train_base(filled, tmp_path / "whole", tmp_path / "w1", RECIPE, start="random", report=quiet)
    calls = 0
    original = base.optimise

    def stop(*arguments: Any, **options: Any) -> None:
        nonlocal calls
        calls += 1
        if calls > 2 * 11:  # in the twelfth step; the tenth was saved
            raise KeyboardInterrupt
        original(*arguments, **options)

    monkeypatch.setattr(base, "optimise", stop)
    with pytest.raises(KeyboardInterrupt):
        train_base(filled, tmp_path / "part", tmp_path / "w2", RECIPE, start="random", report=quiet)
    monkeypatch.setattr(base, "optimise", original)
    assert (tmp_path / "w2" / "base-sdf.safetensors").exists()
    again = train_base(filled, tmp_path / "part", tmp_path / "w2", RECIPE, start="random", report=quiet)
    assert again.id == whole.id
    with pytest.raises(BadInput, match="other shapes or settings"):
        train_base(filled, tmp_path / "part", tmp_path / "w2", replace(RECIPE, seed=1), report=quiet)


def test_an_encoder_says_the_same_of_a_network_whatever_its_base(store: Store, tmp_path: Path) -> None:
    trimesh.creation.box((1, 2, 3)).export(tmp_path / "box.ply")
    patient = replace(store.model, recipe=replace(store.model.recipe, steps=200, sampling=FIT.sampling), saved="")
    fitted = init_store(tmp_path / "f.store", patient)
    ingest.ingest(fitted, [tmp_path / "box.ply"], jobs=1)
    learned = train_base(fitted, tmp_path / "out", tmp_path / "work", RECIPE, report=quiet)
    weights = fitted.weights(fitted.keys())
    assert not torch.equal(learned.tensors["base.sdf"], patient.tensors["base.sdf"])
    np.testing.assert_allclose(learned.encode("sdf", weights), patient.encode("sdf", weights), atol=1e-4)


def test_what_cannot_be(store: Store, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="ingest some first"):
        train_base(store, tmp_path / "out", tmp_path / "work", RECIPE, report=quiet)
    for options in ({"shapes": 0}, {"start": "zero"}):
        with pytest.raises(BadInput, match="give model or random"):
            train_base(store, tmp_path / "out", tmp_path / "w", RECIPE, report=quiet, **options)  # type: ignore[arg-type]


def test_bases_are_learned_from_meshes_and_a_profile_starts_from_them(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    for number in range(3):
        trimesh.creation.box((1, 1 + number / 5, 1.5)).export(tmp_path / f"in/box {number}.ply")
    out, work, said = tmp_path / "out", tmp_path / "work", []
    profile = replace(FIT, name="finer", base=str(out))
    model = learn_from_meshes([tmp_path / "in"], out, work, profile, RECIPE, name="mine", report=said.append)
    assert model.fields == ("sdf", "udf", "occ") and model.name == "mine" and model.recipe.base == "model"
    assert "base occ: learning from 3 shapes" in said
    assert not np.array_equal(model.base("sdf"), model.base("udf"))
    store = init_store(tmp_path / "s.store", replace(from_recipe(FIT), name="t"))
    (tmp_path / "finer.json").write_text(profile.to_json())
    assert counts(ingest.ingest(store, [tmp_path / "in"], profile=tmp_path / "finer.json", jobs=1)) == (3, 0, 0)
    assert {inr.model for inr in store.inrs(store.shapes()[0].key)} == {model.id, store.model_id}
    again = learn_from_meshes([tmp_path / "in"], out, work, profile, RECIPE, name="mine", report=quiet)
    assert again.id == model.id
    with pytest.raises(BadInput, match="other shapes or settings"):
        learn_from_meshes([tmp_path / "in"], out, work, replace(profile, steps=9), RECIPE, name="mine", report=quiet)
    (tmp_path / "in/box 0.ply").write_bytes((tmp_path / "in/box 2.ply").read_bytes())
    with pytest.raises(BadInput, match="other shapes or settings"):
        learn_from_meshes([tmp_path / "in"], out, work, profile, RECIPE, name="mine", report=quiet)


def test_folders_that_are_none_are_refused_at_once(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    trimesh.creation.box().export(tmp_path / "in/box.ply")
    file = tmp_path / "in/box.ply"
    for folders, out, work in (
        ([tmp_path / "in", tmp_path / "typo"], tmp_path / "out", tmp_path / "work"),
        ([tmp_path / "in"], file, tmp_path / "work"),
        ([tmp_path / "in"], tmp_path / "out", file),
    ):
        with pytest.raises(BadInput, match="typo is not a folder|box.ply cannot be a folder"):
            learn_from_meshes(folders, out, work, FIT, RECIPE, name="x", report=quiet)
