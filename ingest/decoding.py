"""Networks to surfaces by an engine's workers, for whoever compares many."""

from __future__ import annotations

import os
import pickle
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from inrstore.errors import BadInput, CorruptShard, EmptySurface
from inrstore.records import NewShape, Shape
from inrstore.surface.decoded import decoded

from .engines import make_engine
from .options import Options

if TYPE_CHECKING:
    from inrstore.store import Store
    from inrstore.surface.comparison import Surface

TIMEOUT = 600.0
"""Seconds for one shape."""
Task = tuple[int, Shape | NewShape]


def decode_surfaces(
    store: Store,
    shapes: Mapping[int, Shape | NewShape],
    *,
    jobs: int | None = None,
    engine: str = "local",
    ray_address: str | None = None,
) -> Iterator[tuple[int, Surface | str]]:
    """The surface of each shape by its key, or why it has none, in the order of completion.

    Every node of a cluster reads the store itself. Errors: CorruptShard; BadInput and MissingDependency as of
    `ingest.options.Options`.
    """
    options = Options(jobs=jobs, timeout=TIMEOUT, engine=engine, ray_address=ray_address)
    with make_engine(options, start, (pickle.dumps(store),), len(shapes)) as workers:
        for done in workers.run(run, shapes.items()):
            if done is None:
                continue
            if done.result is None:
                raise CorruptShard(f"shape {done.task[0]} could not be decoded: {done.problem}")
            yield done.task[0], done.result


_store: Store | None = None


def start(pickled: bytes) -> None:
    """Once in every worker process."""
    global _store
    import torch

    _store = pickle.loads(pickled)
    torch.set_num_threads(1)
    os.environ["IGL_NUM_THREADS"] = "1"  # libigl would start a thread a core in every worker


def run(task: Task) -> Surface | str:
    """A shape's surface, or why it has none."""
    if _store is None:
        raise RuntimeError("decoding.start was not called in this process")
    try:
        return decoded(_store, task[1])
    except (EmptySurface, BadInput) as error:
        return str(error)
