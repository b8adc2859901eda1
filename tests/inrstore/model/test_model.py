"""Models: identity, files, embeddings and what is refused."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from inrstore.errors import BadInput, CorruptShard, ModelNotFound, NoEncoder, StoreFormatError
from inrstore.model import Model, from_recipe, load_model, start_model
from inrstore.model.decoder import DecoderSettings, ImplicitDecoder
from inrstore.model.encoders.lattice import LatticeSettings
from inrstore.network.fields import FIELDS, FieldSamples
from inrstore.network.fitting import fit
from inrstore.network.recipe import FIDELITY, PAPER
from inrstore.network.siren import initialise
from tests.shapes import make_model


@pytest.fixture
def model() -> Model:
    """Small and random, with encoder, decoder and card."""
    bare = make_model()
    shape = DecoderSettings(width=6, frequencies=2, dim=8)
    torch.manual_seed(1)
    decoder = {f"decoder.{k}": v for k, v in ImplicitDecoder(FIELDS, shape).state_dict().items()}
    return replace(bare, decoder_shape=shape, tensors={**bare.tensors, **decoder}, card="# Tiny\n")


def weights_of(model: Model, count: int = 5, field: str = "sdf") -> np.ndarray:
    change = np.random.default_rng(0).normal(size=(count, model.siren.size)).astype(np.float32)
    return model.base(field) + change * 0.1


def test_a_saved_model_comes_back_as_it_was(model: Model, tmp_path: Path) -> None:
    model.save(tmp_path / "m")
    back = Model.load(tmp_path / "m")
    assert back.id == model.id and len(back.id) == 64
    assert (back.name, back.recipe, back.card) == (model.name, model.recipe, model.card)
    assert (back.encoder_shape, back.decoder_shape) == (model.encoder_shape, model.decoder_shape)
    assert back.tensors.keys() == model.tensors.keys()
    assert all(torch.equal(back.tensors[k], v) for k, v in model.tensors.items())
    np.testing.assert_array_equal(back.encode("udf", weights_of(model)), model.encode("udf", weights_of(model)))


@pytest.mark.parametrize("key", ["base.udf", "encoder.out.1.bias", "decoder.out.weight"])
def test_another_weight_is_another_model(key: str, model: Model) -> None:
    altered = model.tensors[key].clone()
    altered.view(-1)[-1] += 1e-3
    assert replace(model, tensors={**model.tensors, key: altered}).id != model.id


def test_another_setting_is_another_model_and_another_card_is_not(model: Model) -> None:
    others = [
        replace(model, name="other"),
        replace(model, recipe=replace(model.recipe, steps=41)),
        replace(model, encoder_shape=LatticeSettings(probes=8, width=8, dim=8, outline=2, dropout=0.2)),
        replace(model, decoder_shape=None),
        replace(model, tensors={**model.tensors, "base.sdf": model.tensors["base.sdf"].half()}),
    ]
    assert len({model.id, *(m.id for m in others)}) == len(others) + 1
    assert replace(model, card="another").id == model.id


def test_an_older_versions_settings_keep_their_identity(model: Model, tmp_path: Path) -> None:
    model.save(tmp_path / "old")
    path = tmp_path / "old" / "model.json"
    settings = json.loads(path.read_text())
    del settings["recipe"]["half"]  # as if the setting had come later
    path.write_text(json.dumps(settings, indent=2, sort_keys=True) + "\n")
    old = Model.load(tmp_path / "old")
    assert old.recipe == model.recipe and old.id != model.id
    old.save(tmp_path / "copy")
    assert (tmp_path / "copy" / "model.json").read_bytes() == path.read_bytes()
    assert Model.load(tmp_path / "copy").id == old.id


@pytest.mark.parametrize("name", ["weights.safetensors", "model.json"])
@pytest.mark.parametrize("damage", [lambda x: x[: len(x) // 2], lambda x: b"\xff" * len(x)])
def test_damaged_files_are_refused(name: str, damage: object, model: Model, tmp_path: Path) -> None:
    model.save(tmp_path)
    file = tmp_path / name
    file.write_bytes(damage(file.read_bytes()))  # type: ignore[operator]
    with pytest.raises(CorruptShard, match="restore it from a copy"):
        Model.load(tmp_path)


def test_missing_weights_are_damage_and_a_missing_model_is_none(model: Model, tmp_path: Path) -> None:
    model.save(tmp_path)
    (tmp_path / "weights.safetensors").unlink()
    with pytest.raises(CorruptShard):
        Model.load(tmp_path)
    with pytest.raises(ModelNotFound, match=r"model\.json"):
        Model.load(tmp_path / "nothing")


def test_an_unknown_name_is_refused_with_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(ModelNotFound, match=r"'nowhere'.*paper.*directory"):
        load_model("nowhere")


def test_a_model_is_loaded_by_directory_or_by_the_name_of_a_random_profile(model: Model, tmp_path: Path) -> None:
    model.save(tmp_path)
    assert load_model(tmp_path).id == load_model(str(tmp_path)).id == model.id
    paper = load_model("paper")
    assert paper.recipe == PAPER and paper.fields == FIELDS and paper.embedding_dim is None
    assert torch.equal(torch.from_numpy(paper.base("occ")), initialise(paper.siren, PAPER.base_seed))


def test_a_recipe_starts_from_the_stores_model_from_another_or_at_random(model: Model, tmp_path: Path) -> None:
    model.save(tmp_path / "other")
    recipe = replace(model.recipe, base="model")
    assert start_model(recipe, model) is model
    assert start_model(replace(recipe, base=str(tmp_path / "other")), load_model("paper")).id == model.id
    random = start_model(replace(recipe, base="random", base_seed=3), model)
    assert torch.equal(random.tensors["base.udf"], initialise(model.siren, 3))
    with pytest.raises(ModelNotFound, match="nowhere"):
        start_model(replace(recipe, base="nowhere"), model)
    wider = replace(recipe, name="wider", hidden=recipe.hidden + 1)
    with pytest.raises(BadInput, match="'wider' starts from the store's model, a SIREN"):
        start_model(wider, model)
    with pytest.raises(BadInput, match="'wider' starts from the model '.*other', a SIREN"):
        start_model(replace(wider, base=str(tmp_path / "other")), model)


@pytest.mark.parametrize("spoilt", [torch.zeros(3), torch.full((1,), torch.nan)])
def test_a_base_of_other_size_or_without_numbers_is_damage(model: Model, tmp_path: Path, spoilt: torch.Tensor) -> None:
    base = model.tensors["base.sdf"]
    value = spoilt if len(spoilt) > 1 else spoilt.expand_as(base)
    replace(model, tensors={**model.tensors, "base.sdf": value}).save(tmp_path)
    with pytest.raises(CorruptShard, match="base.sdf is not"):
        load_model(tmp_path)


def test_fidelity_starts_from_bases_that_help_its_fits() -> None:
    start = start_model(FIDELITY, load_model("paper"))
    assert start.name == "fidelity" and start.fields == FIELDS and start.recipe.base == "model"
    points = torch.rand(4_000, 3, generator=torch.Generator().manual_seed(0)) * 2 - 1
    box = (points.abs() - torch.tensor([0.5, 0.3, 0.4])).amax(dim=1)  # near the surface its distance, but for edges
    samples = FieldSamples("sdf", points.numpy(), box.numpy())
    short = replace(FIDELITY, steps=60)
    learned, random = (
        fit([samples], torch.from_numpy(m.base("sdf")), short).error[0]
        for m in (start, start_model(replace(FIDELITY, base="random"), start))
    )
    assert learned < 0.8 * random


def test_embeddings_are_unit_vectors_whatever_the_batch(model: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    weights = weights_of(model)
    found = model.encode("sdf", weights)
    assert found.shape == (5, 8) and found.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(found, axis=1), 1, atol=1e-5)
    monkeypatch.setattr("inrstore.model.model._CHUNK", 2)
    np.testing.assert_allclose(model.encode("sdf", weights), found, atol=1e-6)
    np.testing.assert_allclose(model.encode("sdf", weights[3:4])[0], found[3], atol=1e-6)
    assert np.abs(found - model.encode("udf", weights)).max() > 1e-5


def test_what_is_encoded_is_the_change_from_the_fields_own_base(model: Model) -> None:
    moved = replace(model, tensors={**model.tensors, "base.sdf": model.tensors["base.sdf"] + 1})
    np.testing.assert_allclose(
        moved.encode("sdf", weights_of(model) + 1), model.encode("sdf", weights_of(model)), atol=1e-4
    )


def test_no_networks_have_no_embeddings(model: Model) -> None:
    assert model.encode("sdf", np.empty((0, model.siren.size), np.float32)).shape == (0, 8)


def test_decoding_gives_the_fields_own_output(model: Model) -> None:
    assert model.decoder_shape
    decoder = ImplicitDecoder(FIELDS, model.decoder_shape)
    decoder.load_state_dict({k[8:]: v for k, v in model.tensors.items() if k.startswith("decoder.")})
    z = model.encode("sdf", weights_of(model))[0]
    points = np.random.default_rng(1).uniform(-1, 1, (7, 3)).astype(np.float32)
    truth = decoder(torch.from_numpy(z)[None], torch.from_numpy(points)[None])[0].detach().numpy()
    for column, field in enumerate(FIELDS):
        np.testing.assert_allclose(model.decode(z, points, field), truth[:, column], atol=1e-6)


def test_a_model_without_encoder_or_decoder_says_so() -> None:
    bare = make_model(embedding_dim=None)
    with pytest.raises(NoEncoder, match="no encoder"):
        bare.encode("sdf", weights_of(bare))
    with pytest.raises(NoEncoder, match="no implicit decoder"):
        bare.decode(np.zeros(8, np.float32), np.zeros((1, 3), np.float32))


def test_a_field_without_a_base_is_refused_with_those_there_are() -> None:
    bare = from_recipe(make_model().recipe)
    only = replace(bare, tensors={"base.udf": bare.tensors["base.udf"]})
    assert only.fields == ("udf",)
    with pytest.raises(ModelNotFound, match="'sdf', only for udf"):
        only.base("sdf")


def test_a_model_of_a_later_format_is_refused_by_name(model: Model, tmp_path: Path) -> None:
    model.save(tmp_path)
    settings = json.loads((tmp_path / "model.json").read_text())
    (tmp_path / "model.json").write_text(json.dumps(settings | {"format": settings["format"] + 1}))
    with pytest.raises(StoreFormatError, match="update inrstore"):
        Model.load(tmp_path)
