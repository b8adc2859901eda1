"""A store in memory with the methods that `index` uses: these tests need neither torch nor a catalogue.

`test_with_a_real_store.py` runs the same ways through `inrstore.Store`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from inrstore.errors import ShapeNotFound
from inrstore.records import Shape

LABELS = ("chair", "table", "lamp", "sofa")
DIM = 24


@pytest.fixture(autouse=True)
def as_it_is(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Shapes of these tests have vectors that no network gave, or no network, so queries are not turned."""
    if "posed" not in request.fixturenames:
        monkeypatch.setattr("index.poses.turns", lambda *_: np.eye(3, dtype=np.float32)[None])


class MemoryStore:
    """Keys are spread over 62 bits, so that a backend that confuses keys with places is found out."""

    def __init__(self, root: Path, count: int) -> None:
        self.url = str(root)
        self.id = "s" * 32
        self.encoder_id = "m" * 64
        self.companions: dict[str, Any] = {}
        self.root = root
        self.rows: dict[int, tuple[Shape, np.ndarray | None]] = {}
        self.registered: dict[str, tuple[str, dict[str, Any], int]] = {}
        self.changes = 0
        self.rewrites = 0
        self.random = np.random.default_rng(count)
        self.read: list[int | None] = []
        self.grow(count)

    def grow(self, count: int) -> list[int]:
        new = [self._insert() for _ in range(count)]
        self.changes += 1
        return new

    def drop(self, keys: Sequence[int]) -> None:
        for key in keys:
            del self.rows[int(key)]
        self.changes += 1

    def encode_again(self, keys: Sequence[int]) -> None:
        for key in keys:
            self.rows[int(key)] = (self.rows[int(key)][0], self._vector(self.rows[int(key)][0].label))
        self.changes += 1
        self.rewrites = self.changes

    def blank(self, key: int) -> None:
        """Take a shape's embedding away."""
        self.rows[key] = (self.rows[key][0], None)
        self.changes += 1

    def generation(self) -> int:
        return self.changes

    def rewritten(self) -> int:
        return self.rewrites

    def embedding_keys(self) -> np.ndarray:
        found = [key for key, (_, vector) in sorted(self.rows.items()) if vector is not None]
        return np.array(found, dtype=np.int64)

    def embeddings(
        self, keys: Sequence[int] | None = None, encoder: str | None = None
    ) -> tuple[np.ndarray, np.ndarray]:
        assert encoder is None, "these are of one encoder"
        self.read += [None if keys is None else len(keys)]
        have = self.embedding_keys().tolist()
        wanted = have if keys is None else sorted(set(have) & {int(key) for key in keys})
        matrix = [self.rows[key][1] for key in wanted]
        return np.array(wanted, dtype=np.int64), np.array(matrix, dtype=np.float32).reshape(-1, DIM)

    def shapes(self, where: Mapping[str, str] | None = None) -> list[Shape]:
        found = [self.rows[key][0] for key in sorted(self.rows)]
        return [shape for shape in found if all(matches(shape, *fact) for fact in (where or {}).items())]

    def keys(self, where: Mapping[str, str] | None = None) -> np.ndarray:
        return np.array([shape.key for shape in self.shapes(where)], dtype=np.int64)

    def keys_among(self, keys: np.ndarray, where: Mapping[str, str] | None = None) -> np.ndarray:
        return np.intersect1d(keys, self.keys(where))

    def shape(self, ref: str) -> Shape:
        for shape, _ in self.rows.values():
            if shape.id.startswith(ref) or ref in shape.sources:
                return shape
        raise ShapeNotFound(f"no shape {ref}")

    def find(self, refs: Sequence[str]) -> dict[str, int]:
        found = {}
        for ref in refs:
            with suppress(ShapeNotFound):
                found[ref] = self.shape(ref).key
        return found

    def shapes_by_key(self, keys: Sequence[int]) -> dict[int, Shape]:
        return {key: self.rows[key][0] for key in keys if key in self.rows}

    def index_dir(self, name: str) -> Path:
        path = self.root / "indexes" / name
        path.mkdir(parents=True, exist_ok=True)
        return path

    def index_entry(self, name: str) -> Any:
        found = self.registered.get(name)
        return found and SimpleNamespace(name=name, backend=found[0], info=found[1], generation=found[2])

    def values(self, name: str, where: Mapping[str, str] | None = None) -> dict[int, str]:
        found = ((s.key, s.label if name == "label" else s.tags.get(name)) for s in self.shapes(where))
        return {key: value for key, value in found if value is not None}

    def register_index(self, name: str, backend: str, info: dict[str, Any], generation: int) -> None:
        self.registered[name] = (backend, info, generation)

    def _insert(self) -> int:
        number = len(self.rows) + 1
        key = int(self.random.integers(1, 1 << 62))
        label = LABELS[number % 4]
        shape = Shape(
            key=key,
            id=hashlib.sha256(str(key).encode()).hexdigest(),
            name=f"{label}-{number}",
            field="sdf",
            kind="mesh",
            center=(0, 0, 0),
            scale=1,
            rotation=None,
            label=label,
            tags={"split": "test" if number % 5 == 0 else "train"},
            quality={},
            sources=(f"/data/{label}/{key}.obj",),
            created=datetime.now(UTC),
        )
        self.rows[key] = (shape, self._vector(label))
        return key

    def _vector(self, label: str | None) -> np.ndarray:
        centre = np.zeros(DIM)
        centre[LABELS.index(str(label))] = 3
        vector = centre + self.random.normal(size=DIM)
        return (vector / np.linalg.norm(vector)).astype(np.float32)


def matches(shape: Shape, name: str, value: str) -> bool:
    own = shape.label if name == "label" else shape.tags.get(name, "")
    return fnmatchcase(str(own), value)


@pytest.fixture
def make_store(tmp_path: Path) -> Callable[[int], MemoryStore]:
    return lambda count: MemoryStore(tmp_path / f"shapes-{count}.store", count)


@pytest.fixture
def store(make_store: Callable[[int], MemoryStore]) -> MemoryStore:
    return make_store(300)
