"""A trained model, put together from what the stages left."""

from __future__ import annotations

from collections.abc import Mapping

from torch import Tensor

from inrstore.model import Base, EncoderPart, Head, Model
from inrstore.network.recipe import Recipe

from .codec import Codec


def bare_model(name: str, fit: Recipe, bases: Mapping[str, Tensor]) -> Model:
    """A model of bases (W,) alone, by field."""
    return Model(name, Base.of(fit.name, fit, {field: base.numpy() for field, base in bases.items()}))


def codec_model(name: str, base: Base, codec: Codec) -> Model:
    """A whole model; encoder and decoder in half precision, which halves the package."""
    encoder = EncoderPart.of(name, codec.encoder, base)
    return Model(name, base, encoder, Head.of(name, codec.decoder, encoder.id))


def with_bases(model: Model, name: str, bases: Mapping[str, Tensor]) -> Model:
    """The model with other bases (W,), by field; its encoder and decoder stay, for networks that start there.

    An encoder that reads whole weights says the same of the same network; it is of the new base, so it is another one.
    """
    starts = {field: model.base.start(field) for field in model.fields}
    starts |= {field: base.numpy() for field, base in bases.items()}
    base = Base.of(model.base.name, model.recipe, starts)
    if model.encoder is None:
        return Model(name, base)
    encoder = EncoderPart.of(name, model.encoder.build(model.base), base)
    decoder = None if model.decoder is None else Head.of(name, model.decoder.decoder, encoder.id)
    return Model(name, base, encoder, decoder)
