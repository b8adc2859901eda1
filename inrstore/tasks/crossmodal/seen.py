"""What a tower makes of random views of stored shapes, drawn from their networks; no source file is read."""

from __future__ import annotations

import hashlib
import multiprocessing
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from inrstore.errors import BadInput, EmptySurface
from inrstore.files import atomic_path
from inrstore.model.training.work import folder
from inrstore.progress import Meter, OnProgress

if TYPE_CHECKING:
    from inrstore.store import Store

CELLS = 64
"""Of a side of the lattice that a surface is drawn from."""
SIDE = 160
"""Pixels of a view; the tower reads them at its own side."""
CHUNK = 50
"""Shapes that are drawn and kept together."""


@dataclass(frozen=True, eq=False)
class Seen:
    """Features of views."""

    features: NDArray[np.float16]
    """(n, f)."""
    keys: NDArray[np.int64]
    """(n,) of the shapes."""


def seen(
    store: Store,
    keys: NDArray[np.int64],
    tower: str,
    views: int,
    seed: int,
    *,
    work: str | Path | None = None,
    jobs: int = 1,
    on_progress: OnProgress | None = None,
) -> Seen:
    """Some views of each shape that has a surface, as a tower sees them.

    With `work` they are kept there, fifty shapes at a time, so that what was stopped goes on. Errors: BadInput if no
    shape has a surface.
    """
    chunks = [keys[start : start + CHUNK] for start in range(0, len(keys), CHUNK)]
    draw = partial(_draw, store, tower, views, seed, None if work is None else folder(work))
    meter = Meter(on_progress, len(keys), stage="drawing views")
    found = []
    for chunk, one in zip(chunks, _mapped(draw, chunks, jobs), strict=True):
        found.append(one)
        meter.step(count=len(chunk))
    if not sum(len(own) for _, own in found):
        raise BadInput("no shape has a surface that could be drawn")
    return Seen(np.concatenate([rows for rows, _ in found]), np.concatenate([own for _, own in found]))


Drawn = tuple[NDArray[np.float16], NDArray[np.int64]]


def _mapped(draw: partial[Drawn], chunks: Sequence[NDArray[np.int64]], jobs: int) -> Iterator[Drawn]:
    if jobs == 1 or len(chunks) < 2:
        yield from map(draw, chunks)
        return
    context = multiprocessing.get_context("forkserver")
    with ProcessPoolExecutor(jobs, mp_context=context, initializer=_alone) as pool:
        yield from pool.map(draw, chunks)


def _alone() -> None:
    """A process uses one core, as there is one for each."""
    import torch

    torch.set_num_threads(1)


def _draw(store: Store, tower: str, views: int, seed: int, work: Path | None, keys: NDArray[np.int64]) -> Drawn:
    made_of = f"{store.url} {tower} {views} {seed} {CELLS} {SIDE} {keys.tolist()}"
    kept = None if work is None else work / f"views-{hashlib.sha256(made_of.encode()).hexdigest()[:16]}.npz"
    if kept is not None and kept.is_file():
        with np.load(kept) as arrays:
            return arrays["features"], arrays["keys"]
    drawn = _drawn(store, tower, views, seed, keys)
    if kept is not None:
        with atomic_path(kept) as temporary, open(temporary, "wb") as file:
            np.savez(file, features=drawn[0], keys=drawn[1])
    return drawn


def _drawn(store: Store, tower: str, views: int, seed: int, keys: NDArray[np.int64]) -> Drawn:
    from inrstore.pictures.views import random_view
    from inrstore.surface.export import shape_field
    from inrstore.surface.extraction import extract_mesh
    from inrstore.towers import image_tower

    reads = image_tower(tower)
    rows, own = [np.empty((0, reads.dim), np.float16)], []
    for shape in store.shapes_by_key(keys.tolist()).values():
        try:
            vertices, faces = extract_mesh(*shape_field(store, shape, via="inr"), CELLS)
        except EmptySurface:
            continue
        rng = np.random.default_rng([seed, shape.key])
        pictures = [random_view(vertices.astype(np.float32), faces, SIDE, rng) for _ in range(views)]
        rows.append(reads.encode(pictures).astype(np.float16))
        own += [shape.key] * views
    return np.concatenate(rows), np.array(own, np.int64)
