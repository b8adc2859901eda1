"""How an index stands against its store, and what was done to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from . import files
from .files import IndexDamaged, Manifest
from .protocol import Backend

if TYPE_CHECKING:
    from inrstore.store import Store


@dataclass(frozen=True)
class IndexInfo:
    """What `build` and `add` did, and what the index is now."""

    name: str
    action: str
    """built, updated or unchanged."""
    backend: str
    parameters: Mapping[str, int]
    reason: str
    """Why this backend."""
    count: int
    dim: int
    model: str
    generation: int
    bytes: int
    added: int
    removed: int
    seconds: float

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True)
class IndexStatus:
    """How an index stands against its store."""

    name: str
    state: str
    """current, stale, missing, damaged or foreign (of another model)."""
    reason: str
    manifest: Manifest | None = None

    def to_dict(self) -> dict[str, Any]:
        facts: dict[str, Any] = {"name": self.name, "state": self.state, "reason": self.reason}
        if self.manifest is not None:
            kept = ("backend", "parameters", "count", "dim", "model", "generation")
            facts |= {key: getattr(self.manifest, key) for key in kept}
            facts["bytes"] = self.manifest.vectors.bytes + self.manifest.keys.bytes
        return facts


@dataclass(frozen=True)
class OpenIndex:
    """An index that was current when it was opened, mapped into memory and read-only."""

    name: str
    manifest: Manifest
    backend: Backend


def directory_of(store: Store, name: str) -> Path:
    return Path(store.index_dir(name))


def status(store: Store, *, name: str = "default", quick: bool = False) -> IndexStatus:
    """Compare the index with the store and its files with their checksums; changes nothing.

    `quick` reads no file whose size and times are as recorded, see `files.check`.
    """
    directory = directory_of(store, name)
    try:
        manifest = files.read_manifest(directory)
    except IndexDamaged as error:
        return IndexStatus(name, "damaged", str(error))
    if manifest is None:
        return IndexStatus(name, "missing", f"there is no index {name!r} yet")
    if manifest.model != store.model_id:
        reason = f"index {name!r} is of model {manifest.model[:12]}, the store of model {store.model_id[:12]}"
        return IndexStatus(name, "foreign", reason, manifest)
    try:
        files.check(directory, manifest, quick=quick)
    except IndexDamaged as error:
        if files.read_manifest(directory) != manifest:  # another process has just replaced the index
            return status(store, name=name, quick=quick)
        return IndexStatus(name, "damaged", str(error), manifest)
    generation = store.generation()
    if manifest.generation != generation:
        reason = f"the store is at generation {generation}, the index at {manifest.generation}"
        return IndexStatus(name, "stale", reason, manifest)
    return IndexStatus(name, "current", f"{manifest.count} rows", manifest)


def info(name: str, action: str, manifest: Manifest, *, added: int, removed: int, seconds: float) -> IndexInfo:
    return IndexInfo(
        name=name,
        action=action,
        backend=manifest.backend,
        parameters=manifest.parameters,
        reason=manifest.reason,
        count=manifest.count,
        dim=manifest.dim,
        model=manifest.model,
        generation=manifest.generation,
        bytes=manifest.vectors.bytes + manifest.keys.bytes,
        added=added,
        removed=removed,
        seconds=seconds,
    )
