"""Bases learned from a store's own networks, and from shapes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from inrstore.errors import BadInput
from inrstore.model import Model, from_recipe
from inrstore.model.training import base
from inrstore.model.training.assemble import with_bases
from inrstore.model.training.base import BaseRecipe
from inrstore.model.training.bases import learn_bases, train_base
from inrstore.network.fitting import fit
from inrstore.network.recipe import Recipe, SamplingRecipe
from inrstore.progress import Progress
from inrstore.records import Inr
from inrstore.store import Store, init_store
from tests.inrstore.model.training.balls import Balls, ball
from tests.shapes import make_model, new_shape

FIT = Recipe(
    "t", hidden=16, layers=2, steps=60, batch_points=400, half=False, sampling=SamplingRecipe(((0.02, 1_500),), 500)
)
RECIPE = BaseRecipe(outer_steps=12, batch=2, fit_steps=5, rate=0.5)
RADII = (0.4, 0.5, 0.6)


def fitted(model: Model, radius: float, recipe: Recipe = FIT) -> Any:
    samples = ball("sdf", radius, recipe.sampling, np.random.default_rng(0))
    return fit([samples], torch.from_numpy(model.base.start("sdf")), recipe)


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """Three balls, each fitted from SIREN's random initialisation."""
    model = replace(from_recipe(FIT), name="t")
    store = init_store(tmp_path_factory.mktemp("bases") / "s.store", model)
    networks = [fitted(model, radius).weights[0] for radius in RADII]
    shapes = [
        new_shape(model, i, inrs=(Inr(model.base.id, "default", "sdf", weights, error=0.0, steps=60),), embedding=None)
        for i, weights in enumerate(networks)
    ]
    store.commit(shapes)
    return store


def test_a_base_is_learned_and_helps_where_it_was_learned(filled: Store, tmp_path: Path) -> None:
    model = train_base(filled, tmp_path / "out", tmp_path / "work", RECIPE)
    saved = Model.load(tmp_path / "out")
    assert saved.base == model.base and saved.encoder == model.encoder and saved.fields == filled.model.fields
    assert not np.array_equal(saved.base.start("sdf"), filled.base().start("sdf"))
    np.testing.assert_array_equal(saved.base.start("occ"), filled.base().start("occ"))  # nothing to learn it from
    short = replace(FIT, steps=5)
    before, after = (fitted(start, 0.5, short).error[0] for start in (filled.model, saved))
    assert after < 0.9 * before


def test_a_stopped_learning_goes_on_to_the_same_model(
    filled: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = train_base(filled, tmp_path / "whole", tmp_path / "w1", RECIPE, start="random")
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
        train_base(filled, tmp_path / "part", tmp_path / "w2", RECIPE, start="random")
    monkeypatch.setattr(base, "optimise", original)
    assert (tmp_path / "w2" / "base-sdf.safetensors").exists()
    said: list[Progress] = []
    again = train_base(filled, tmp_path / "part", tmp_path / "w2", RECIPE, start="random", on_progress=said.append)
    assert again.base == whole.base
    assert [p.done for p in said if p.stage == "base sdf"] == [11, 12]
    with pytest.raises(BadInput, match="other shapes or settings"):
        train_base(filled, tmp_path / "part", tmp_path / "w2", replace(RECIPE, seed=1))


def test_an_encoder_says_the_same_of_a_network_whatever_its_base() -> None:
    model = make_model()
    moved = torch.from_numpy(model.base.start("sdf")) + 0.1
    better = with_bases(model, "better", {"sdf": moved})
    assert better.name == "better" and better.base != model.base
    assert np.array_equal(better.base.start("sdf"), moved.numpy())
    assert better.encoder is not None and better.encoder != model.encoder and better.encoder.base_id == better.base.id
    weights = np.random.default_rng(0).normal(size=(4, model.siren.size)).astype(np.float32)
    for field in ("sdf", "udf"):
        np.testing.assert_allclose(better.encode(field, weights), model.encode(field, weights), atol=1e-4)


def test_what_cannot_be(store: Store, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="ingest some first"):
        train_base(store, tmp_path / "out", tmp_path / "work", RECIPE)
    for options in ({"shapes": 0}, {"start": "zero"}):
        with pytest.raises(BadInput, match="give model or random"):
            train_base(store, tmp_path / "out", tmp_path / "w", RECIPE, **options)  # type: ignore[arg-type]


def test_bases_are_learned_from_shapes_of_every_field(tmp_path: Path) -> None:
    out, work, said = tmp_path / "out", tmp_path / "work", list[Progress]()
    profile = replace(FIT, name="finer", base=str(out))
    model = learn_bases(Balls(), out, work, profile, RECIPE, name="mine", on_progress=said.append)
    assert model.fields == ("sdf", "udf", "occ") and model.name == "mine" and model.recipe.base == "model"
    assert [p.stage for p in said if p.done == p.total] == ["base sdf", "base udf", "base occ"]
    assert not np.array_equal(model.base.start("sdf"), model.base.start("udf"))
    assert learn_bases(Balls(), out, work, profile, RECIPE, name="mine").base == model.base
    for shapes, recipe in ((Balls(), replace(profile, steps=9)), (Balls((0.3, 0.6, 0.8)), profile)):
        with pytest.raises(BadInput, match="other shapes or settings"):
            learn_bases(shapes, out, work, recipe, RECIPE, name="mine")


def test_places_that_cannot_be_folders_are_refused_at_once(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for out, work in (("file", "work"), ("out", "file")):
        with pytest.raises(BadInput, match="file cannot be a folder"):
            learn_bases(Balls(), tmp_path / out, tmp_path / work, FIT, RECIPE, name="x")
