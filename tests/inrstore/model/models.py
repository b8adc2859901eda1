"""A small model with all parts, and an encoder of a kind that inrstore does not know."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, ClassVar

import numpy as np
import torch

from inrstore.model import Base, EncoderPart, Head, Model
from inrstore.model.decoder import DecoderSettings, ImplicitDecoder
from inrstore.network.fields import FIELDS
from tests.shapes import make_model


def full_model() -> Model:
    """Small and random, with encoder, decoder and card."""
    bare: Model = make_model()
    assert bare.encoder is not None
    torch.manual_seed(1)
    decoder = ImplicitDecoder(FIELDS, DecoderSettings(width=6, frequencies=2, dim=8))
    return replace(bare, decoder=Head.of("tiny", decoder, bare.encoder.id), card="# Tiny\n")


def weights_of(model: Model, count: int = 5, field: str = "sdf") -> np.ndarray:
    change = np.random.default_rng(0).normal(size=(count, model.siren.size)).astype(np.float32)
    return model.base.start(field) + change * 0.1


class Projection:
    """An encoder from outside: the change from the base, times a matrix."""

    kind: ClassVar[str] = "projection"

    def __init__(self, base: Base, matrix: np.ndarray) -> None:
        self.base, self.matrix = base, matrix

    @property
    def dim(self) -> int:
        return self.matrix.shape[1]

    def encode(self, field: str, weights: np.ndarray) -> np.ndarray:
        rows = np.stack([(row - self.base.start(field)) @ self.matrix for row in weights]) if len(weights) else None
        if rows is None:
            return np.empty((0, self.dim), np.float32)
        return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)

    def settings(self) -> Mapping[str, Any]:
        return {}

    def arrays(self) -> Mapping[str, np.ndarray]:
        return {"matrix": self.matrix}

    @classmethod
    def restore(cls, base: Base, settings: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> Projection:
        return cls(base, arrays["matrix"])


def projection_model(base: Base, dim: int = 5, seed: int = 0) -> Model:
    """A model of an existing base with that encoder; whoever loads it must have registered its kind."""
    matrix = np.random.default_rng(seed).normal(size=(base.siren.size, dim)).astype(np.float32)
    return Model("outside", base, EncoderPart.of("outside", Projection(base, matrix), base))
