"""Models of format 1, of which one hash covered everything: read as the parts that they are made of now.

The encoders of that time were handed the change θ − θ₀ and had starts of their own, to which they added it. Whole
weights come to the same, unless such a start was not the base: then the difference stays, as the encoder's offset.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

import numpy as np

from .base import Base
from .encoders import EncoderPart
from .head import Head
from .part import Tensors

START = "start."
NOTHING = 1e-6
"""A difference of starts that comes from rounding their sum."""


def parts(values: Mapping[str, Any], tensors: Tensors) -> tuple[Base, EncoderPart | None, Head | None]:
    """Base, encoder and decoder, each with its own identity. Errors: ValueError, KeyError, TypeError."""
    starts = {key: value.astype(np.float32) for key, value in _own(tensors, "base.").items()}
    base = Base.from_settings(values["recipe"]["name"], values["recipe"], values["normalisation"], starts)
    if not values["encoder"]:
        return base, None, None
    encoder = _encoder(values, _own(tensors, "encoder."), base)
    if not values["decoder"]:
        return base, encoder, None
    settings = {"part": "head", "kind": "decoder", "encoder": encoder.id, "fields": list(base.fields)}
    return base, encoder, Head(values["name"], {**settings, "settings": values["decoder"]}, _own(tensors, "decoder."))


def identity(saved: str, tensors: Tensors) -> str:
    """The hash of a model of format 1: of model.json as it was read, without the last line's end, and the tensors."""
    digest = hashlib.sha256(saved.strip().encode())
    for key in sorted(tensors):
        value = np.asarray(tensors[key], order="C")
        digest.update(f"{key} torch.{value.dtype} {value.shape}\n".encode())
        digest.update(value.tobytes())
    return digest.hexdigest()


def _encoder(values: Mapping[str, Any], tensors: dict[str, Any], base: Base) -> EncoderPart:
    settings = {"part": "encoder", "kind": "lattice", "base": base.id, "dim": values["encoder"]["dim"]}
    arrays = {key: value for key, value in tensors.items() if not key.startswith(START)}
    for field, start in _own(tensors, START).items():
        offset = start.astype(np.float32) - base.start(field)
        if np.abs(offset).max() > NOTHING:
            arrays[f"offset.{field}"] = offset
    return EncoderPart(values["name"], {**settings, "settings": values["encoder"]}, arrays)


def _own(tensors: Tensors, prefix: str) -> dict[str, Any]:
    return {key.removeprefix(prefix): value for key, value in tensors.items() if key.startswith(prefix)}
