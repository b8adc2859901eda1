"""Small stand-ins for tests: a tiny model, and shapes as ingest would hand them over, without any fitting."""

from __future__ import annotations

import hashlib
import json
import sys
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from inrstore.rows import Inr, NewShape

REPO = Path(__file__).parents[1]


@dataclass(frozen=True)
class StandInSiren:
    hidden: int = 4
    layers: int = 1
    omega: float = 30.0

    @property
    def size(self) -> int:
        return 3 * self.hidden + self.hidden + self.hidden + 1


@dataclass
class StandIn:
    """The part of `inrstore.model.Model` that the store uses."""

    seed: int = 0
    embedding_dim: int | None = 8
    name: str = "tiny"
    siren: StandInSiren = StandInSiren()
    fields: tuple[str, ...] = ("sdf", "udf", "occ")

    @property
    def id(self) -> str:
        return hashlib.sha256(json.dumps([self.seed, self.embedding_dim, self.name]).encode()).hexdigest()

    def base(self, field: str) -> np.ndarray:
        rng = np.random.default_rng([self.seed, self.fields.index(field)])
        return rng.normal(size=self.siren.size).astype(np.float32)

    def save(self, directory: Path) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        (directory / "model.json").write_text(json.dumps([self.seed, self.embedding_dim, self.name]))

    @classmethod
    def load(cls, directory: Path) -> StandIn:
        seed, dim, name = json.loads((directory / "model.json").read_text())
        return cls(seed, dim, name)


def make_model(seed: int = 0, embedding_dim: int | None = 8, name: str = "tiny") -> Any:
    module = sys.modules.setdefault("inrstore.model", ModuleType("inrstore.model"))
    module.Model = StandIn  # type: ignore[attr-defined]
    return StandIn(seed, embedding_dim, name)


def digest(text: object) -> str:
    return hashlib.sha256(str(text).encode()).hexdigest()


def new_inr(model: Any, number: int, profile: str = "default", field: str = "sdf") -> Inr:
    rng = np.random.default_rng([number, len(profile)])
    change = rng.normal(size=model.siren.size).astype(np.float32) * 0.01
    return Inr(model.id, profile, field, model.base(field) + change, error=0.001 * (number % 7), steps=100)


def new_shape(model: Any, number: int, **changes: Any) -> NewShape:
    """Shape `number`; equal numbers are equal content."""
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
        "label": "chair" if number % 2 else "table",
        "tags": {"split": "test" if number % 3 == 0 else "train"},
        "quality": {"ambiguous": 0.01, "faces": float(number)},
    }
    return NewShape(**{**values, **changes})
