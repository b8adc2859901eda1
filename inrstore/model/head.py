"""Heads: networks on the embeddings of one encoder. The implicit decoder is one among others."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import torch

from inrstore.arrays import as_floats, as_points, check_field
from inrstore.errors import BadInput, CorruptShard
from inrstore.network.fields import FIELDS
from inrstore.records import FloatArray

from .decoder import Decoder, described, rebuilt
from .part import Part, Tensors


@dataclass(frozen=True, eq=False)
class Head(Part):
    """A network on the embeddings of the encoder that it names.

    `Head.of` makes one of a decoder, `Head.task` what a task has learned.
    """

    @classmethod
    def of(cls, name: str, decoder: Decoder, encoder_id: str) -> Head:
        """A decoder, in half precision, for the embeddings of an encoder."""
        settings = {"part": "head", "kind": "decoder", "encoder": encoder_id, "fields": list(decoder.fields)}
        tensors = {key: value.detach().half().numpy() for key, value in decoder.state_dict().items()}
        return cls(name, {**settings, **described(decoder)}, tensors)

    @classmethod
    def task(
        cls,
        name: str,
        kind: str,
        encoder_id: str,
        settings: Mapping[str, Any],
        tensors: Tensors,
        card: Mapping[str, Any],
    ) -> Head:
        """What a task has learned on the embeddings of an encoder.

        settings : plain JSON, all that is needed beside the tensors to compute with it
        card : plain JSON, what it was learned from and how well it does: data, split, seed, figures; the name that it
            was learned under is added, so that the same under two names are two
        """
        about = {**card, "learned as": name}
        own = {"part": "head", "kind": kind, "encoder": encoder_id, "settings": dict(settings), "card": about}
        return cls(name, own, tensors)

    @property
    def kind(self) -> str:
        """What it makes of an embedding; `decoder`: a field, `classifier`: a class."""
        return str(self.settings["kind"])

    @property
    def encoder_id(self) -> str:
        return str(self.settings["encoder"])

    @property
    def card(self) -> Mapping[str, Any]:
        """What it was learned from and how well it does; empty for a decoder, whose model has a card."""
        card: Mapping[str, Any] = self.settings.get("card", {})
        return card

    @property
    def fields(self) -> tuple[str, ...]:
        """Those that a decoder gives; empty for any other."""
        return tuple(field for field in FIELDS if field in self.settings.get("fields", ()))

    @cached_property
    def decoder(self) -> Decoder:
        """The decoder itself, ready to be asked. Errors: BadInput, CorruptShard."""
        if self.kind != "decoder":
            raise BadInput(f"head {self.name!r} is of kind {self.kind!r}; it does not decode")
        try:
            decoder = rebuilt(self.settings)
            state = {key: torch.from_numpy(np.asarray(value, np.float32)) for key, value in self.tensors.items()}
            decoder.load_state_dict(state)
        except (ValueError, KeyError, TypeError, RuntimeError) as error:
            raise CorruptShard(f"decoder {self.name!r} is damaged: {error}; restore it from a copy") from error
        return decoder.eval()

    def decode(self, embedding: FloatArray, points: FloatArray, field: str = "sdf") -> FloatArray:
        """(m,) raw outputs at points (m, 3) of the field that an embedding (d,) stands for.

        Errors: BadInput for a head that is no decoder, BadArray, UnknownField.
        """
        return self.field_of(embedding, field)(points)

    def field_of(self, embedding: FloatArray, field: str = "sdf") -> Callable[[FloatArray], FloatArray]:
        """As `decode`, of one embedding (d,) for many points: a function of points (m, 3). Errors: as `decode`."""
        decoder = self.decoder
        check_field(field, decoder.fields)
        z, column = as_floats(embedding, (decoder.sizes.dim,), "embedding"), decoder.fields.index(field)
        with torch.inference_mode():
            prepared = decoder.prepare(torch.from_numpy(z)[None])

        @torch.inference_mode()
        def evaluate(points: FloatArray) -> FloatArray:
            raw = decoder.at(prepared, torch.from_numpy(as_points(points))[None])
            return np.ascontiguousarray(raw[0, :, column].numpy())

        return evaluate
