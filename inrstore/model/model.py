"""A model: a base and, perhaps, an encoder that reads its networks and a decoder of its embeddings, in one directory.

    model.json            name, and of each part its name and settings
    weights.safetensors   tensors of base and encoder, as `base.<…>` and `encoder.<…>`; what is more than a file should
                          hold goes to weights-2.safetensors, and so on
    decoder.safetensors   those of the decoder, as `decoder.<…>`; in format 2 they are among the others
    README.md             the card

The model is a bundle without an identity of its own: its base keys networks, its encoder keys embeddings.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import save_file

from inrstore.errors import BadInput, ModelMismatch, ModelNotFound, NoEncoder
from inrstore.files import atomic_path, write_atomically
from inrstore.network.fitting import siren_of
from inrstore.network.recipe import PROFILES, Recipe, load_profile
from inrstore.network.siren import Siren
from inrstore.records import FloatArray

from . import legacy
from .base import Base, random_start
from .encoders import Encoder, EncoderPart, Encoding
from .head import Head
from .part import WEIGHTS, Part, Tensors, damaged, read_settings, read_tensors

PACKAGED = Path(__file__).parent / "packaged"
SETTINGS, DECODER = "model.json", "decoder.safetensors"
FORMAT = 4
LARGEST = 8_000_000
"""Bytes of a file, about; a tensor is never divided."""
KINDS: dict[str, type[Base] | type[EncoderPart] | type[Head]] = {"base": Base, "encoder": EncoderPart, "decoder": Head}


@dataclass(frozen=True, eq=False)
class Model:
    """Parts that belong together. `Model.load`, `load_model` and `from_recipe` make one."""

    name: str
    base: Base
    encoder: EncoderPart | None = None
    decoder: Head | None = None
    card: str = field(default="", repr=False)
    """Markdown: data, licence, settings, figures."""

    def __post_init__(self) -> None:
        if self.encoder and not self.encoder.reads(self.base):
            raise ModelMismatch(f"model {self.name!r}: its encoder does not read the networks of its base")
        if self.decoder and (self.encoder is None or self.decoder.encoder_id != self.encoder.id):
            raise ModelMismatch(f"model {self.name!r}: its decoder belongs to another encoder than its own")

    @property
    def recipe(self) -> Recipe:
        """How the networks that its encoder reads are fitted."""
        return self.base.recipe

    @property
    def siren(self) -> Siren:
        return self.base.siren

    @property
    def fields(self) -> tuple[str, ...]:
        return self.base.fields

    @property
    def embedding_dim(self) -> int | None:
        return self.encoder.dim if self.encoder else None

    @cached_property
    def encoding(self) -> Encoding:
        """Encoder and base, ready to be sent to another process. Errors: NoEncoder."""
        if self.encoder is None:
            raise NoEncoder(
                f"model {self.name!r} has no encoder, so its networks cannot be searched; "
                "use a store of the default model, or train one with 'inrstore train model'"
            )
        return Encoding(self.base, self.encoder)

    def build_encoder(self) -> Encoder:
        """The encoder itself. Errors: NoEncoder, MissingDependency, CorruptShard."""
        return self.encoding.encoder

    def encode(self, field: str, weights: FloatArray) -> FloatArray:
        """(n, d) embeddings of unit length, from whole weights (n, W) of networks of one field.

        Errors: NoEncoder if the model has none, BadArray for another width, UnknownField.
        """
        return self.encoding.encode(field, weights)

    def decode(self, embedding: FloatArray, points: FloatArray, field: str = "sdf") -> FloatArray:
        """(m,) raw outputs at points (m, 3) of the field that an embedding (d,) stands for.

        Errors: NoEncoder if the model has no decoder, BadArray for another width or shape, UnknownField.
        """
        return self.field_of(embedding, field)(points)

    def field_of(self, embedding: FloatArray, field: str = "sdf") -> Callable[[FloatArray], FloatArray]:
        """As `decode`, of one embedding (d,) for many points: a function of points (m, 3). Errors: as `decode`."""
        if self.decoder is None:
            raise NoEncoder(f"model {self.name!r} has no implicit decoder; export from the INR instead")
        return self.decoder.field_of(embedding, field)

    def fitted_as(self, profile: str | Path) -> Model:
        """The same encoder and decoder, for networks of a profile, see `load_profile`.

        Errors: BadInput; ModelMismatch if the encoder does not read them.
        """
        recipe = load_profile(profile)
        start = start_base(recipe, self.base)
        same = replace(recipe, base=start.recipe.base, base_seed=start.recipe.base_seed) == start.recipe
        base = start if same else Base.of(recipe.name, recipe, start.tensors)
        return Model(self.name, base, self.encoder, self.decoder, self.card)

    def parts(self) -> dict[str, Part]:
        found = {"base": self.base, "encoder": self.encoder, "decoder": self.decoder}
        return {role: part for role, part in found.items() if part is not None}

    def save(self, directory: str | Path) -> None:
        """Write model.json, the parts' tensors and, if there is a card, README.md."""
        directory = Path(directory)
        directory.mkdir(parents=True, exist_ok=True)
        parts, tensors = self.parts(), dict[str, dict[str, NDArray[Any]]]()
        for role, part in parts.items():
            own = {f"{role}.{key}": np.asarray(value, order="C") for key, value in part.tensors.items()}
            tensors.setdefault(DECODER if role == "decoder" else WEIGHTS, {}).update(own)
        shares = {_numbered(f, n): share for f, some in tensors.items() for n, share in enumerate(_shares(some), 1)}
        for file, share in shares.items():
            with atomic_path(directory / file) as temporary:
                save_file(share, temporary)
        described = {role: {"name": part.name, "settings": part.settings} for role, part in parts.items()}
        values = {"format": FORMAT, "name": self.name, "files": list(shares), **described}
        write_atomically(directory / SETTINGS, json.dumps(values, indent=2, sort_keys=True).encode() + b"\n")
        for file in (WEIGHTS, DECODER):  # what is left of a larger model that was there
            for path in directory.glob(f"{Path(file).stem}*{Path(file).suffix}"):
                if path.name not in shares:
                    path.unlink()
        if self.card:
            (directory / "README.md").write_text(self.card, "utf-8")

    @classmethod
    def load(cls, directory: str | Path) -> Self:
        """Read a model's directory, also one of an earlier format.

        Raises
        ------
        ModelNotFound
            If there is none.
        CorruptShard
            If its files are damaged.
        StoreFormatError
            If a later version of inrstore wrote it.
        """
        directory = Path(directory)
        values = read_settings(directory / SETTINGS, FORMAT)
        card = directory / "README.md"
        try:
            tensors = {key: value for file in _files(values) for key, value in read_tensors(directory / file).items()}
            parts = legacy.parts(values, tensors) if values["format"] == 1 else _parts(values, tensors)
            text = card.read_text("utf-8") if card.is_file() else ""
            return cls(values["name"], *parts, text)
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise damaged(directory, error) from error


def _shares(tensors: dict[str, NDArray[Any]]) -> list[dict[str, NDArray[Any]]]:
    """The tensors in files of about `LARGEST` bytes, in their order."""
    shares: list[dict[str, NDArray[Any]]] = [{}]
    for key, value in tensors.items():
        if shares[-1] and sum(one.nbytes for one in shares[-1].values()) + value.nbytes > LARGEST:
            shares.append({})
        shares[-1][key] = value
    return shares


def _files(values: Mapping[str, Any]) -> list[str]:
    """Where a model's tensors are."""
    if values["format"] > 3:
        return [Path(file).name for file in values["files"]]
    return [WEIGHTS, DECODER] if values["format"] == 3 and "decoder" in values else [WEIGHTS]


def _numbered(file: str, number: int) -> str:
    return file if number == 1 else f"{Path(file).stem}-{number}{Path(file).suffix}"


def _parts(values: Mapping[str, Any], tensors: Tensors) -> tuple[Base, EncoderPart | None, Head | None]:
    def part(role: str) -> Any:
        if role not in values:
            return None
        own = {key.removeprefix(f"{role}."): v for key, v in tensors.items() if key.startswith(f"{role}.")}
        return KINDS[role](values[role]["name"], values[role]["settings"], own)

    return part("base"), part("encoder"), part("decoder")


def from_recipe(recipe: Recipe) -> Model:
    """A model without encoder, for networks that start from SIREN's random initialisation."""
    return Model(recipe.name, random_start(recipe))


def start_base(recipe: Recipe, own: Base) -> Base:
    """The base that a recipe's fits start from, where `own` is the store's.

    Raises
    ------
    BadInput
        If it is of another architecture than the recipe's.
    ModelNotFound
        If the recipe names a model that is not there.
    """
    if recipe.base == "random":
        return random_start(recipe)
    start = own if recipe.base == "model" else load_model(recipe.base).base
    if start.siren != siren_of(recipe):
        whose = "the store's base" if recipe.base == "model" else f"the model {recipe.base!r}"
        raise BadInput(
            f"profile {recipe.name!r} starts from {whose}, a SIREN {start.siren}, but is {siren_of(recipe)}; "
            "set its base to 'random' or give it the same hidden, layers and omega"
        )
    return start


def load_model(name_or_dir: str | Path = "default") -> Model:
    """A model by the name of a packaged one (`default`), of a profile with a random base (`paper`), or by directory.

    Raises
    ------
    ModelNotFound
        If it is none of these.
    """
    packaged = PACKAGED / str(name_or_dir)
    if packaged.parent == PACKAGED and (packaged / SETTINGS).is_file():
        return Model.load(packaged)
    profile = PROFILES.get(str(name_or_dir))
    if profile is not None and profile.base == "random":
        return from_recipe(profile)
    if (Path(name_or_dir) / SETTINGS).is_file():
        return Model.load(name_or_dir)
    known = sorted(p.parent.name for p in PACKAGED.glob(f"*/{SETTINGS}"))
    known += [name for name, recipe in PROFILES.items() if recipe.base == "random"]
    raise ModelNotFound(f"no model {str(name_or_dir)!r}: give one of {', '.join(known)} or a directory")
