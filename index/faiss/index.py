"""An index of a store that FAISS holds: refreshed in its files by one process at a time, mapped by all.

An index is derived from its store and answers for nothing: a stale one is updated, a damaged one rebuilt. Only
that of another store is refused, because that is a mistake of the caller and not of the disk.

A search that finds the index stale waits for whoever refreshes it already, so that it never misses what its own
process has stored, and takes what that one made if it is of the generation that it came with, or a later one.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from inrstore.errors import BadInput, ModelMismatch
from inrstore.progress import OnProgress

from .. import exact
from ..protocol import Filter, Keys, Matrix, Scored, Status
from . import files
from .build import build, settings_of
from .files import Manifest
from .filtered import searched
from .halves import Halves
from .held import Held, read_changes
from .look import describe, is_new_enough, look, same_encoder
from .rows import make_rows
from .update import update

if TYPE_CHECKING:
    from inrstore.store import Store


@dataclass(frozen=True)
class Mapped:
    """What is on disk, as it was when it was mapped into memory; never changed."""

    manifest: Manifest
    held: Held
    stamp: tuple[int, int, int] | None
    """Of the manifest's file, taken before it was read."""


class FaissIndex:
    """See `protocol.Index`; `asked` is auto, flat, hnsw, ivf or rabitq, and counts only together with settings."""

    def __init__(self, asked: str, store: Store, name: str, settings: Mapping[str, Any] | None = None) -> None:
        self._asked = None if settings is None else (asked, settings)
        self._store, self._name = store, name
        self._mapped: Mapped | None = None
        self._turn = threading.Lock()

    @property
    def dim(self) -> int:
        return self._ready().manifest.dim

    def refresh(self, *, anew: bool = False, on_progress: OnProgress | None = None) -> Status:
        with self._turn:
            since = self._store.generation()
            if not anew and (self._is_current(since) or self._map(since)):
                return self._unchanged()
            with files.exclusive(self._directory):
                if not anew and self._map(since):  # another process was quicker
                    return self._unchanged()
                done = self._change(anew, on_progress)
                if not self._map(since):
                    raise BadInput(f"index {self._name!r} was taken away while it was opened: try again")
            return done

    def status(self) -> Status:
        return look(self._store, self._name, self._directory)[0]

    def search(self, queries: Matrix, k: int, only: Filter | None = None) -> tuple[Matrix, Keys]:
        held = self._ready().held
        return searched(self._store, held, queries, min(k, held.count), only)

    def within(self, queries: Matrix, score: float, only: Filter | None = None) -> Iterator[Scored]:
        mapped = self._ready()  # held here while the generator runs, for its memory is what is read
        keys, matrix = self._exact_rows(mapped.held, only)
        yield from exact.within(keys, matrix, queries, score)

    def pairs(self, score: float, only: Filter | None = None) -> Iterator[Scored]:
        mapped = self._ready()
        keys, matrix = self._exact_rows(mapped.held, only)
        yield from exact.pairs(keys, matrix, score)

    def vectors(self, keys: Keys) -> tuple[Keys, Matrix]:
        return self._ready().held.vectors(keys)

    def drop(self) -> None:
        with self._turn, files.exclusive(self._directory):
            files.empty(self._directory)
            self._mapped = None

    @property
    def _directory(self) -> Path:
        return Path(self._store.index_dir(self._name))

    def _ready(self) -> Mapped:
        if self._mapped is None:
            self.refresh()
        assert self._mapped
        return self._mapped

    def _exact_rows(self, held: Held, only: Filter | None) -> tuple[Keys, Matrix]:
        if not held.rows.lossless:
            return exact.stored(self._store, only)
        keys, matrix = held.contents()
        if only is None:
            return keys, matrix
        allowed = np.isin(keys, only.keys(self._store))
        return keys[allowed], matrix[allowed]

    def _is_current(self, since: int) -> bool:
        """Whether what is mapped is what is on disk, and new enough: looks at the manifest's file, and reads none."""
        if self._mapped is None or files.stamp(self._directory) != self._mapped.stamp:
            return False
        manifest = self._mapped.manifest
        return same_encoder(self._store, manifest) and is_new_enough(self._store, manifest, since)

    def _map(self, since: int) -> bool:
        """Map the index on disk, if it is current; False if it is not, or FAISS cannot read it."""
        while True:
            stamp = files.stamp(self._directory)
            status, manifest = look(self._store, self._name, self._directory, quick=True, since=since)
            if status.state != "current" or manifest is None:
                return False
            try:
                held = self._load(manifest)
            except (OSError, RuntimeError, ValueError):
                if look(self._store, self._name, self._directory, quick=True, since=since)[1] == manifest:
                    return False
                continue  # another process has replaced it meanwhile
            self._mapped = Mapped(manifest, held, stamp)
            return True

    def _load(self, manifest: Manifest) -> Held:
        """Map what the manifest names; rows that are mapped already, and only have other changes, stay."""
        changes = self._directory / manifest.changes.name if manifest.changes.name else None
        found = read_changes(changes, manifest.dim)
        if self._mapped and self._mapped.manifest.vectors == manifest.vectors:
            return Held(self._mapped.held.rows, *found)
        rows = make_rows(manifest.backend, manifest.dim, manifest.parameters)
        rows.load(self._directory / manifest.vectors.name, writable=False)
        if rows.estimates:
            keys = files.read_keys(self._directory / manifest.keys.name)
            rows.source = Halves(self._directory / manifest.halves.name, keys, manifest.dim).at
        return Held(rows, *found)

    def _change(self, anew: bool, on_progress: OnProgress | None) -> Status:
        """Update or rebuild what is on disk."""
        started = time.perf_counter()
        status, manifest = look(self._store, self._name, self._directory, quick=True)
        if status.state == "foreign" and not anew:
            raise ModelMismatch(f"{status.reason}: run `inrstore index build` to build it for this store")
        updated = None
        if status.state == "stale" and manifest and same_encoder(self._store, manifest) and not anew:
            updated = update(self._store, self._directory, manifest, on_progress)
        if updated:
            done, action, added, removed = updated[0], "updated", updated[1], updated[2]
        else:
            backend, settings = self._asked or settings_of(manifest)
            done, action, removed = build(self._store, self._directory, backend, settings, on_progress), "built", 0
            added = done.count
        seconds = time.perf_counter() - started
        return self._said(done, action=action, added=added, removed=removed, seconds=seconds)

    def _unchanged(self) -> Status:
        return self._said(self._ready().manifest, action="unchanged", added=0, removed=0, seconds=0.0)

    def _said(self, manifest: Manifest, **done: Any) -> Status:
        return describe(self._name, manifest, "current", manifest.reason, **done)


auto, flat, hnsw, ivf, rabitq = (partial(FaissIndex, asked) for asked in ("auto", "flat", "hnsw", "ivf", "rabitq"))
