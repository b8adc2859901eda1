"""A model: everything that must match for two embeddings to be comparable, in one directory with one identity."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor

from inrstore.errors import BadInput, CorruptShard, ModelNotFound, NoEncoder, StoreFormatError
from inrstore.network.fields import FIELDS
from inrstore.network.fitting import random_base, siren_of
from inrstore.network.recipe import PROFILES, Recipe
from inrstore.network.siren import Siren
from inrstore.records import FloatArray

from .decoder import DecoderSettings, ImplicitDecoder
from .encoders.lattice import LatticeSettings, WeightEncoder

NORMALISATION = "bounding-box centre, unit ball, Y up"
FORMAT = 1
PACKAGED = Path(__file__).parent / "packaged"
_CHUNK = 4_096


@dataclass(frozen=True)
class Model:
    """Bases, recipe, and perhaps an encoder and decoder. `Model.load` and `from_recipe` make one."""

    name: str
    recipe: Recipe
    """How the networks that its encoder reads are fitted."""
    encoder_shape: LatticeSettings | None
    decoder_shape: DecoderSettings | None
    tensors: Mapping[str, Tensor] = field(repr=False)
    """`base.<field>` (W,), `encoder.<…>`, `decoder.<…>`."""
    card: str = field(default="", repr=False)
    """Markdown: data, licence, settings, figures. Not part of the identity."""
    saved: str = field(default="", repr=False)
    """model.json as it was read, so that a later version's new settings do not change an old model's identity."""

    @property
    def siren(self) -> Siren:
        return siren_of(self.recipe)

    @property
    def fields(self) -> tuple[str, ...]:
        return tuple(f for f in FIELDS if f"base.{f}" in self.tensors)

    @property
    def embedding_dim(self) -> int | None:
        return self.encoder_shape.dim if self.encoder_shape else None

    @cached_property
    def id(self) -> str:
        """SHA-256 hex of settings and weights: another base or encoder is another model."""
        digest = hashlib.sha256(self._settings().encode())
        for key in sorted(self.tensors):
            value = self.tensors[key].contiguous()
            digest.update(f"{key} {value.dtype} {tuple(value.shape)}\n".encode())
            digest.update(value.reshape(-1).view(torch.uint8).numpy().tobytes())
        return digest.hexdigest()

    def base(self, field: str) -> FloatArray:
        """(W,) float32, the start θ₀ of every INR of this field."""
        if field not in self.fields:
            raise ModelNotFound(f"model {self.name!r} has no base for {field!r}, only for {', '.join(self.fields)}")
        return self.tensors[f"base.{field}"].float().numpy()

    def encode(self, field: str, weights: FloatArray) -> FloatArray:
        """(n, d) embeddings of unit length, from whole weights (n, W) of networks of one field.

        Raises
        ------
        NoEncoder
            If the model has none.
        """
        encoder = self.encoder
        change = torch.from_numpy(np.asarray(weights, np.float32) - self.base(field))
        with torch.no_grad():
            parts = [encoder(field, part) for part in change.split(_CHUNK)]
        return np.concatenate([p.numpy() for p in parts]) if parts else np.empty((0, encoder.shape.dim), np.float32)

    def decode(self, embedding: FloatArray, points: FloatArray, field: str = "sdf") -> FloatArray:
        """(m,) raw outputs at points (m, 3) of the field that an embedding (d,) stands for.

        Raises
        ------
        NoEncoder
            If the model has no decoder.
        """
        decoder = self._decoder
        column = decoder.fields.index(field)
        with torch.no_grad():
            raw = decoder(torch.from_numpy(np.asarray(embedding, np.float32))[None], torch.from_numpy(points)[None])
        return np.ascontiguousarray(raw[0, :, column].numpy())

    def save(self, directory: str | Path) -> None:
        """Write model.json, weights.safetensors and, if there is a card, README.md."""
        directory = Path(directory)
        directory.mkdir(parents=True, exist_ok=True)
        save_file({k: v.contiguous() for k, v in self.tensors.items()}, directory / "weights.safetensors")
        (directory / "model.json").write_text(self._settings() + "\n", "utf-8")
        if self.card:
            (directory / "README.md").write_text(self.card, "utf-8")

    @classmethod
    def load(cls, directory: str | Path) -> Model:
        """Read a model's directory.

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
        if not (directory / "model.json").is_file():
            raise ModelNotFound(f"no model at {directory}: it should hold model.json and weights.safetensors")
        try:
            saved = (directory / "model.json").read_text("utf-8").strip()
            settings = json.loads(saved)
            if settings["format"] > FORMAT:
                raise StoreFormatError(
                    f"model at {directory} has format {settings['format']}; update inrstore to read it"
                )
            tensors = load_file(directory / "weights.safetensors")
            shapes = settings["encoder"], settings["decoder"]
            recipe = Recipe.from_dict(settings["recipe"])
            _check_bases(tensors, siren_of(recipe).size)
            card = directory / "README.md"
            return cls(
                settings["name"],
                recipe,
                LatticeSettings(**shapes[0]) if shapes[0] else None,
                DecoderSettings(**shapes[1]) if shapes[1] else None,
                tensors,
                card.read_text("utf-8") if card.is_file() else "",
                saved,
            )
        except StoreFormatError:
            raise
        except (OSError, ValueError, KeyError, TypeError, SafetensorError) as error:
            raise CorruptShard(f"model at {directory} is damaged: {error}; restore it from a copy") from error

    def _settings(self) -> str:
        if self.saved:
            return self.saved
        values: dict[str, Any] = {
            "format": FORMAT,
            "name": self.name,
            "normalisation": NORMALISATION,
            "recipe": asdict(self.recipe),
            "encoder": asdict(self.encoder_shape) if self.encoder_shape else None,
            "decoder": asdict(self.decoder_shape) if self.decoder_shape else None,
        }
        return json.dumps(values, indent=2, sort_keys=True)

    @cached_property
    def encoder(self) -> WeightEncoder:
        """The encoder itself, ready to be asked. Errors: NoEncoder."""
        if self.encoder_shape is None:
            raise NoEncoder(
                f"model {self.name!r} has no encoder, so its networks cannot be searched; "
                "use a store of the default model, or train one with 'inrstore train model'"
            )
        encoder = WeightEncoder(self.siren, self.fields, self.encoder_shape)
        encoder.load_state_dict(self._part("encoder."))
        return encoder.eval()

    @cached_property
    def _decoder(self) -> ImplicitDecoder:
        if self.decoder_shape is None:
            raise NoEncoder(f"model {self.name!r} has no implicit decoder; export from the INR instead")
        decoder = ImplicitDecoder(self.fields, self.decoder_shape)
        decoder.load_state_dict(self._part("decoder."))
        return decoder.eval()

    def _part(self, prefix: str) -> dict[str, Tensor]:
        return {k.removeprefix(prefix): v.float() for k, v in self.tensors.items() if k.startswith(prefix)}


def _check_bases(tensors: Mapping[str, Tensor], size: int) -> None:
    """Errors: ValueError."""
    for key, value in tensors.items():
        if key.startswith("base.") and not (value.shape == (size,) and bool(torch.isfinite(value).all())):
            raise ValueError(f"{key} is not {size} finite numbers")


def from_recipe(recipe: Recipe) -> Model:
    """A model without encoder, for networks that start from SIREN's random initialisation."""
    base = random_base(recipe)
    return Model(recipe.name, recipe, None, None, {f"base.{f}": base.clone() for f in FIELDS})


def start_model(recipe: Recipe, own: Model) -> Model:
    """The model whose bases a recipe's fits start from, where `own` is the store's.

    Raises
    ------
    BadInput
        If it is of another architecture than the recipe's.
    ModelNotFound
        If the recipe names a model that is not there.
    """
    if recipe.base == "random":
        return from_recipe(recipe)
    start = own if recipe.base == "model" else load_model(recipe.base)
    if start.siren != siren_of(recipe):
        whose = "the store's model" if recipe.base == "model" else f"the model {recipe.base!r}"
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
    if packaged.parent == PACKAGED and (packaged / "model.json").is_file():
        return Model.load(packaged)
    profile = PROFILES.get(str(name_or_dir))
    if profile is not None and profile.base == "random":
        return from_recipe(profile)
    if (Path(name_or_dir) / "model.json").is_file():
        return Model.load(name_or_dir)
    known = sorted(p.parent.name for p in PACKAGED.glob("*/model.json"))
    known += [name for name, recipe in PROFILES.items() if recipe.base == "random"]
    raise ModelNotFound(f"no model {str(name_or_dir)!r}: give one of {', '.join(known)} or a directory")
