"""One network as a file of its own: safetensors, with a JSON header that says how to run it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from dataclasses import field as default
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from inrstore.arrays import as_floats, check_field
from inrstore.errors import BadInput
from inrstore.records import FloatArray, Vector3

from .siren import Siren, split

HEADER = "inrstore"
FORMAT = 1


@dataclass(frozen=True, eq=False)
class PortableInr:
    """A network with all that is needed to run it and to place its surface.

    ``source = (x * scale) @ rotation + center`` brings a point x of the network's space back to the source.
    """

    siren: Siren
    field: str
    weights: FloatArray
    """(W,) float32 in the layout of `inrstore.network.siren`."""
    center: Vector3 = (0.0, 0.0, 0.0)
    scale: float = 1.0
    rotation: tuple[float, ...] | None = None
    about: Mapping[str, Any] = default(default_factory=dict)
    """Plain JSON: id, name, label, profile and whatever else is to travel along."""

    def to_bytes(self) -> bytes:
        """A safetensors file: `layers.<i>.weight` (out, in) and `layers.<i>.bias` (out,), first to last.

        Its metadata has one key, `inrstore`: JSON with format, field, hidden, layers (the sine layers), omega,
        center, scale, rotation and about. Errors: BadArray, if the weights are not as many as the network's.
        """
        weights = as_floats(self.weights, (self.siren.size,), "weights")
        layers = split(self.siren, torch.from_numpy(weights)[None])
        tensors = {}
        for index, (weight, bias) in enumerate(layers):
            tensors[f"layers.{index}.weight"] = weight[0].contiguous().numpy()
            tensors[f"layers.{index}.bias"] = bias[0].contiguous().numpy()
        header = {
            "format": FORMAT,
            "field": self.field,
            **asdict(self.siren),
            "center": self.center,
            "scale": self.scale,
            "rotation": self.rotation,
            "about": dict(self.about),
        }
        return bytes(save(tensors, metadata={HEADER: json.dumps(header)}))


def move(inr: PortableInr, center: NDArray[np.float64], scale: float) -> PortableInr:
    """The network of x ↦ f(scale · x + center), exactly: only its first layer changes."""
    weights = np.array(inr.weights, np.float32)
    matrix, bias = split(inr.siren, torch.from_numpy(weights)[None])[0]  # views of `weights`
    bias += matrix @ torch.as_tensor(center, dtype=torch.float32)
    matrix *= scale
    return replace(inr, weights=weights)


def read_inr(path: str | Path) -> PortableInr:
    """A file that `PortableInr.to_bytes` made.

    Raises
    ------
    BadInput
        If it is not one, or a later version made it.
    """
    tensors, metadata = read_tensors(path)
    try:
        header = json.loads(metadata[HEADER])
        if header["format"] > FORMAT:
            raise BadInput(f"{path}: a network of format {header['format']}; update inrstore to read it")
        check_field(header["field"], name=f"{path}: field")
        siren = Siren(int(header["hidden"]), int(header["layers"]), float(header["omega"]))
        weights = flatten(tensors, siren, path)
        rotation = None if header["rotation"] is None else tuple(map(float, header["rotation"]))
        x, y, z = map(float, header["center"])
        about = header.get("about", {})
        return PortableInr(siren, header["field"], weights, (x, y, z), float(header["scale"]), rotation, about)
    except (KeyError, TypeError, ValueError) as error:
        if isinstance(error, BadInput):
            raise
        raise BadInput(f"{path}: not a network that inrstore wrote ({type(error).__name__}: {error})") from error


def read_tensors(path: str | Path) -> tuple[dict[str, FloatArray], dict[str, str]]:
    """All tensors of a safetensors file as float32, and its metadata. Errors: BadInput if it is damaged."""
    try:
        with safe_open(str(path), "np") as file:
            names = list(file.keys())
            return {name: np.asarray(file.get_tensor(name), np.float32) for name in names}, file.metadata() or {}
    except (OSError, SafetensorError, ValueError, TypeError) as error:
        raise BadInput(f"{path}: cannot be read as safetensors: {error}") from error


def flatten(tensors: Mapping[str, FloatArray], siren: Siren, path: str | Path) -> FloatArray:
    """(W,) weights of the layers `layers.<i>.…`. Errors: BadInput if one is missing or of another shape."""
    parts = []
    for index, (fan_in, fan_out) in enumerate(siren.dims):
        for kind, shape in (("weight", (fan_out, fan_in)), ("bias", (fan_out,))):
            found = tensors.get(f"layers.{index}.{kind}")
            if found is None or found.shape != shape:
                what = "missing" if found is None else f"of shape {found.shape}"
                raise BadInput(f"{path}: layers.{index}.{kind} is {what}; a SIREN {siren} has {shape}")
            parts.append(found.ravel())
    return np.concatenate(parts)
