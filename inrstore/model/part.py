"""A part of a model: settings and tensors with one identity, in a directory of its own or in a model's.

Its name is a label and never a part of the identity.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load_file, save_file

from inrstore.errors import CorruptShard, ModelNotFound, StoreFormatError
from inrstore.files import atomic_path, write_atomically

FORMAT = 2
SETTINGS = "part.json"
WEIGHTS = "weights.safetensors"
Tensors = Mapping[str, NDArray[Any]]


@dataclass(frozen=True, eq=False)
class Part:
    """What bases, encoders and heads have in common. Two are equal if they compute the same."""

    name: str
    settings: Mapping[str, Any]
    """Plain JSON: all that the identity covers besides the tensors, as it was read, so that a later version's new
    settings do not change an old part's identity."""
    tensors: Tensors

    @cached_property
    def id(self) -> str:
        """SHA-256 hex of settings and tensors."""
        digest = hashlib.sha256(json.dumps(self.settings, sort_keys=True).encode())
        for key in sorted(self.tensors):
            value = np.asarray(self.tensors[key], order="C")
            digest.update(f"{key} {value.dtype} {value.shape}\n".encode())
            digest.update(value.tobytes())
        return digest.hexdigest()

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and isinstance(other, Part) and other.id == self.id

    def __hash__(self) -> int:
        return hash(self.id)

    def save(self, directory: str | Path) -> None:
        """Write part.json and weights.safetensors; the first comes last, so that a half-written part is none."""
        directory = Path(directory)
        directory.mkdir(parents=True, exist_ok=True)
        with atomic_path(directory / WEIGHTS) as temporary:
            save_file({key: np.asarray(value, order="C") for key, value in self.tensors.items()}, temporary)
        values = {"format": FORMAT, "name": self.name, "settings": self.settings}
        write_atomically(directory / SETTINGS, json.dumps(values, indent=2, sort_keys=True).encode() + b"\n")

    @classmethod
    def load(cls, directory: str | Path) -> Self:
        """Read a part's directory.

        Raises
        ------
        ModelNotFound
            If there is none.
        CorruptShard
            If its files are damaged.
        StoreFormatError
            If a later version of inrstore wrote it.
        """
        values = read_settings(Path(directory) / SETTINGS)
        tensors = read_tensors(Path(directory) / WEIGHTS)
        try:
            return cls(values["name"], values["settings"], tensors)
        except (ValueError, KeyError, TypeError) as error:
            raise damaged(directory, error) from error


def read_settings(path: Path, newest: int = FORMAT) -> dict[str, Any]:
    """A JSON object with a format of at most `newest`. Errors: as `Part.load`."""
    if not path.is_file():
        raise ModelNotFound(f"no model at {path.parent}: it should hold {path.name} and {WEIGHTS}")
    try:
        values: dict[str, Any] = json.loads(path.read_text("utf-8"))
        version = int(values["format"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise damaged(path.parent, error) from error
    if version > newest:
        raise StoreFormatError(f"model at {path.parent} has format {version}; update inrstore to read it")
    return values


def read_tensors(path: Path) -> dict[str, NDArray[Any]]:
    """Errors: CorruptShard."""
    try:
        return dict(load_file(path))
    except (OSError, ValueError, KeyError, TypeError, SafetensorError) as error:
        raise damaged(path.parent, error) from error


def damaged(directory: str | Path, error: object) -> CorruptShard:
    return CorruptShard(f"model at {directory} is damaged: {error}; restore it from a copy")
