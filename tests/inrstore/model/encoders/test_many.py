"""Encoding many networks at once says what encoding one at a time does, on a processor and on a GPU."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from inrstore.model import EncoderPart, Encoding, Model, load_model
from inrstore.model.encoders import OnDevice, find
from tests.shapes import make_model, packaged_networks

SIZES: dict[str, dict[str, Any]] = {
    "probes": {"probes": 16, "width": 4, "dim": 10, "outline": 4},
    "weights": {"width": 8, "blocks": 1, "dim": 8},
    "inr2vec": {"widths": (8, 8), "dim": 10},
}
DEVICES = [
    "cpu",
    pytest.param(
        "cuda", marks=[pytest.mark.gpu, pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")]
    ),
]


def begun(kind: str) -> Encoding:
    base = make_model().base
    torch.manual_seed(0)
    return Encoding(base, EncoderPart.of(kind, find(kind).begin(base, **SIZES[kind]), base))  # type: ignore[attr-defined]


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("field", ["sdf", "udf", "occ"])
@pytest.mark.parametrize("kind", [*SIZES, "lattice"])
def test_what_is_said_of_many_is_what_is_said_of_each(kind: str, field: str, device: str) -> None:
    encoding = make_model().encoding if kind == "lattice" else begun(kind)
    base = encoding.base
    networks = base.start(field) + np.random.default_rng(0).normal(size=(70, base.siren.size)).astype(np.float32) * 0.1
    encoder = encoding.encoder
    assert isinstance(encoder, OnDevice)
    many = encoder.encode_on(device, field, networks)
    assert many.dtype == np.float32
    atol = 2e-5 if device == "cpu" else 5e-4  # attention's products are less exact there
    np.testing.assert_allclose(many, encoder.encode(field, networks), atol=atol)
    assert next(encoder.parameters()).device.type == "cpu"  # type: ignore[attr-defined]
    assert encoder.encode_on(device, field, networks[:0]).shape == (0, encoding.part.dim)


def test_what_an_encoder_adds_to_weights_is_added_for_many_too() -> None:
    base = make_model().base
    plain: Any = make_model().encoding.encoder
    offset = torch.from_numpy(np.random.default_rng(1).normal(size=base.siren.size).astype(np.float32))
    adding: Any = find("lattice").restore(base, plain.settings(), {**plain.arrays(), "offset.sdf": offset.numpy()})
    weights = torch.from_numpy(base.start("sdf"))[None]
    torch.testing.assert_close(adding.inputs("sdf", weights), plain.inputs("sdf", weights + offset))
    assert float((adding.inputs("sdf", weights) - plain.inputs("sdf", weights)).abs().max()) > 0.1
    torch.testing.assert_close(adding.inputs("udf", weights), plain.inputs("udf", weights))


def test_a_processor_encodes_one_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    encoding = begun("inr2vec")
    monkeypatch.setattr(type(encoding.encoder), "encode_on", lambda *_: pytest.fail("asked of many"))
    encoding.encode("sdf", encoding.base.start("sdf")[None])


def test_a_gpu_is_asked_of_many(monkeypatch: pytest.MonkeyPatch) -> None:
    encoding = begun("inr2vec")
    monkeypatch.setattr(type(encoding.encoder), "encode_on", lambda _, *asked: asked)
    device, field, weights = encoding.encode("udf", encoding.base.start("udf")[None], "cuda")  # type: ignore[misc]
    assert (device, field) == ("cuda", "udf") and np.array_equal(weights, encoding.base.start("udf")[None])


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
def test_a_gpu_says_of_real_networks_what_a_processor_says() -> None:
    model: Model = load_model("default")
    networks = packaged_networks(model)
    there, here = (model.encoding.encode("sdf", networks, device) for device in ("cuda", "cpu"))
    assert np.abs(there - here).max() < 1e-4
