"""The implicit decoder, against the same network with its inputs concatenated."""

from __future__ import annotations

import math

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import linear, relu

from inrstore.model.decoder import DecoderSettings, ImplicitDecoder, positional

SHAPE = DecoderSettings(width=7, frequencies=3, dim=5)
FIELDS = ("sdf", "udf", "occ")


def encode(point: Tensor) -> Tensor:
    """One point's encoding, number by number."""
    angles = [2**i * math.pi * float(x) for x in point for i in range(SHAPE.frequencies)]
    return torch.tensor([*point.tolist(), *map(math.sin, angles), *map(math.cos, angles)])


def concatenated(model: ImplicitDecoder, z: Tensor, point: Tensor) -> Tensor:
    """As DeepSDF writes it: a layer on (code, place), the skip's layer on (state, code, place)."""
    given = torch.cat([z * math.sqrt(len(z)), encode(point)])
    first, skip = (torch.cat([model.code[i].weight, model.place[i].weight], dim=1) for i in range(2))
    x = relu(linear(given, first, model.place[0].bias))
    for layer in model.before:
        x = relu(linear(x, layer.weight, layer.bias))
    both = torch.cat([torch.eye(SHAPE.width), skip], dim=1)
    x = relu(linear(torch.cat([x, given]), both, model.place[1].bias))
    for layer in model.after:
        x = relu(linear(x, layer.weight, layer.bias))
    return linear(x, model.out.weight, model.out.bias)


def test_the_embeddings_part_once_a_shape_gives_the_numbers_of_concatenated_inputs() -> None:
    torch.manual_seed(0)
    model = ImplicitDecoder(FIELDS, SHAPE)
    z = torch.nn.functional.normalize(torch.randn(2, 5), dim=1)
    points = torch.rand(2, 9, 3) * 2 - 1
    found = model(z, points)
    assert found.shape == (2, 9, 3)
    for shape in range(2):
        truth = torch.stack([concatenated(model, z[shape], p) for p in points[shape]])
        torch.testing.assert_close(found[shape], truth, atol=1e-5, rtol=1e-4)


def test_the_positional_encoding_is_the_formula() -> None:
    points = torch.rand(2, 4, 3) * 2 - 1
    found = positional(points, SHAPE.frequencies)
    assert found.shape == (2, 4, 3 + 6 * SHAPE.frequencies)
    truth = torch.stack([encode(p) for p in points.reshape(-1, 3)])
    np.testing.assert_allclose(found.reshape(-1, found.shape[-1]), truth, atol=1e-5)


def test_without_frequencies_the_encoding_is_the_point() -> None:
    point = torch.tensor([[0.1, 0.2, 0.3]])
    assert torch.equal(positional(point, 0), point)
