"""Tasks in the calling process, one after the other: for debuggers and notebooks."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from weakref import ref

from inrstore.network.device import processor
from inrstore.progress import Progress

from .protocol import Arguments, Done, Initializer, R, T, told_of


class InlineEngine:
    """No worker but this process, so that a breakpoint in a task is met.

    It cannot stop a task that takes longer than `timeout`, a task that crashes takes this process along, and nothing is
    told of a task before it is done. What the initializer sets (such as the number of threads) stays set. One thread at
    a time may run tasks, of one engine.
    """

    gpus = None

    far = False

    def __init__(self, timeout: float, initializer: Initializer, initargs: Arguments) -> None:
        self.jobs, self.timeout = 1, timeout
        self._initializer, self._initargs = initializer, initargs

    def __enter__(self) -> InlineEngine:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """There is nothing to end."""

    def processor(self, device: str) -> str:
        return processor(device)

    def beside(self, function: Callable[[T], R], tasks: Iterable[T]) -> Iterator[R]:
        return map(function, tasks)

    def run(
        self,
        function: Callable[[T], R],
        tasks: Iterable[T],
        ahead: int = 2,
        on_told: Callable[[T, Progress], None] | None = None,
    ) -> Iterator[Done[T, R] | None]:
        """See `Engine.run`; each task is taken when the one before is done."""
        for task in tasks:
            self._prepare()
            try:
                done: Done[T, R] = Done(task, function(task))
            except Exception as error:
                done = Done(task, None, told_of(error), "worker")
            yield done

    def _prepare(self) -> None:
        """Make this process this engine's worker; another engine may have prepared it for itself meanwhile."""
        global _prepared
        if _prepared is None or _prepared() is not self:
            self._initializer(*self._initargs)
            _prepared = ref(self)


_prepared: ref[InlineEngine] | None = None
