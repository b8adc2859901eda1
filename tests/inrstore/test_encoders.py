"""The weight encoder, against loops in NumPy and by what its result depends on."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from inrstore.encoders import EncoderShape, WeightEncoder
from inrstore.siren import SirenShape

SIREN = SirenShape(hidden=4, layers=3)
SHAPE = EncoderShape(rank=2, width=12, dim=6, dropout=0.5)
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


def test_fields_are_read_apart_and_share_the_rest() -> None:
    model, x = encoder(), changes()
    assert not torch.allclose(model("sdf", x), model("udf", x), atol=1e-2)
    model.readers["udf"].load_state_dict(model.readers["sdf"].state_dict())
    assert torch.equal(model("sdf", x), model("udf", x))


def test_coordinates_are_standardised_and_still_ones_are_not_blown_up() -> None:
    model, x = encoder(), changes(200) * torch.linspace(0.5, 2, SIREN.size) + 3
    x[:, 5] = 7.0
    before = model("udf", x)
    model.standardise("sdf", x)
    reader = model.readers["sdf"]
    scaled = ((x - reader.mean) / reader.spread).numpy()
    moving = np.arange(SIREN.size) != 5
    np.testing.assert_allclose(scaled.mean(axis=0), 0, atol=1e-4)
    np.testing.assert_allclose(scaled.std(axis=0, ddof=1)[moving], 1, atol=1e-4)
    floor = x.numpy().std(axis=0, ddof=1).mean() * 0.1
    assert float(reader.spread[5]) == pytest.approx(floor, rel=1e-4)
    assert torch.equal(before, model("udf", x))


def test_the_reader_shortens_square_matrices_along_their_inputs() -> None:
    model, x = encoder(), changes(1)
    model.standardise("sdf", changes(30, seed=1))
    reader = model.readers["sdf"]
    row = ((x[0] - reader.mean) / reader.spread).numpy()
    matrices, biases, start = [], [], 0
    for fan_in, fan_out in ((3, 4), (4, 4), (4, 4), (4, 1)):
        matrices.append(row[start : start + fan_in * fan_out].reshape(fan_out, fan_in))
        start += fan_in * fan_out
        biases.append(row[start : start + fan_out])
        start += fan_out
    features = [*matrices[0].ravel(), *matrices[3].ravel(), *np.concatenate(biases)]
    for matrix, projection in zip(matrices[1:3], reader.projections.detach().numpy(), strict=True):
        features += [sum(matrix[o, i] * projection[i, r] for i in range(4)) for o in range(4) for r in range(2)]
    first = reader.first
    truth = first.weight.detach().numpy() @ np.array(features) + first.bias.detach().numpy()
    np.testing.assert_allclose(model.read("sdf", x)[0].detach().numpy(), truth, atol=1e-5)
