"""Models: parts in one directory, and what is refused."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.numpy import load_file, save_file

from inrstore.errors import BadInput, CorruptShard, ModelMismatch, ModelNotFound, NoEncoder, StoreFormatError
from inrstore.model import Model, load_model, start_base
from inrstore.model.encoders.lattice import LatticeEncoder
from inrstore.network.fields import FIELDS, FieldSamples
from inrstore.network.fitting import fit
from inrstore.network.recipe import FIDELITY, PAPER
from inrstore.network.siren import initialise
from tests.inrstore.model.models import full_model, weights_of
from tests.shapes import make_model


@pytest.fixture
def model() -> Model:
    return full_model()


def test_a_saved_model_comes_back_as_it_was(model: Model, tmp_path: Path) -> None:
    model.save(tmp_path / "m")
    back = Model.load(tmp_path / "m")
    assert (back.base, back.encoder, back.decoder) == (model.base, model.encoder, model.decoder)
    assert (back.name, back.recipe, back.card) == (model.name, model.recipe, model.card)
    np.testing.assert_array_equal(back.encode("udf", weights_of(model)), model.encode("udf", weights_of(model)))


def test_a_name_is_in_no_identity(model: Model) -> None:
    assert model.encoder is not None and model.decoder is not None
    for part in (model.base, model.encoder, model.decoder):
        assert replace(part, name="other") == part and len(part.id) == 64


def test_another_encoder_leaves_the_base_as_it_is(model: Model) -> None:
    assert model.encoder is not None
    tensors = dict(model.encoder.tensors)
    tensors["out.1.bias"] = tensors["out.1.bias"] + np.float16(0.5)
    other = replace(model.encoder, tensors=tensors)
    assert other.id != model.encoder.id and other.base_id == model.base.id
    with pytest.raises(ModelMismatch, match="decoder belongs to another encoder"):
        replace(model, encoder=other)
    assert replace(model, encoder=other, decoder=None).base == model.base


def test_an_encoder_that_asks_what_networks_say_reads_those_of_any_base(model: Model) -> None:
    other = replace(model, base=make_model(seed=3).base)
    weights = np.tile(other.base.start("sdf"), (2, 1))
    assert other.encoder is not None and other.encoder.id == (model.encoder and model.encoder.id)
    np.testing.assert_array_equal(other.encode("sdf", weights), model.encode("sdf", weights))


def test_an_encoder_that_reads_weights_as_such_is_bound_to_its_base(
    model: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(LatticeEncoder, "any_base", False)
    other = make_model(seed=3)
    with pytest.raises(ModelMismatch, match="does not read the networks of its base"):
        replace(model, base=other.base)
    assert model.encoder is not None
    with pytest.raises(ModelMismatch, match="reads networks of base"):
        model.encoder.build(other.base)


def test_a_model_fits_as_another_profile(model: Model, tmp_path: Path) -> None:
    recipe = replace(model.recipe, name="longer", steps=model.recipe.steps + 7)
    (tmp_path / "longer.json").write_text(recipe.to_json())
    other = model.fitted_as(tmp_path / "longer.json")
    assert other.base.name == "longer" and other.recipe.steps == recipe.steps and other.base.id != model.base.id
    assert other.encoder is model.encoder and other.decoder is model.decoder
    np.testing.assert_array_equal(other.base.start("udf"), model.base.start("udf"))


def test_one_of_format_2_has_all_tensors_in_one_file(model: Model, tmp_path: Path) -> None:
    model.save(tmp_path)
    tensors = load_file(tmp_path / "weights.safetensors") | load_file(tmp_path / "decoder.safetensors")
    settings = json.loads((tmp_path / "model.json").read_text())
    save_file(tensors, tmp_path / "weights.safetensors")
    (tmp_path / "decoder.safetensors").unlink()
    (tmp_path / "model.json").write_text(json.dumps(settings | {"format": 2}))
    back = Model.load(tmp_path)
    assert (back.base, back.encoder, back.decoder) == (model.base, model.encoder, model.decoder)


def test_what_is_too_large_for_a_file_goes_to_several(
    model: Model, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("inrstore.model.model.LARGEST", 5_000)
    model.save(tmp_path)
    files = sorted(path.name for path in tmp_path.glob("*.safetensors"))
    assert len(files) > 3 and "weights-2.safetensors" in files
    for tensors in (load_file(tmp_path / file) for file in files):
        assert len(tensors) == 1 or sum(value.nbytes for value in tensors.values()) <= 5_000
    assert Model.load(tmp_path).parts() == model.parts()
    (tmp_path / "weights-2.safetensors").unlink()
    with pytest.raises(CorruptShard):
        Model.load(tmp_path)
    monkeypatch.undo()
    model.save(tmp_path)
    assert len(list(tmp_path.glob("*.safetensors"))) == 2 and Model.load(tmp_path).parts() == model.parts()


@pytest.mark.parametrize("name", ["weights.safetensors", "decoder.safetensors", "model.json"])
@pytest.mark.parametrize("damage", [lambda x: x[: len(x) // 2], lambda x: b"\xff" * len(x)])
def test_damaged_files_are_refused(name: str, damage: object, model: Model, tmp_path: Path) -> None:
    model.save(tmp_path)
    file = tmp_path / name
    file.write_bytes(damage(file.read_bytes()))  # type: ignore[operator]
    with pytest.raises(CorruptShard, match="restore it from a copy"):
        Model.load(tmp_path)


def test_missing_weights_are_damage_and_a_missing_model_is_none(model: Model, tmp_path: Path) -> None:
    model.save(tmp_path)
    for file in ("decoder.safetensors", "weights.safetensors"):
        model.save(tmp_path)
        (tmp_path / file).unlink()
        with pytest.raises(CorruptShard):
            Model.load(tmp_path)
    with pytest.raises(ModelNotFound, match=r"model\.json"):
        Model.load(tmp_path / "nothing")


def test_an_unknown_name_is_refused_with_the_known_ones() -> None:
    with pytest.raises(ModelNotFound, match=r"'nowhere'.*paper.*directory"):
        load_model("nowhere")


def test_a_model_is_loaded_by_directory_or_by_the_name_of_a_random_profile(model: Model, tmp_path: Path) -> None:
    model.save(tmp_path)
    assert load_model(tmp_path).encoder == load_model(str(tmp_path)).encoder == model.encoder
    paper = load_model("paper")
    assert paper.recipe == replace(PAPER, base="model") and paper.fields == FIELDS and paper.embedding_dim is None
    assert torch.equal(torch.from_numpy(paper.base.start("occ")), initialise(paper.siren, PAPER.base_seed))


def test_a_recipe_starts_from_the_stores_base_from_another_or_at_random(model: Model, tmp_path: Path) -> None:
    model.save(tmp_path / "other")
    recipe, paper = replace(model.recipe, base="model"), load_model("paper").base
    assert start_base(recipe, model.base) is model.base
    assert start_base(replace(recipe, base=str(tmp_path / "other")), paper) == model.base
    random = start_base(replace(recipe, base="random", base_seed=3), model.base)
    assert torch.equal(torch.from_numpy(random.start("udf")), initialise(model.siren, 3))
    with pytest.raises(ModelNotFound, match="nowhere"):
        start_base(replace(recipe, base="nowhere"), model.base)
    wider = replace(recipe, name="wider", hidden=recipe.hidden + 1)
    with pytest.raises(BadInput, match="'wider' starts from the store's base, a SIREN"):
        start_base(wider, model.base)
    with pytest.raises(BadInput, match="'wider' starts from the model '.*other', a SIREN"):
        start_base(replace(wider, base=str(tmp_path / "other")), model.base)


def test_fidelity_starts_from_bases_that_help_its_fits() -> None:
    start = start_base(FIDELITY, load_model("paper").base)
    assert start.name == "fidelity" and start.fields == FIELDS and start.recipe.base == "model"
    points = torch.rand(4_000, 3, generator=torch.Generator().manual_seed(0)) * 2 - 1
    box = (points.abs() - torch.tensor([0.5, 0.3, 0.4])).amax(dim=1)  # near the surface its distance, but for edges
    samples = FieldSamples("sdf", points.numpy(), box.numpy())
    short = replace(FIDELITY, steps=60)
    learned, random = (
        fit([samples], torch.from_numpy(base.start("sdf")), short).error[0]
        for base in (start, start_base(replace(FIDELITY, base="random"), start))
    )
    assert learned < 0.8 * random


def test_embeddings_are_unit_vectors_to_the_byte_whatever_the_batch(model: Model) -> None:
    weights = weights_of(model)
    found = model.encode("sdf", weights)
    assert found.shape == (5, 8) and found.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(found, axis=1), 1, atol=1e-5)
    for some in ([3], [4, 3, 0], [1, 2]):
        assert model.encode("sdf", weights[some]).tobytes() == found[some].tobytes()
    assert np.abs(found - model.encode("udf", weights)).max() > 1e-5


def test_no_networks_have_no_embeddings(model: Model) -> None:
    assert model.encode("sdf", np.empty((0, model.siren.size), np.float32)).shape == (0, 8)


def test_networks_that_it_cannot_read_are_named(model: Model) -> None:
    with pytest.raises(BadInput, match="field: 'sfd' is none of sdf"):
        model.encode("sfd", weights_of(model))
    with pytest.raises(BadInput, match=r"weights: .*\(5, 40\)"):
        model.encode("sdf", weights_of(model)[:, :40])
    wide = weights_of(model).astype(np.float64)
    assert np.array_equal(model.encode("sdf", wide), model.encode("sdf", weights_of(model)))


def test_a_model_without_encoder_or_decoder_says_so() -> None:
    bare = make_model(embedding_dim=None)
    with pytest.raises(NoEncoder, match="no encoder"):
        bare.encode("sdf", weights_of(bare))
    with pytest.raises(NoEncoder, match="no implicit decoder"):
        bare.decode(np.zeros(8, np.float32), np.zeros((1, 3), np.float32))


def test_a_model_of_a_later_format_is_refused_by_name(model: Model, tmp_path: Path) -> None:
    model.save(tmp_path)
    settings = json.loads((tmp_path / "model.json").read_text())
    (tmp_path / "model.json").write_text(json.dumps(settings | {"format": settings["format"] + 1}))
    with pytest.raises(StoreFormatError, match="update inrstore"):
        Model.load(tmp_path)
