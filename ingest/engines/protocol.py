"""What an engine is: it takes a picklable function and tasks, and gives back outcomes as they come."""

from __future__ import annotations

import os
import pickle
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

from inrstore.errors import InrstoreError
from inrstore.progress import Progress

T = TypeVar("T")
R = TypeVar("R")


class WorkersBroken(InrstoreError, RuntimeError):
    """The workers could not be started, or something outside ended them."""


@dataclass(frozen=True)
class Done(Generic[T, R]):
    """The outcome of one task: its result, or why there is none."""

    task: T
    result: R | None
    problem: str | None = None
    stage: str = ""
    """Without a result: timeout, crash, or worker, if the function raised or its result could not be sent."""


class Engine(Protocol):
    """Where tasks run. Use it as a context, or `close` it.

    Every worker calls the initializer that the engine was made with once, before its first task. What the function
    raises becomes a `Done` with the stage worker; no task ends the run.
    """

    timeout: float
    """Seconds that one task may take."""
    far: bool
    """Whether tasks may be done on other machines, which do not see what this one has fetched or unpacked."""

    @property
    def jobs(self) -> int:
        """Tasks that are worked on at once, if there are as many."""

    @property
    def gpus(self) -> Engine | None:
        """An engine like this one whose workers have a GPU each; None where the calling process is to use its own."""

    def __enter__(self) -> Engine: ...
    def __exit__(self, *_: object) -> None: ...
    def close(self) -> None:
        """End the workers; tasks that run in other threads are WorkersBroken there."""

    def processor(self, device: str) -> str:
        """cpu or cuda, of auto, cpu or cuda. Errors: BadInput, if there is no such device where tasks are done."""

    def beside(self, function: Callable[[T], R], tasks: Iterable[T]) -> Iterator[R]:
        """The results in order, of a function that only reads files, where files can be read; no worker is taken."""

    def run(
        self,
        function: Callable[[T], R],
        tasks: Iterable[T],
        ahead: int = 2,
        on_told: Callable[[T, Progress], None] | None = None,
    ) -> Iterator[Done[T, R] | None]:
        """Outcomes in the order of completion; None every now and then while nothing is completed.

        Tasks are taken from the iterable as workers become free, at most `ahead` a worker in advance. `on_told` hears
        what a task tells of itself by `telling.heard`, if the engine can; what it raises ends all tasks of the call.
        """


Initializer = Callable[..., None]
Arguments = tuple[Any, ...]


def cpu_count() -> int:
    """Processors that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def too_long(task: T, timeout: float) -> Done[T, Any]:
    problem = f"took longer than {timeout:g} s and was stopped; raise timeout if it is just slow"
    return Done(task, None, problem, "timeout")


def answer(function: Callable[[T], R], task: T) -> bytes:
    """In a worker: the result and what went wrong, pickled; many exceptions, and some results, cannot be."""
    try:
        return pickle.dumps((function(task), None))
    except Exception as error:
        return pickle.dumps((None, told_of(error)))


def read_answer(task: T, answer: bytes) -> Done[T, Any]:
    """Where the task came from."""
    try:
        result, problem = pickle.loads(answer)
    except Exception as error:
        result, problem = None, told_of(error)
    return Done(task, result, problem, "worker" if problem else "")


def told_of(error: BaseException) -> str:
    """An exception as a `Done.problem`."""
    return f"{type(error).__name__}: {error}"
