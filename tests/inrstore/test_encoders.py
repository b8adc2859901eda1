"""The weight encoder: what it reads of a network, and by what its result depends on."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from inrstore.encoders import EncoderShape, WeightEncoder, probes
from inrstore.fields import CLIP, distance
from inrstore.siren import SirenShape, forward

SIREN = SirenShape(hidden=4, layers=3)
SHAPE = EncoderShape(probes=4, width=12, dim=6, dropout=0.5)
FIELDS = ("sdf", "udf")


def encoder() -> WeightEncoder:
    torch.manual_seed(0)
    return WeightEncoder(SIREN, FIELDS, SHAPE).eval()


def changes(count: int = 4, seed: int = 0) -> torch.Tensor:
    return torch.randn(count, SIREN.size, generator=torch.Generator().manual_seed(seed))


def test_embeddings_have_unit_length_and_do_not_feel_each_other() -> None:
    model, x = encoder(), changes()
    z = model("sdf", x)
    assert z.shape == (4, 6)
    torch.testing.assert_close(z.norm(dim=1), torch.ones(4))
    for row in range(4):
        torch.testing.assert_close(model("sdf", x[row : row + 1])[0], z[row])


def test_every_weight_of_a_network_counts() -> None:
    x = changes(1).requires_grad_(True)
    model = encoder()
    (gradient,) = torch.autograd.grad((model("sdf", x) * torch.arange(6.0)).sum(), x)
    assert (gradient != 0).all()


def test_fields_are_read_apart() -> None:
    model, x = encoder(), changes()
    assert not torch.allclose(model("sdf", x), model("udf", x), atol=1e-2)


def test_the_start_counts_as_part_of_the_network() -> None:
    model, x = encoder(), changes()
    before = model.read("sdf", x + 0.1)
    model.start["sdf"].data.fill_(0.1)
    torch.testing.assert_close(model.read("sdf", x), before)


def test_probes_fill_the_unit_ball_and_no_more() -> None:
    places = probes(16)
    assert float(places.norm(dim=1).max()) < 1.05
    volume = len(places) * (2 / 16) ** 3
    assert volume == pytest.approx(4 / 3 * np.pi * 1.05**3, rel=0.05)


@pytest.mark.parametrize("field", ["sdf", "udf", "occ"])
def test_readings_are_nearness_and_insideness_of_the_networks_own_output(field: str) -> None:
    model = WeightEncoder(SIREN, ("sdf", "udf", "occ"), SHAPE).eval()
    x = changes(2)
    near, inside = model.read(field, x).detach().numpy().reshape(2, 2, -1).transpose(1, 0, 2)
    raw = forward(SIREN, x, model.places.expand(2, -1, -1)).numpy()
    p = 1 / (1 + np.exp(-raw))
    if field == "occ":
        np.testing.assert_allclose(near, 4 * p * (1 - p), atol=1e-5)
    else:
        np.testing.assert_allclose(near, 1 - np.abs(distance(field, raw)) / CLIP, atol=1e-5)
    np.testing.assert_allclose(inside, np.full_like(p, 0.5) if field == "udf" else p, atol=1e-5)


def test_readings_are_standardised_and_still_ones_are_not_blown_up() -> None:
    model, x = encoder(), changes(200)
    before = model("udf", x)
    model.standardise("sdf", x)
    seen = model.read("sdf", x).detach().numpy()
    np.testing.assert_allclose(model.mean["sdf"].numpy(), seen.mean(axis=0), atol=1e-5)
    np.testing.assert_allclose(model.spread["sdf"].numpy(), seen.std(axis=0, ddof=1) + 0.05, atol=1e-5)
    assert torch.equal(before, model("udf", x))
