"""Networks that somebody else fitted: the official inr2vec HDF5 layout, and safetensors.

Such a network stands for a surface, so it is treated as a geometry: it is decoded once, moved into the frame that
all shapes share, and sampled, and the store's own network is fitted to those samples. So foreign networks are
searched, and compared with other shapes, like any mesh; the network itself is kept beside it.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import igl
import numpy as np
import torch

from inrstore.errors import BadInput, EmptySurface, MissingDependency
from inrstore.model import Base
from inrstore.network.fields import FIELDS
from inrstore.network.portable import HEADER, PortableInr, flatten, read_inr, read_tensors
from inrstore.network.recipe import Recipe
from inrstore.network.siren import Siren, split
from inrstore.records import FloatArray
from inrstore.surface.extraction import extract_mesh, inr_field
from inrstore.surface.sampling import SEED_RESOLUTION

from .geometry import Network, Points, Triangles

HDF5_SUFFIXES = frozenset((".h5", ".hdf5"))
NETWORK_SUFFIXES = HDF5_SUFFIXES | {".safetensors"}
PROFILE = "imported"
OFFICIAL_LAYERS = 4
"""Sine layers of the official networks."""
SPECK = 0.01
MAX_WEIGHTS = 16_000_000


@dataclass(frozen=True)
class Reading:
    """What a file does not say of its network. A file with inrstore's own header says everything."""

    field: str | None = None
    """By default what the file's other arrays tell."""
    omega: float = 30.0
    inside: str | None = None
    """Sign of the raw output inside, for sdf: positive, or negative as in the official code."""

    def __post_init__(self) -> None:
        for name, choices in (("field", FIELDS), ("inside", ("positive", "negative"))):
            if getattr(self, name) not in (None, *choices):
                raise BadInput(f"{name} is {getattr(self, name)!r}; give one of {', '.join(choices)}")
        if not (math.isfinite(self.omega) and self.omega > 0):
            raise BadInput(f"omega is {self.omega}; give a number above zero")


def read_network(path: str | Path, reading: Reading) -> Network:
    """A file's network and its decoded surface, in the network's own space.

    Raises
    ------
    BadInput
        If the file is damaged, of another layout, or has no surface.
    MissingDependency
        If HDF5 cannot be read here.
    """
    inr, label, framed = _read(Path(path), reading)
    if not np.isfinite(inr.weights).all():
        raise BadInput(f"{path}: some of its weights are not finite; fit it again")
    try:
        surface = extract_mesh(inr_field(inr.siren, inr.weights), inr.field, SEED_RESOLUTION)
    except EmptySurface as error:
        raise BadInput(f"{path}: as {inr.field}, {error}") from error
    return Network(inr, *_without_specks(*surface), label, framed)


def architecture(path: str | Path, reading: Reading) -> Siren:
    """What `read_network` would find, without the surface. Errors: as there."""
    return _read(Path(path), reading)[0].siren


def foreign_base(siren: Siren) -> Base:
    """The base of imported networks of one architecture: zeros."""
    recipe = Recipe(PROFILE, siren.hidden, siren.layers, siren.omega, base="random", steps=1, muon=0.0)
    zeros = {field: np.zeros(siren.size, np.float32) for field in FIELDS}
    return Base.of(f"{PROFILE}-{siren.hidden}x{siren.layers}", recipe, zeros)


def _without_specks(vertices: Points, faces: Triangles) -> tuple[Points, Triangles]:
    """The surface less its loose parts of under a hundredth of the largest one's area: they would set the frame."""
    part = igl.vertex_components(faces)[faces[:, 0]]
    area = np.bincount(part, igl.doublearea(vertices, faces))
    kept, used, _, _ = igl.remove_unreferenced(vertices, faces[area[part] >= SPECK * area.max()])
    return kept, used


def _read(path: Path, reading: Reading) -> tuple[PortableInr, str | None, bool]:
    """The network, positive inside; its label; and whether it lives in inrstore's own frame."""
    if path.suffix.lower() in HDF5_SUFFIXES:
        inr, label = _read_official(path, reading)
        return inr, label, False
    tensors, metadata = read_tensors(path)
    if HEADER in metadata:
        inr = read_inr(path)
        label = inr.about.get("label")
        return inr, label if isinstance(label, str) else None, True
    return _read_layers(path, tensors, reading), None, False


def _read_official(path: Path, reading: Reading) -> tuple[PortableInr, str | None]:
    arrays = _hdf5(path)
    if "params" not in arrays:
        raise BadInput(f"{path}: has no array 'params' but {sorted(arrays)}; is it an inr2vec file?")
    weights = np.asarray(arrays["params"], np.float32).ravel()
    guessed = next((f for key, f in (("triangles", "sdf"), ("pcd", "udf"), ("vgrid", "occ")) if key in arrays), None)
    field = reading.field or guessed
    if field is None:
        raise BadInput(f"{path}: nothing in it tells the field; say sdf, udf or occ with field")
    siren = Siren(_official_width(path, len(weights)), OFFICIAL_LAYERS, reading.omega)
    inr = _positive_inside(PortableInr(siren, field, weights), reading.inside or "negative")
    return inr, str(int(np.ravel(arrays["class_id"])[0])) if "class_id" in arrays else None


def _hdf5(path: Path) -> dict[str, Any]:
    """The small arrays that matter."""
    try:
        import h5py
    except ImportError as error:
        raise MissingDependency(f"{path}: to read HDF5 install h5py: pip install 'inrstore[hdf5]'") from error
    try:
        with h5py.File(path, "r") as file:
            wanted = {"params", "class_id"} & set(file)
            if any(file[name].size > MAX_WEIGHTS for name in wanted):  # a few bytes can stand for terabytes
                raise BadInput(f"{path}: more than {MAX_WEIGHTS:,} weights; it was not read")
            return {name: np.asarray(file[name]) if name in wanted else None for name in file}
    except BadInput:
        raise
    except (OSError, ValueError, KeyError, TypeError, RuntimeError, AttributeError) as error:
        raise BadInput(f"{path}: cannot be read as HDF5: {error}") from error


def _official_width(path: Path, count: int) -> int:
    """The h for which a SIREN 3-h×4-1 has so many weights."""
    width = round((math.sqrt(16 + 3 * max(count - 1, 0)) - 4) / 3)  # 3h² + 8h + 1 = count, about
    for hidden in range(max(1, width - 1), width + 2):
        if Siren(hidden, OFFICIAL_LAYERS).size == count <= MAX_WEIGHTS:
            return hidden
    raise BadInput(f"{path}: {count:,} weights are those of no SIREN 3-h×{OFFICIAL_LAYERS}-1")


def _read_layers(path: Path, tensors: dict[str, FloatArray], reading: Reading) -> PortableInr:
    """Any state dictionary of linear layers, in the order of the numbers in their names."""
    if reading.field is None or (reading.field == "sdf" and reading.inside is None):
        raise BadInput(f"{path}: has no header of inrstore's; say its field, and for sdf the sign inside")
    pairs: dict[tuple[int, ...], dict[str, FloatArray]] = {}
    for name, tensor in tensors.items():
        kind = name.rpartition(".")[2]
        if kind in ("weight", "bias"):
            pairs.setdefault(tuple(map(int, re.findall(r"\d+", name))), {})[kind] = tensor
    layers = [pairs[number] for number in sorted(pairs)]
    if len(layers) < 2 or any(set(layer) != {"weight", "bias"} for layer in layers):
        raise BadInput(f"{path}: its tensors {sorted(tensors)[:6]} are not pairs of weight and bias")
    siren = Siren(len(layers[0]["bias"]), len(layers) - 1, reading.omega)
    named = {f"layers.{i}.{kind}": tensor for i, layer in enumerate(layers) for kind, tensor in layer.items()}
    inr = PortableInr(siren, reading.field, flatten(named, siren, path))
    return _positive_inside(inr, reading.inside or "positive")


def _positive_inside(inr: PortableInr, inside: str) -> PortableInr:
    """The same sdf with the sign of `inrstore.network.fields`: the last layer negated if it was negative inside."""
    if inr.field != "sdf" or inside == "positive":
        return inr
    weights = np.array(inr.weights)
    for part in split(inr.siren, torch.from_numpy(weights)[None])[-1]:
        part.neg_()
    return replace(inr, weights=weights)
