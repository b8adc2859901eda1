"""A tiny model, and shapes as ingest would hand them over, without any fitting."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from inrstore.records import PART_POINTS, Inr, KeptSamples, NewShape, PartLabels

REPO = Path(__file__).parents[1]


def make_model(seed: int = 0, embedding_dim: int | None = 8, name: str = "tiny") -> Any:
    """A model of random weights: 41 a network, with an encoder unless the dimension is None."""
    import torch  # here, because child processes do without it

    from inrstore.model import Base, EncoderPart, Model
    from inrstore.model.encoders.lattice import LatticeEncoder, LatticeSettings
    from inrstore.network.fields import FIELDS
    from inrstore.network.recipe import Recipe

    recipe = Recipe(name, hidden=4, layers=2)
    rng = np.random.default_rng(seed)
    base = Base.of(name, recipe, {field: rng.normal(size=41).astype(np.float32) for field in FIELDS})
    if embedding_dim is None:
        return Model(name, base)
    torch.manual_seed(seed)
    encoder = LatticeEncoder(base.siren, LatticeSettings(probes=8, width=8, dim=embedding_dim, outline=1))
    return Model(name, base, EncoderPart.of(name, encoder.eval(), base))


def digest(text: object) -> str:
    return hashlib.sha256(str(text).encode()).hexdigest()


def key_of(store: Any, number: int) -> int:
    return int(store.shape(digest(number)).key)


def new_inr(model: Any, number: int, profile: str = "default", field: str = "sdf") -> Inr:
    rng = np.random.default_rng([number, len(profile)])
    change = rng.normal(size=len(model.base.start(field))).astype(np.float32) * 0.01
    return Inr(model.base.id, profile, field, model.base.start(field) + change, error=0.001 * (number % 7), steps=100)


def kept(number: int, count: int, field: str = "sdf") -> KeptSamples:
    """Samples to keep of shape `number`: anything."""
    rng = np.random.default_rng([number, count])
    points = rng.integers(1, 1 << 16, (count, 3), dtype=np.uint16)
    points = points[np.argsort(points[:, 0])]
    return KeptSamples(field, points, rng.integers(1, 1 << 16, count, dtype=np.uint16))


def parted(number: int, names: Sequence[str] = ("leg", "seat")) -> PartLabels:
    """Part labels of shape `number`: anything."""
    rng = np.random.default_rng([number, 7])
    points = rng.integers(1, 1 << 16, (PART_POINTS, 3), dtype=np.uint16)
    return PartLabels(points, rng.integers(len(names), size=PART_POINTS, dtype=np.uint8), tuple(names))


def picture(number: int, size: int = 500) -> bytes:
    """A WebP file by its head, of so many bytes, for shape `number`."""
    return b"RIFF" + (size - 8).to_bytes(4, "little") + b"WEBP" + np.random.default_rng(number).bytes(size - 12)


def new_shape(model: Any, number: int, **changes: Any) -> NewShape:
    """Shape `number`; equal numbers are equal content. Its embedding is random, not what the encoder says."""
    embedding = None
    if model.embedding_dim:
        embedding = np.random.default_rng(number).normal(size=model.embedding_dim).astype(np.float32)
        embedding /= np.linalg.norm(embedding)
    values: dict[str, Any] = {
        "sha256": digest(number),
        "name": f"shape {number}",
        "field": "sdf",
        "kind": "mesh",
        "center": (1.0, 2.0, 3.0 + number),
        "scale": 2.5,
        "rotation": None,
        "source": f"/data/{'chair' if number % 2 else 'table'}/{number}.obj",
        "source_sha256": digest(f"file {number}"),
        "source_bytes": 1000 + number,
        "inrs": (new_inr(model, number),),
        "embedding": embedding,
        "encoder": model.encoder.id if model.encoder else None,
        "label": "chair" if number % 2 else "table",
        "tags": {"split": "test" if number % 3 == 0 else "train"},
        "quality": {"ambiguous": 0.01, "faces": float(number)},
    }
    return NewShape(**{**values, **changes})


def packaged_networks(model: Any) -> NDArray[np.float32]:
    """(n, W) whole sdf networks of fifty example meshes, of the default profile."""
    with np.load(REPO / "tests" / "data" / "packaged_networks.npz") as data:
        own = (data["profile"] == "default") & (data["field"] == "sdf")
        return np.asarray(model.base.start("sdf") + data["change"][own].astype(np.float32))


def with_networks(model: Any, shapes: Sequence[NewShape], networks: NDArray[np.float32]) -> list[NewShape]:
    """The shapes with sdf networks (n, W) of their own, and with their embeddings."""
    return [
        replace(shape, embedding=embedding, inrs=(replace(shape.inrs[0], weights=row),))
        for shape, embedding, row in zip(shapes, model.encode("sdf", networks), networks, strict=True)
    ]
