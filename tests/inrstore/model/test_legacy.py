"""Models of format 1: taken apart, and as good as they were."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.numpy import load_file, save_file
from scipy.spatial.transform import Rotation

from inrstore.model import Model, legacy
from inrstore.model.encoders import Encoding
from inrstore.network.siren import forward
from inrstore.network.turning import turned
from tests.shapes import REPO

(OLD,) = (
    path
    for path in (REPO / "tests/data/revision_0002/store/models").iterdir()
    if json.loads((path / "model.json").read_text())["encoder"]
)


def test_its_parts_are_those_that_it_was_made_of() -> None:
    model, tensors = Model.load(OLD), load_file(OLD / "weights.safetensors")
    assert model.encoder is not None and model.decoder is not None
    assert np.array_equal(model.base.start("udf"), tensors["base.udf"])
    assert model.recipe.steps == 300 and model.encoder.kind == "lattice" and model.encoder.dim == 16
    assert not [key for key in model.encoder.tensors if key.startswith(("start.", "offset."))]
    assert legacy.identity((OLD / "model.json").read_text(), tensors) == OLD.name


def test_saved_again_it_is_of_the_present_format_and_the_same(tmp_path: Path) -> None:
    model = Model.load(OLD)
    model.save(tmp_path)
    back = Model.load(tmp_path)
    assert json.loads((tmp_path / "model.json").read_text())["format"] == 4
    assert (back.base, back.encoder, back.decoder) == (model.base, model.encoder, model.decoder)


@pytest.mark.parametrize("start", [0.0, 0.25])
def test_a_start_that_was_not_the_base_stays_as_an_offset(tmp_path: Path, start: float) -> None:
    """The old encoder read `start + (θ − θ₀)` at the probes; here the same is written out."""
    values, tensors = json.loads((OLD / "model.json").read_text()), load_file(OLD / "weights.safetensors")
    tensors["encoder.start.sdf"] = np.full_like(tensors["base.sdf"], start)
    (tmp_path / "model.json").write_text(json.dumps(values))
    save_file(tensors, tmp_path / "weights.safetensors")
    model = Model.load(tmp_path)
    encoder = model.build_encoder()
    change = np.random.default_rng(0).normal(size=(2, model.siren.size)).astype(np.float32) * 0.3
    read = torch.from_numpy(start + change)
    raw = forward(model.siren, read, encoder.places.expand(2, -1, -1))  # type: ignore[attr-defined]
    wanted = encoder.embed(encoder.volumes("sdf", raw)).detach().numpy()  # type: ignore[attr-defined]
    np.testing.assert_allclose(model.encode("sdf", model.base.start("sdf") + change), wanted, atol=1e-5)


def test_a_turned_network_is_read_with_its_offset_turned(tmp_path: Path) -> None:
    """What the old encoder would have read of the network that it read as a sum: that sum, turned."""
    values, tensors = json.loads((OLD / "model.json").read_text()), load_file(OLD / "weights.safetensors")
    tensors["encoder.start.sdf"] = tensors["base.sdf"] + np.linspace(
        -0.3, 0.3, len(tensors["base.sdf"]), dtype=np.float32
    )
    (tmp_path / "model.json").write_text(json.dumps(values))
    save_file(tensors, tmp_path / "weights.safetensors")
    model = Model.load(tmp_path)
    assert model.encoder is not None
    change = np.random.default_rng(0).normal(size=model.siren.size).astype(np.float32) * 0.3
    turns = Rotation.from_rotvec([[0, 0, 0], [0, 1.7, 0]]).as_matrix().astype(np.float32)
    found = Encoding(model.base, model.encoder).encode_turned("sdf", model.base.start("sdf") + change, turns)
    encoder = model.build_encoder()
    read = torch.from_numpy(turned(model.siren, tensors["encoder.start.sdf"] + change, turns))
    raw = forward(model.siren, read, encoder.places.expand(2, -1, -1))  # type: ignore[attr-defined]
    wanted = encoder.embed(encoder.volumes("sdf", raw)).detach().numpy()  # type: ignore[attr-defined]
    np.testing.assert_allclose(found, wanted, atol=1e-5)
    assert not np.allclose(found[0], found[1], atol=1e-3)
