"""A trained model, put together from what the stages left."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import torch
from torch import Tensor

from inrstore.model import Model, from_recipe
from inrstore.network.recipe import Recipe
from inrstore.records import FloatArray

from .codec import Codec


def bare_model(name: str, fit: Recipe, bases: Mapping[str, Tensor]) -> Model:
    """A model of bases (W,) alone, by field."""
    tensors = {f"base.{field}": base for field, base in bases.items()}
    return replace(from_recipe(replace(fit, base="model")), name=name, tensors=tensors)


def codec_model(name: str, fit: Recipe, bases: Mapping[str, FloatArray], codec: Codec) -> Model:
    """A whole model; encoder and decoder in half precision, which halves the package."""
    tensors = {f"base.{field}": torch.from_numpy(base) for field, base in bases.items()}
    for prefix, module in (("encoder", codec.encoder), ("decoder", codec.decoder)):
        state = {k: v.detach() for k, v in module.state_dict().items()}
        tensors |= {f"{prefix}.{k}": v if k.startswith("start.") else v.half() for k, v in state.items()}
    return Model(name, fit, codec.encoder.shape, codec.decoder.shape, tensors)


def with_bases(model: Model, name: str, bases: Mapping[str, Tensor]) -> Model:
    """The model with other bases (W,), by field; encoder and decoder stay, and say the same of the same network."""
    tensors = dict(model.tensors)
    for field, base in bases.items():
        start = f"encoder.start.{field}"
        if start in tensors:  # what it adds to the change, so that their sum stays
            tensors[start] = tensors[start].float() + base - tensors[f"base.{field}"].float()
        tensors[f"base.{field}"] = base
    return replace(model, name=name, tensors=tensors, saved="", card="")
