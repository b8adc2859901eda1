"""Tiny codes: of eight numbers, and a decoder that makes something like a ball of each."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from inrstore.model import Base, EncoderPart, Head, Model
from inrstore.model.encoders.grid import GridEncoder
from inrstore.model.grid_decoder import GridDecoder, GridDecoderSettings
from inrstore.network.fields import FIELDS
from inrstore.pictures.webp import to_webp
from inrstore.store import Store
from inrstore.tasks import Codes
from tests.shapes import new_shape

DIM, FEATURES, HIDDEN = 8, 2, 4
RADIUS = 2 / 3
"""Of the balls, where an axis of the space pierces them, if the code says nothing else."""


def ball_model(base: Base, said: float = 0.0) -> Model:
    """Reads networks of a base; `said` is how much a code changes the ball.

    The decoder is told the cosine of half a turn of each coordinate; their sum is the same on something like a sphere.
    """
    torch.manual_seed(0)
    encoder = EncoderPart.of("codes", GridEncoder.begin(base, cells=1, channels=DIM, widths=[16]), base)
    decoder = GridDecoder(FIELDS, GridDecoderSettings(DIM, 1, (16,), FEATURES, HIDDEN))
    with torch.no_grad():
        for layer in (decoder.first, decoder.second, decoder.out):
            layer.weight.zero_()
            layer.bias.zero_()
        decoder.first.weight[0, :FEATURES] = said
        decoder.first.weight[0, -3:] = 1
        decoder.first.bias[0] = 10  # where SiLU is all but straight
        decoder.second.weight[0, 0] = 1
        decoder.out.weight[:, 0] = 8
        decoder.out.bias[:] = -8 * (10 + 2 + np.cos(np.pi / 2 * RADIUS))
    return Model("codes", base, encoder, Head.of("codes", decoder, encoder.id))


def give_codes(store: Store, keys: NDArray[np.int64], rows: NDArray[np.float32], said: float = 0.0) -> Codes:
    """The codes of a store, these (n, DIM) being those of the shapes with these keys."""
    codes = Codes.of(store, ball_model(store.base(), said))
    store.add_encoder(codes.model.encoding.part)
    assert codes.model.decoder is not None
    store.add_head(codes.model.decoder)
    store.set_embeddings(keys.tolist(), rows, encoder=codes.id)
    return codes


def two_kinds(store: Store, model: Any, count: int = 40, spread: float = 0.15) -> Codes:
    """So many shapes, chairs with codes around the first axis and tables around the second, each third is test."""
    picture = to_webp(np.full((32, 32, 3), 128, np.uint8))
    store.commit([new_shape(model, number, thumbnail=picture) for number in range(count)])
    keys = np.array(sorted(store.keys().tolist()), np.int64)
    rows = np.random.default_rng(0).normal(size=(count, DIM)) * spread
    labels = store.values("label")
    for row, key in zip(rows, keys.tolist(), strict=True):
        row[0 if labels[key] == "chair" else 1] += 1
    return give_codes(store, keys, (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32))
