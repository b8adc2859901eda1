"""Prepared files to networks, many at once: on the GPU of the calling process, or on those of the engine."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial

from inrstore.records import Failure, NewShape

from .engines import Engine
from .engines.batches import run_batches
from .settings import Settings
from .worker import Prepared, finish, finish_all

Fits = tuple[list[Prepared], list[NewShape | Failure]]
"""What was prepared, and what became of each."""


def fitted(engine: Engine, batches: Iterable[list[Prepared]], settings: Settings, device: str) -> Iterator[Fits | None]:
    """Batches as they are done; None every now and then while none is. The next is taken when there is room for it."""
    if engine.gpus is None:
        for batch in batches:
            yield batch, finish(batch, settings, device)
        return
    for done in run_batches(engine.gpus, partial(finish_all, device=device), batches):
        if done is None:
            yield None
        else:
            failed: list[NewShape | Failure] = [Failure(p.file.path, done.problem or "", "fit") for p in done.task]
            yield done.task, failed if done.result is None else done.result
