"""Making a FAISS index from a store, and bringing one up to date; whoever calls holds `files.exclusive`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from inrstore.errors import BadInput
from inrstore.progress import OnProgress, tell

from ..choose import Choice, choice_for, choose
from ..protocol import Keys
from . import files
from .files import IndexDamaged, Manifest
from .rows import Rows, make_rows

if TYPE_CHECKING:
    from inrstore.store import Store

BUDGET = ("memory", "latency")
"""What auto goes by; its other settings are those of the backend that it chooses."""
CHANGED_SHARE = 0.5
"""From this share of changed rows on, a rebuild is as quick as an update and leaves a better index."""
WASTE_LIMIT = 0.25
GROWTH_LIMIT = 2.0
"""An index that was trained on its rows is trained again after growing by this factor."""


def build(
    store: Store, directory: Path, backend: str, settings: Mapping[str, Any], on_progress: OnProgress | None
) -> Manifest:
    """Build anew from the store's embeddings, whatever was there."""
    tell(on_progress, "reading embeddings")
    encoder, generation = store.encoder_id, store.generation()  # first, so that a change meanwhile shows as stale
    keys, matrix = store.embeddings()
    if len(keys) == 0:
        raise BadInput(f"store {store.url} holds no embeddings: ingest shapes, or run `inrstore encode`")
    count, dim = matrix.shape
    budget = {key: settings[key] for key in BUDGET if key in settings} if backend == "auto" else None
    choice = _choice(backend, count, dim, budget)
    own = {key: value for key, value in settings.items() if budget is None or key not in BUDGET}
    parameters = {**choice.parameters, **own}
    rows = make_rows(choice.backend, dim, parameters)
    tell(on_progress, f"building a {choice.backend} index of {count} rows")
    rows.build(keys, matrix)
    draft = Manifest(
        store=store.id,
        encoder=encoder,
        backend=choice.backend,
        parameters=parameters,
        budget=budget,
        reason=choice.reason,
        generation=generation,
        count=count,
        dim=dim,
        built=count,
    )
    return _write(directory, rows, keys, draft)


def update(
    store: Store, directory: Path, manifest: Manifest, on_progress: OnProgress | None
) -> tuple[Manifest, int, int] | None:
    """Add and remove what changed, reading nothing else: the manifest, rows added and removed.

    None where a rebuild is better, or due because rows changed under their keys.
    """
    generation = store.generation()
    if manifest.generation > generation:  # a former catalogue was put back
        return None
    former, keys = files.read_keys(directory / manifest.keys.name), store.embedding_keys()
    gone, fresh = np.setdiff1d(former, keys), np.setdiff1d(keys, former)
    if len(gone) + len(fresh) > CHANGED_SHARE * len(keys) or _outgrown(manifest, len(keys)):
        return None
    rows = make_rows(manifest.backend, manifest.dim, manifest.parameters)
    rows.load(directory / manifest.vectors.name, writable=True)
    tell(on_progress, f"adding {len(fresh)} rows, removing {len(gone)}")
    rows.remove(gone)
    fresh, matrix = store.embeddings(fresh)  # without those that were removed meanwhile
    if store.rewritten() > manifest.generation:  # asked last, so that no new row stands among old ones
        return None
    rows.add(fresh, matrix)
    keys = np.union1d(np.setdiff1d(former, gone), fresh)
    if rows.waste > WASTE_LIMIT or (not rows.lossless and len(keys) > GROWTH_LIMIT * manifest.built):
        return None
    draft = replace(manifest, store=store.id, generation=generation, count=len(keys))
    return _write(directory, rows, keys, draft), len(fresh), len(gone)


def settings_of(manifest: Manifest | None) -> tuple[str, Mapping[str, Any]]:
    """Backend and settings to build anew by: those that were named, or a new choice by the same budget."""
    if manifest is None:
        return "auto", {}
    return ("auto", manifest.budget) if manifest.budget is not None else (manifest.backend, manifest.parameters)


def _choice(backend: str, count: int, dim: int, budget: Mapping[str, Any] | None) -> Choice:
    return choice_for(backend, count, dim) if budget is None else choose(count, dim, **budget)


def _outgrown(manifest: Manifest, count: int) -> bool:
    """Whether the chooser would now take another backend."""
    if manifest.budget is None:
        return False
    return choose(count, manifest.dim, **manifest.budget).backend != manifest.backend


def _write(directory: Path, rows: Rows, keys: Keys, draft: Manifest) -> Manifest:
    try:
        former = files.read_manifest(directory)
    except IndexDamaged:
        former = None
    manifest = replace(
        draft,
        vectors=files.place(directory, ".faiss", rows.save),
        keys=files.place(directory, ".npy", lambda path: files.write_keys(path, keys)),
    )
    files.write_manifest(directory, manifest, former)
    return manifest
