"""Bringing a FAISS index up to date: a few changes go into a small file of their own, many into the rows themselves.

To write the file of a million rows takes seconds, so that is done once for some ten thousand changes.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from inrstore.progress import OnProgress, tell

from ..choose import choose
from ..keys import without
from ..protocol import Keys
from ..reading import embedding_blocks
from . import files
from .build import Blocks, fill, write
from .files import IndexDamaged, Manifest
from .halves import Halves
from .held import live, read_changes, write_changes
from .rows import make_rows

if TYPE_CHECKING:
    from inrstore.store import Store

CHANGED_SHARE = 0.5
"""From this share of changed rows on, a rebuild is as quick as an update and leaves a better index."""
WASTE_LIMIT = 0.25
GROWTH_LIMIT = 2.0
"""An index that was trained on its rows is trained again after growing by this factor."""
FOLD_ALWAYS = 20_000
"""Of fewer rows the file is written anew at each change: that takes milliseconds."""
FOLD_ROWS, FOLD_SHARE = 5_000, 0.01
"""So many changes, or this share of the rows, lie beside these: a search of them by brute force takes some
milliseconds."""


def update(
    store: Store, directory: Path, manifest: Manifest, on_progress: OnProgress | None
) -> tuple[Manifest, int, int] | None:
    """Add and remove what changed, reading nothing else: the manifest, rows added and removed.

    None where a rebuild is better, or due because rows changed under their keys.
    """
    generation = store.generation()
    if manifest.generation > generation:  # a former catalogue was put back
        return None
    try:
        before = _Before(directory, manifest)
    except IndexDamaged:
        return None
    keys = store.embedding_keys()
    gone, fresh = without(before.live, keys), without(keys, before.live)
    if len(gone) + len(fresh) > CHANGED_SHARE * len(keys) or _outgrown(manifest, len(keys)):
        return None
    tell(on_progress, f"adding {len(fresh)} rows, removing {len(gone)}")
    draft = replace(manifest, store=store.id, generation=generation)
    changes = len(before.removed) + len(before.added) + len(gone) + len(fresh)
    beside = len(before.main) >= FOLD_ALWAYS and changes <= max(FOLD_ROWS, FOLD_SHARE * len(before.main))
    done = (_beside if beside else _fold)(store, directory, draft, before, gone, fresh)
    return done and (*done, len(gone))


class _Before:
    """What an index holds. Errors: IndexDamaged."""

    def __init__(self, directory: Path, manifest: Manifest) -> None:
        self.generation = manifest.generation
        self.main = files.read_keys(directory / manifest.keys.name)
        changes = directory / manifest.changes.name if manifest.changes.name else None
        self.removed, self.added, self.matrix = read_changes(changes, manifest.dim)
        self.live = live(self.main, self.removed, self.added)


def _beside(
    store: Store, directory: Path, draft: Manifest, before: _Before, gone: Keys, fresh: Keys
) -> tuple[Manifest, int] | None:
    """Write the file of changes anew."""
    fresh, new = store.embeddings(fresh)  # without those that were removed meanwhile
    if store.rewritten() > before.generation:  # asked last, so that no new row stands among old ones
        return None
    stay = ~np.isin(before.added, gone)
    keys, matrix = np.concatenate([before.added[stay], fresh]), np.vstack([before.matrix[stay], new])
    order = np.argsort(keys)
    removed = np.union1d(before.removed, gone[np.isin(gone, before.main)])
    count = len(before.main) - len(removed) + len(keys)
    file = files.place(directory, ".npz", lambda path: write_changes(path, removed, keys[order], matrix[order]))
    manifest = replace(draft, count=count, changes=file)
    files.write_manifest(directory, manifest, files.read_manifest(directory))
    return manifest, len(fresh)


def _fold(
    store: Store, directory: Path, draft: Manifest, before: _Before, gone: Keys, fresh: Keys
) -> tuple[Manifest, int] | None:
    """Bring all changes into the rows, and write these anew."""
    try:
        files.check(directory, draft)  # in full: what is written anew would give damage a new, valid checksum
    except IndexDamaged:
        return None
    rows = make_rows(draft.backend, draft.dim, draft.parameters)
    rows.load(directory / draft.vectors.name, writable=True)
    dead = np.union1d(before.removed, gone)
    rows.remove(dead)
    stay = ~np.isin(before.added, gone)
    changed = [(before.added[stay], before.matrix[stay])] if stay.any() else []
    kept = _kept(directory, draft, before.main, dead)
    keys, file = fill(directory, rows, kept, _both(changed, embedding_blocks(store, fresh)))
    if store.rewritten() > before.generation:
        return None
    if rows.waste > WASTE_LIMIT or (not rows.lossless and len(keys) > GROWTH_LIMIT * draft.built):
        return None
    added = len(keys) - (len(before.live) - len(gone))
    return write(directory, rows, keys, replace(draft, count=len(keys), halves=file)), added


def _kept(directory: Path, manifest: Manifest, main: Keys, dead: Keys) -> Blocks:
    if manifest.halves.name:
        return Halves(directory / manifest.halves.name, main, manifest.dim).without(dead)
    return [(main[~np.isin(main, dead)], np.empty((0, manifest.dim), np.float32))]


def _both(one: Blocks, other: Blocks) -> Blocks:
    yield from one
    yield from other


def _outgrown(manifest: Manifest, count: int) -> bool:
    """Whether the chooser would now take another backend."""
    if manifest.budget is None:
        return False
    return choose(count, manifest.dim, **manifest.budget).backend != manifest.backend
