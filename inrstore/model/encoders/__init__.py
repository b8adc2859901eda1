"""Encoders, a registry: one file each, and the kind is saved with the tensors, so that a new one is a new file.

Here it is that file and a line in `BUILT_IN`; in a package of yours, an entry point of the group `inrstore.encoders`
in its pyproject.toml, or a call of `register` before a store with such an encoder is opened.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from importlib import import_module
from importlib.metadata import entry_points
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, Self, runtime_checkable

import numpy as np

from inrstore.arrays import as_floats, check_field
from inrstore.errors import BadInput, CorruptShard, MissingDependency, ModelMismatch
from inrstore.network.turning import turned
from inrstore.records import FloatArray

from ..part import Part, Tensors

if TYPE_CHECKING:
    from ..base import Base

GROUP = "inrstore.encoders"
OFFSET = "offset."
"""By field, of encoders of format 1: what they add to weights before they read them, where it is not zero."""
BUILT_IN = {
    "grid": "inrstore.model.encoders.grid:GridEncoder",
    "inr2vec": "inrstore.model.encoders.inr2vec:Inr2vecEncoder",
    "joined": "inrstore.model.encoders.joined:JoinedEncoder",
    "lattice": "inrstore.model.encoders.lattice:LatticeEncoder",
    "probes": "inrstore.model.encoders.probes:ProbesEncoder",
    "spectral": "inrstore.model.encoders.spectral:SpectralEncoder",
    "views": "inrstore.model.encoders.views:ViewsEncoder",
    "weights": "inrstore.model.encoders.weights:WeightsEncoder",
    "words": "inrstore.model.encoders.words:WordsEncoder",
}


class Encoder(Protocol):
    """From the weights of networks to embeddings, and nothing but the weights."""

    kind: ClassVar[str]
    any_base: ClassVar[bool]
    """Whether it asks networks what they say, and so reads those of every base; else it needs to know where they began.
    An encoder that does not say so does not."""

    @property
    def dim(self) -> int:
        """Numbers in an embedding."""

    def encode(self, field: str, weights: FloatArray) -> FloatArray:
        """(n, dim) float32 of unit length, from whole weights θ (n, W) float32 of networks of one field.

        What it subtracts is its own business. A row's numbers must not depend on the rows beside it.
        """

    def settings(self) -> Mapping[str, Any]:
        """Plain JSON, from which and from the tensors `restore` makes the same encoder."""

    def arrays(self) -> Tensors:
        """What it has learned."""

    @classmethod
    def restore(cls, base: Base, settings: Mapping[str, Any], arrays: Tensors) -> Self:
        """The encoder again, for networks that start from `base`. Errors: ValueError, KeyError, TypeError."""


@runtime_checkable
class Turning(Protocol):
    """What an encoder may have besides, if it knows a shorter way than to read a network anew after every turn."""

    def encode_turned(self, field: str, weights: FloatArray, turns: FloatArray) -> FloatArray:
        """(p, dim), from whole weights (W,) of one network: what `encode` makes of it after each turn (p, 3, 3).

        It agrees to rounding. What the encoder adds to weights (`OFFSET`) is turned with them.
        """


@runtime_checkable
class OnDevice(Protocol):
    """What an encoder may have besides, if it can encode many networks at once on a GPU; see `many.Many`."""

    def encode_on(self, device: str, field: str, weights: FloatArray) -> FloatArray:
        """(n, dim), as `encode` to rounding; there, a row's last bits may depend on the rows beside it."""


@runtime_checkable
class Loose(Protocol):
    """What an encoder may have besides, if a part of its embeddings is the same however a shape lies or bends."""

    @property
    def looseness(self) -> float:
        """Of the score of a loosened query, the share of that part."""

    def loosened(self, rows: FloatArray) -> FloatArray:
        """Embeddings (n, dim) as queries for which that part counts more; each one's product with itself stays 1."""


_registered: dict[str, type[Encoder]] = {}


def register(encoder: type[Encoder]) -> None:
    """Make a kind of encoder known, by its `kind`; one of the same kind is replaced.

    Worker processes come to know it, too, if its class is in a module that can be imported.
    """
    _registered[encoder.kind] = encoder


def kinds() -> list[str]:
    """Every kind that is known here."""
    return sorted({*_registered, *BUILT_IN, *(point.name for point in entry_points(group=GROUP))})


def find(kind: str) -> type[Encoder]:
    """The class of a kind. Errors: MissingDependency if nothing here knows it."""
    if kind not in _registered:
        if kind in BUILT_IN:
            module, _, name = BUILT_IN[kind].partition(":")
            register(getattr(import_module(module), name))
        else:
            points = entry_points(group=GROUP, name=kind)
            if not points:
                raise MissingDependency(
                    f"no encoder of kind {kind!r} is known here, only {', '.join(kinds())}; install the package that "
                    "has it, or call inrstore.model.encoders.register"
                )
            _registered[kind] = next(iter(points)).load()
    return _registered[kind]


@dataclass(frozen=True, eq=False)
class EncoderPart(Part):
    """An encoder as it is saved: it keys embeddings, indexes and heads. `EncoderPart.of` makes one."""

    @classmethod
    def of(cls, name: str, encoder: Encoder, base: Base) -> EncoderPart:
        """An encoder for the networks of a base."""
        settings = {"part": "encoder", "kind": encoder.kind, "base": base.id, "dim": encoder.dim}
        return cls(name, {**settings, "settings": dict(encoder.settings())}, encoder.arrays())

    @property
    def kind(self) -> str:
        return str(self.settings["kind"])

    @property
    def base_id(self) -> str:
        """Identity of the base whose networks it expects."""
        return str(self.settings["base"])

    @property
    def dim(self) -> int:
        return int(self.settings["dim"])

    @property
    def bound(self) -> bool:
        """Whether it is of format 1, and reads what starts from its base alone."""
        return any(key.startswith(OFFSET) for key in self.tensors)

    def reads(self, base: Base) -> bool:
        """Whether it reads the networks of a base: its own, or any, for which it was perhaps not trained as well.

        Errors: MissingDependency if its kind is unknown here.
        """
        return base.id == self.base_id or (not self.bound and bool(getattr(find(self.kind), "any_base", False)))

    def build(self, base: Base) -> Encoder:
        """The encoder itself, ready to be asked.

        Raises
        ------
        ModelMismatch
            If it does not read the networks of the base.
        MissingDependency
            If its kind is unknown here.
        CorruptShard
            If its tensors do not fit its settings.
        """
        if not self.reads(base):
            raise ModelMismatch(
                f"encoder {self.name!r} reads networks of base {self.base_id[:12]}, not of {base.name!r} {base.id[:12]}"
            )
        kind = find(self.kind)
        try:
            return kind.restore(base, self.settings["settings"], self.tensors)
        except BadInput:
            raise
        except (ValueError, KeyError, TypeError, RuntimeError) as error:
            raise CorruptShard(f"encoder {self.name!r} is damaged: {error}; restore it from a copy") from error


@dataclass(frozen=True)
class Encoding:
    """An encoder with the base whose networks it reads: what a worker process needs to encode."""

    base: Base
    part: EncoderPart

    def __reduce__(self) -> tuple[Any, ...]:  # an encoder that was built stays behind, its class is known there too
        return _encoding, (self.base, self.part, find(self.part.kind))

    @cached_property
    def encoder(self) -> Encoder:
        """Built when it is first asked. Errors: as `EncoderPart.build`."""
        return self.part.build(self.base)

    def encode(self, field: str, weights: FloatArray, device: str = "cpu") -> FloatArray:
        """(n, dim) from whole weights (n, W) of networks of one field; on cuda, if the encoder can be asked there.

        Errors: ModelMismatch, BadArray, UnknownField.
        """
        check_field(field, self.base.fields)
        rows, encoder = as_floats(weights, (None, self.base.siren.size), "weights"), self.encoder
        if device != "cpu" and isinstance(encoder, OnDevice):
            return encoder.encode_on(device, field, rows)
        return encoder.encode(field, rows)

    def encode_turned(self, field: str, weights: FloatArray, turns: FloatArray) -> FloatArray:
        """(p, d) from whole weights (W,) of one network, after each of the turns (p, 3, 3); see `network.turning`.

        Errors: as `encode`.
        """
        encoder = self.encoder
        if isinstance(encoder, Turning):
            check_field(field, self.base.fields)
            return encoder.encode_turned(field, as_floats(weights, (self.base.siren.size,), "weights"), turns)
        offset = self.part.tensors.get(f"{OFFSET}{field}", np.float32(0))  # what such an encoder adds is turned, too
        return self.encode(field, turned(self.base.siren, weights + offset, turns) - offset)

    @property
    def looseness(self) -> float:
        """Share of a loosened query's score that no pose changes; 0 if the encoder does not know what that is."""
        encoder = self.encoder
        return encoder.looseness if isinstance(encoder, Loose) else 0.0

    def loosened(self, rows: FloatArray) -> FloatArray:
        """Queries (n, dim) of embeddings, for a search in which a shape may lie or bend in any way; see `Loose`."""
        encoder = self.encoder
        return encoder.loosened(rows) if isinstance(encoder, Loose) else rows


def _encoding(base: Base, part: EncoderPart, kind: type[Encoder]) -> Encoding:
    register(kind)
    return Encoding(base, part)
