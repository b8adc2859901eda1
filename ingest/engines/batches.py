"""Tasks that are done many at once, of which one that crashes its worker must not cost the others."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from .protocol import Done, Engine, R, T


def run_batches(
    engine: Engine, function: Callable[[list[T]], list[R]], batches: Iterable[list[T]]
) -> Iterator[Done[list[T], list[R]] | None]:
    """As `Engine.run`, but a batch that comes to nothing is halved until it is one task, whose fault it is."""
    again: list[list[T]] = []
    for done in engine.run(function, batches):
        if done is None or done.result is not None or len(done.task) < 2:
            yield done
        else:
            half = len(done.task) // 2
            again += [done.task[:half], done.task[half:]]
    if again:
        yield from run_batches(engine, function, again)
