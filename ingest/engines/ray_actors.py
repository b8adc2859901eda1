"""A worker on a node of the cluster, and what the calling process knows of it."""

from __future__ import annotations

import pickle
from collections import deque
from dataclasses import dataclass, field
from typing import Any, Generic

from .protocol import T, answer, told_of


class Worker:
    """Becomes a Ray actor, which does its tasks one after the other in the order in which they are sent.

    Everything is pickled here, not by Ray: arrays that Ray unpacks are read-only, and hold its shared memory.
    """

    def __init__(self, version: str, pickled: bytes) -> None:
        import inrstore

        self._problem: str | None = None
        if inrstore.__version__ != version:
            self._problem = f"it has inrstore {inrstore.__version__}, the run is of {version}"
            return
        try:
            initializer, initargs = pickle.loads(pickled)
            initializer(*initargs)
        except Exception as error:
            self._problem = told_of(error)

    def ready(self) -> tuple[str, str | None]:
        """The id of the node, and why the worker cannot work, if so."""
        import ray

        return ray.get_runtime_context().get_node_id(), self._problem

    def do(self, pickled: bytes) -> bytes:
        """For a function and a task: the result, or why there is none."""
        return answer(_unpacked, pickled)


def _unpacked(pickled: bytes) -> Any:
    function, task = pickle.loads(pickled)
    return function(task)


def do_each(pickled: bytes) -> bytes:
    """In a Ray task: a function's results for several tasks."""
    function, tasks = pickle.loads(pickled)
    return pickle.dumps([function(task) for task in tasks])


@dataclass(eq=False)
class Item(Generic[T]):
    """A task, and how often a worker ended over it."""

    task: T
    crashes: int = 0
    losses: int = 0
    """Crashes, and nodes that left."""


@dataclass(eq=False)
class Actor(Generic[T]):
    handle: Any
    starting: Any
    """What will say that it is ready; None once it has."""
    node: str | None = None
    queue: deque[tuple[Item[T], Any]] = field(default_factory=deque)
    """What it was sent, the first of which it is at, and the reference of each result."""
    since: float = 0.0
    """When it began with the first, by the monotonic clock; never earlier than it did."""
