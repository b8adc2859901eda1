"""Networks as files of their own: what comes back, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.numpy import load_file, save_file

from inrstore.errors import BadInput
from inrstore.network.portable import PortableInr, read_inr
from inrstore.network.siren import Siren, forward
from inrstore.surface.export import export_shape
from tests.inrstore.surface.decoding import SIREN, OneShape, box_weights

INR = PortableInr(SIREN, "sdf", box_weights("sdf"), (1.0, 2.0, 3.0), 4.0, tuple(range(9)), {"name": "böx"})


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "n.safetensors"
    path.write_bytes(INR.to_bytes())
    return path


def altered(file: Path, **changes: Any) -> Path:
    """The file again, with other settings in its header; None takes one out."""
    header = json.loads(metadata(file)) | changes
    kept = {key: value for key, value in header.items() if value is not None}
    save_file(load_file(file), file, metadata={"inrstore": json.dumps(kept)})
    return file


def metadata(file: Path) -> str:
    size = int.from_bytes(file.read_bytes()[:8], "little")
    text: str = json.loads(file.read_bytes()[8 : 8 + size])["__metadata__"]["inrstore"]
    return text


def test_a_network_comes_back_as_it_was(file: Path) -> None:
    back = read_inr(file)
    np.testing.assert_array_equal(back.weights, INR.weights)
    assert (back.siren, back.field, back.center, back.scale) == (INR.siren, INR.field, INR.center, INR.scale)
    assert back.rotation == INR.rotation and back.about == INR.about


def test_the_layers_are_those_of_a_plain_linear_network(file: Path) -> None:
    tensors, x = load_file(file), np.random.default_rng(0).uniform(-1, 1, (50, 3))
    wanted = forward(SIREN, torch.from_numpy(INR.weights[None]), torch.from_numpy(x[None]).float())[0].numpy()
    for index in range(SIREN.layers):
        x = np.sin(SIREN.omega * (x @ tensors[f"layers.{index}.weight"].T + tensors[f"layers.{index}.bias"]))
    last = f"layers.{SIREN.layers}"
    np.testing.assert_allclose((x @ tensors[f"{last}.weight"].T + tensors[f"{last}.bias"])[:, 0], wanted, atol=1e-3)


def test_an_export_says_whose_network_it_is(tmp_path: Path) -> None:
    path = export_shape(OneShape(), "box.obj", tmp_path, format="inr")  # type: ignore[arg-type]
    assert path.name == "box-abcdef01.safetensors"
    inr = read_inr(path)
    np.testing.assert_array_equal(inr.weights, box_weights("sdf"))
    assert inr.center == (10.0, 20.0, 30.0) and inr.scale == 4.0 and inr.rotation is None
    assert inr.about["id"] == "abcdef0123" * 6 and inr.about["profile"] == "default"
    named = export_shape(OneShape(), "box.obj", tmp_path / "a.safetensors")  # type: ignore[arg-type]
    assert named.read_bytes() == path.read_bytes()


def test_the_decoder_has_no_network_of_a_shape(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="own network"):
        export_shape(OneShape(), "box.obj", tmp_path, format="inr", via="decoder")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"format": 2}, "update inrstore"),
        ({"field": "sdff"}, "none of sdf"),
        ({"hidden": 16}, "has \\(16, 3\\)"),
        ({"layers": 4}, "of shape"),
        ({"omega": None}, "omega"),
        ({"center": [1, 2]}, "not a network"),
    ],
)
def test_headers_that_cannot_be(file: Path, changes: dict[str, Any], message: str) -> None:
    with pytest.raises(BadInput, match=message):
        read_inr(altered(file, **changes))


def test_files_that_are_none(file: Path, tmp_path: Path) -> None:
    whole = file.read_bytes()
    for name, content in (("cut", whole[:-10]), ("empty", b""), ("text", b"x" * 100)):
        path = tmp_path / name
        path.write_bytes(content)
        with pytest.raises(BadInput, match="cannot be read as safetensors"):
            read_inr(path)
    save_file({"w": np.zeros(3, np.float32)}, tmp_path / "other")
    with pytest.raises(BadInput, match="not a network that inrstore wrote"):
        read_inr(tmp_path / "other")


def test_another_omega_travels_along(tmp_path: Path) -> None:
    siren = Siren(4, 2, 12.5)
    weights = np.arange(siren.size, dtype=np.float32)
    (tmp_path / "n").write_bytes(PortableInr(siren, "udf", weights).to_bytes())
    assert read_inr(tmp_path / "n").siren == siren
