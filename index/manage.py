"""The indexes of a store: built, brought up to date and kept open, whatever backend holds them.

The catalogue says which backend an index was built with; one that it does not know is FAISS's, chosen by the store's
size. A search that refreshes an index writes nothing there, so that readers do not wait for writers.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from inrstore.progress import OnProgress

from .choose import DEFAULT_LATENCY
from .protocol import Index, Status
from .registry import BUILT_IN, backends, kept_by, make

if TYPE_CHECKING:
    from inrstore.store import Store

_guard = threading.Lock()


def build(
    store: Store,
    *,
    backend: str = "auto",
    name: str = "default",
    parameters: Mapping[str, Any] | None = None,
    memory: int | None = None,
    latency: float = DEFAULT_LATENCY,
    on_progress: OnProgress | None = None,
) -> Status:
    """Build the index anew from the store's embeddings, whatever was there.

    backend : auto, flat, hnsw, ivf, rabitq, pgvector, or another of `index.backends()`
    parameters : the backend's own settings
    memory, latency : what auto goes by, in bytes and in seconds a query

    Errors: BadInput if the store holds no embeddings or a name is unknown; NoEncoder; MissingDependency.
    """
    budget = {"memory": memory, "latency": latency} if backend == "auto" else {}
    made = make(backend, store, name, {**budget, **(parameters or {})})
    former = store.index_entry(name)
    done = _entered(store, backend, made.refresh(anew=True, on_progress=on_progress))
    if former is not None and kept_by(former.backend) != kept_by(backend) and former.backend in backends():
        make(former.backend, store, name).drop()  # it would go on to take place; of a package that is gone it does
    return done


def drop(store: Store, *, name: str = "default") -> bool:
    """Take the index away, with all that it keeps; whether there was one. A search builds it anew."""
    held = _held(store, name)
    there = held.status().state != "missing" or store.index_entry(name) is not None
    held.drop()
    with _guard:
        store.companions.get("indexes", {}).pop(name, None)
    if there:
        store.forget_index(name)
    return there


def add(store: Store, *, name: str = "default", on_progress: OnProgress | None = None) -> Status:
    """Bring the index up to date: add new rows, drop removed ones; build it if it is missing or damaged.

    Errors: as of `build`, and ModelMismatch if the index is of another store.
    """
    held = _held(store, name)
    damaged = held.status().state == "damaged"  # a refresh alone trusts files that nobody has touched
    return _entered(store, _backend(store, name), held.refresh(anew=damaged, on_progress=on_progress))


def open_index(store: Store, *, name: str = "default", on_progress: OnProgress | None = None) -> Index:
    """The index, up to date: updated if stale, built if missing or damaged. It stays open with the store.

    Errors: as of `add`.
    """
    held = _held(store, name)
    held.refresh(on_progress=on_progress)
    return held


def status(store: Store, *, name: str = "default") -> Status:
    """Compare the index with the store and its files with their checksums; changes nothing."""
    return _held(store, name).status()


def _held(store: Store, name: str) -> Index:
    """The index that is kept open with the store object, made again once its backend is another."""
    backend = _backend(store, name)
    with _guard:
        kept: dict[str, tuple[str, Index]] = store.companions.setdefault("indexes", {})
        if name not in kept or kept[name][0] != backend:
            kept[name] = (backend, make(backend, store, name))
        return kept[name][1]


def _backend(store: Store, name: str) -> str:
    entry = store.index_entry(name)
    return "auto" if entry is None else entry.backend


def _entered(store: Store, backend: str, done: Status) -> Status:
    """With the catalogue told of it, under the name by which the backend is found again."""
    found = str(done.backend) if backend in BUILT_IN else backend  # auto is what it chose
    info = {"count": done.count, "dim": done.dim, "parameters": dict(done.parameters or {})}
    store.register_index(done.name, found, info, done.generation)
    return done
