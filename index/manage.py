"""The life of an index: build it, bring it up to date, open it.

An index is derived from its store and answers for nothing: a stale one is updated, a damaged one rebuilt.
Only one of another model is refused, because that is a mistake of the caller and not of the disk.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

import numpy as np

from inrstore.errors import BadInput, ModelMismatch

from . import files
from .backends import make
from .choose import DEFAULT_LATENCY, choice_for, choose
from .files import IndexDamaged, Manifest
from .protocol import Backend, Keys
from .state import IndexInfo, IndexStatus, OpenIndex, directory_of, info, status

if TYPE_CHECKING:
    from inrstore.store import Store

Progress = Callable[[str], None]
"""Called with a sentence at every stage."""

CHANGED_SHARE = 0.5
"""From this share of changed rows on, a rebuild is as quick as an update and leaves a better index."""
WASTE_LIMIT = 0.25
GROWTH_LIMIT = 2.0
"""An index that was trained on its rows is trained again after growing by this factor."""


def build(
    store: Store,
    *,
    backend: str = "auto",
    name: str = "default",
    parameters: Mapping[str, int] | None = None,
    memory: int | None = None,
    latency: float = DEFAULT_LATENCY,
    on_progress: Progress | None = None,
) -> IndexInfo:
    """Build the index anew from the store's embeddings, whatever was there.

    `backend` is auto, flat, hnsw or ivf; auto goes by `memory` in bytes and `latency` in seconds a query.
    BadInput if the store holds no embeddings or a name is unknown.
    """
    started = time.perf_counter()
    _tell(on_progress, "reading embeddings")
    generation = store.generation()  # read first, so that a change meanwhile shows as stale
    keys, matrix = store.embeddings()
    if len(keys) == 0:
        raise BadInput(f"store {store.url} holds no embeddings: ingest shapes, or run `inrstore encode`")
    count, dim = matrix.shape
    budget = {"memory": memory, "latency": latency} if backend == "auto" else None
    choice = choose(count, dim, memory=memory, latency=latency) if budget else choice_for(backend, count, dim)
    settings = {**choice.parameters, **(parameters or {})}
    made = make(choice.backend, dim, settings)
    _tell(on_progress, f"building a {choice.backend} index of {count} rows")
    made.build(keys, matrix)
    draft = Manifest(
        model=store.model_id,
        backend=choice.backend,
        parameters=settings,
        budget=budget,
        reason=choice.reason,
        generation=generation,
        count=count,
        dim=dim,
        built=count,
    )
    manifest = _write(store, name, made, keys, draft)
    return info(name, "built", manifest, added=count, removed=0, seconds=time.perf_counter() - started)


def add(store: Store, *, name: str = "default", on_progress: Progress | None = None) -> IndexInfo:
    """Bring the index up to date: add new rows, drop removed ones; build it if it is missing or damaged.

    ModelMismatch if the index is of another model than the store.
    """
    return _refresh(store, status(store, name=name), on_progress)


def open_index(store: Store, *, name: str = "default", on_progress: Progress | None = None) -> OpenIndex:
    """The index, current and mapped into memory: updated if stale, built if missing or damaged.

    ModelMismatch if it is of another model than the store.
    """
    found = status(store, name=name, quick=True)
    manifest = found.manifest
    if found.state != "current":
        # Checked in full before it is built upon: an update would give damage a new, valid checksum.
        _refresh(store, status(store, name=name), on_progress)
        manifest = files.read_manifest(directory_of(store, name))
    if manifest is None:
        raise BadInput(f"index {name!r} was taken away while it was opened: try again")
    opened = make(manifest.backend, manifest.dim, manifest.parameters)
    opened.load(directory_of(store, name) / manifest.vectors.name, writable=False)
    return OpenIndex(name, manifest, opened)


def current_index(store: Store, *, name: str = "default") -> OpenIndex:
    """`open_index`, kept open with the store object; opened again once store or index have changed."""
    held = _opened.setdefault(store, {})
    if name not in held or not _is_current(store, held[name]):
        held[name] = open_index(store, name=name)
    return held[name]


def _is_current(store: Store, opened: OpenIndex) -> bool:
    try:
        manifest = files.read_manifest(directory_of(store, opened.name))
    except IndexDamaged:
        return False
    model = manifest is not None and manifest.model == store.model_id
    return model and manifest == opened.manifest and opened.manifest.generation == store.generation()


_opened: WeakKeyDictionary[Store, dict[str, OpenIndex]] = WeakKeyDictionary()


def _refresh(store: Store, found: IndexStatus, on_progress: Progress | None) -> IndexInfo:
    manifest = found.manifest
    if manifest is None:
        return build(store, name=found.name, on_progress=on_progress)
    if found.state == "foreign":
        raise ModelMismatch(f"{found.reason}: run `inrstore index build` to build it for the store's model")
    if found.state == "current":
        return info(found.name, "unchanged", manifest, added=0, removed=0, seconds=0.0)
    updated = _update(store, found.name, manifest, on_progress) if found.state == "stale" else None
    return updated or _rebuild(store, found.name, manifest, on_progress)


def _rebuild(store: Store, name: str, manifest: Manifest, on_progress: Progress | None) -> IndexInfo:
    """Build as the manifest says: the backend that was named, or a new choice by the same budget."""
    if manifest.budget is not None:
        return build(store, name=name, on_progress=on_progress, **manifest.budget)
    backend, parameters = manifest.backend, manifest.parameters
    return build(store, backend=backend, name=name, parameters=parameters, on_progress=on_progress)


def _update(store: Store, name: str, manifest: Manifest, on_progress: Progress | None) -> IndexInfo | None:
    """Add and remove what changed, reading nothing else; None where a rebuild is better."""
    started = time.perf_counter()
    directory = directory_of(store, name)
    generation = store.generation()
    if store.rewritten() > manifest.generation:  # vectors changed under their keys
        return None
    former, keys = files.read_keys(directory / manifest.keys.name), store.embedding_keys()
    gone, fresh = np.setdiff1d(former, keys), np.setdiff1d(keys, former)
    if len(gone) + len(fresh) > CHANGED_SHARE * len(keys) or _outgrown(manifest, len(keys)):
        return None
    held = make(manifest.backend, manifest.dim, manifest.parameters)
    held.load(directory / manifest.vectors.name, writable=True)
    _tell(on_progress, f"adding {len(fresh)} rows, removing {len(gone)}")
    held.remove(gone)
    fresh, matrix = store.embeddings(fresh)  # without those that were removed meanwhile
    held.add(fresh, matrix)
    keys = np.union1d(np.setdiff1d(former, gone), fresh)
    if held.waste > WASTE_LIMIT or (not held.lossless and len(keys) > GROWTH_LIMIT * manifest.built):
        return None
    draft = replace(manifest, generation=generation, count=len(keys))
    written = _write(store, name, held, keys, draft)
    seconds = time.perf_counter() - started
    return info(name, "updated", written, added=len(fresh), removed=len(gone), seconds=seconds)


def _outgrown(manifest: Manifest, count: int) -> bool:
    """Whether the chooser would now take another backend."""
    if manifest.budget is None:
        return False
    return choose(count, manifest.dim, **manifest.budget).backend != manifest.backend


def _write(store: Store, name: str, held: Backend, keys: Keys, draft: Manifest) -> Manifest:
    """Put the index on disk, then into the catalogue."""
    directory = directory_of(store, name)
    try:
        former = files.read_manifest(directory)
    except IndexDamaged:
        former = None
    manifest = replace(
        draft,
        vectors=files.place(directory, ".faiss", held.save),
        keys=files.place(directory, ".npy", lambda path: files.write_keys(path, keys)),
    )
    files.write_manifest(directory, manifest, former)
    facts = {"count": manifest.count, "dim": manifest.dim, "parameters": dict(manifest.parameters)}
    store.register_index(name, manifest.backend, facts, manifest.generation)
    return manifest


def _tell(on_progress: Progress | None, message: str) -> None:
    if on_progress is not None:
        on_progress(message)
