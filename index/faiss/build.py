"""Making a FAISS index from a store, block by block; whoever calls holds `files.exclusive`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from inrstore.errors import InrstoreError
from inrstore.progress import OnProgress, tell

from ..choose import Choice, choice_for, choose
from ..protocol import Keys, Matrix
from ..reading import embedded, embedding_blocks, sample
from . import files, halves
from .files import File, IndexDamaged, Manifest
from .rows import Rows, make_rows

if TYPE_CHECKING:
    from inrstore.store import Store

BUDGET = ("memory", "latency")
"""What auto goes by; its other settings are those of the backend that it chooses."""
ATTEMPTS = 3
"""Of a build while embeddings are replaced."""
Blocks = Iterable[tuple[Keys, Matrix]]


def build(
    store: Store, directory: Path, backend: str, settings: Mapping[str, Any], on_progress: OnProgress | None
) -> Manifest:
    """Build anew from the store's embeddings, whatever was there. Errors: BadInput, NoEncoder."""
    for _ in range(ATTEMPTS):
        if manifest := _build(store, directory, backend, settings, on_progress):
            return manifest
    raise InrstoreError(f"the embeddings of {store.url} were replaced again and again while they were read: try later")


def settings_of(manifest: Manifest | None) -> tuple[str, Mapping[str, Any]]:
    """Backend and settings to build anew by: those that were named, or a new choice by the same budget."""
    if manifest is None:
        return "auto", {}
    return ("auto", manifest.budget) if manifest.budget is not None else (manifest.backend, manifest.parameters)


def fill(directory: Path, rows: Rows, kept: Blocks, new: Blocks) -> tuple[Keys, File]:
    """Add the rows of `new`; the keys of all in their order, and the file of their halves where rows are codes."""
    added = _adding(rows, new)
    if not rows.estimates:
        return np.concatenate([np.empty(0, np.int64), *(keys for blocks in (kept, added) for keys, _ in blocks)]), (
            files.NO_FILE
        )
    keys: list[Keys] = []
    file = files.place(directory, ".f16", lambda path: keys.append(halves.write(path, _chain(kept, added))))
    return keys[0], file


def write(directory: Path, rows: Rows, keys: Keys, draft: Manifest) -> Manifest:
    """Save the rows under a new manifest; `draft` has all that is no matter of them."""
    try:
        former = files.read_manifest(directory)
    except IndexDamaged:
        former = None
    manifest = replace(
        draft,
        vectors=files.place(directory, ".faiss", rows.save),
        keys=files.place(directory, ".npy", lambda path: files.write_keys(path, keys)),
        changes=files.NO_FILE,
    )
    files.write_manifest(directory, manifest, former)
    return manifest


def _build(
    store: Store, directory: Path, backend: str, settings: Mapping[str, Any], on_progress: OnProgress | None
) -> Manifest | None:
    """None where embeddings were replaced meanwhile, so that old rows stand beside new ones."""
    encoder, generation = store.encoder_id, store.generation()  # first, so that a change meanwhile shows as stale
    listed, dim = embedded(store)
    budget = {key: settings[key] for key in BUDGET if key in settings} if backend == "auto" else None
    choice = _choice(backend, len(listed), dim, budget)
    own = {key: value for key, value in settings.items() if budget is None or key not in BUDGET}
    parameters = {**choice.parameters, **own}
    rows = make_rows(choice.backend, dim, parameters)
    tell(on_progress, f"building a {choice.backend} index of {len(listed)} rows")
    picked = sample(listed, rows.sample(len(listed)))
    parts = [matrix for _, matrix in embedding_blocks(store, picked)]
    rows.prepare(np.vstack(parts) if parts else np.empty((0, dim), np.float32))
    del parts
    keys, file = fill(directory, rows, (), embedding_blocks(store, listed, on_progress))
    if store.rewritten() > generation:
        return None
    draft = Manifest(
        store=store.id,
        encoder=encoder,
        backend=choice.backend,
        parameters=parameters,
        budget=budget,
        reason=choice.reason,
        generation=generation,
        count=len(keys),
        dim=dim,
        built=len(keys),
        halves=file,
    )
    return write(directory, rows, keys, draft)


def _choice(backend: str, count: int, dim: int, budget: Mapping[str, Any] | None) -> Choice:
    return choice_for(backend, count, dim) if budget is None else choose(count, dim, **budget)


def _adding(rows: Rows, blocks: Blocks) -> Iterator[tuple[Keys, Matrix]]:
    for keys, matrix in blocks:
        rows.add(keys, matrix)
        yield keys, matrix


def _chain(*parts: Blocks) -> Iterator[tuple[Keys, Matrix]]:
    for blocks in parts:
        yield from blocks
