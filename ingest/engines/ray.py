"""Tasks on the nodes of a Ray cluster."""

from __future__ import annotations

import pickle
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from itertools import islice
from typing import Any

from inrstore import __version__
from inrstore.errors import BadInput
from inrstore.progress import Progress

from .protocol import Arguments, Done, Initializer, R, T, WorkersBroken
from .ray_actors import Actor, Worker, do_each
from .ray_calls import Call
from .ray_cluster import connected, resource

BESIDE = 32
"""Tasks of `RayEngine.beside` that go to a node together."""
FRESH = 2.0
"""Seconds for which it is remembered how large the cluster is."""


class RayEngine:
    """Workers on the nodes of a cluster, one a processor, also on nodes that come later.

    A task whose worker ends is tried again by another, so that a node that leaves costs nothing; one over which
    two workers end, on nodes that stay, is a crash. A task that takes too long costs its worker, which is replaced. All
    nodes need the same inrstore, and must see files and store under the same names. Nothing is told of a task before it
    is done. Workers end with the process that started them. Threads may share it.

    Parameters
    ----------
    jobs : workers; by default one a processor of the cluster, or with `gpu` one a GPU.
    address : see `ray_cluster.connected`.
    """

    far = True

    def __init__(
        self,
        jobs: int | None,
        timeout: float,
        initializer: Initializer,
        initargs: Arguments,
        address: str | None = None,
        *,
        gpu: bool = False,
    ) -> None:
        self.ray = connected(address)
        self.timeout, self._asked, self._gpu = timeout, jobs, gpu
        self._about = initializer, initargs, address
        self._pickled = self.ray.put(pickle.dumps((initializer, initargs)))
        share = {"num_cpus": 0, "num_gpus": 1} if gpu else {"num_cpus": 1}
        how = {"max_restarts": 0, "max_task_retries": 0, "scheduling_strategy": "SPREAD"}
        self._made: Any = self.ray.remote(**share, **how)(Worker)
        self._guard = threading.Lock()
        self._idle: list[Actor[Any]] = []
        self._team: set[Actor[Any]] = set()
        self._closed = False
        self._size, self._asked_at = 1, float("-inf")
        self._gpus: RayEngine | None = None

    def __enter__(self) -> RayEngine:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the workers; tasks that run in other threads are WorkersBroken there."""
        with self._guard:
            self._closed = True
        for actor in list(self._team):
            self.drop(actor)
        if self._gpus is not None:
            self._gpus.close()

    @property
    def jobs(self) -> int:
        if self._asked is not None:
            return self._asked
        if time.monotonic() - self._asked_at > FRESH:
            self._size = max(1, resource(self.ray, "GPU" if self._gpu else "CPU"))
            self._asked_at = time.monotonic()
        return self._size

    @property
    def gpus(self) -> RayEngine | None:
        if self._gpus is None and not self._gpu and resource(self.ray, "GPU"):
            initializer, initargs, address = self._about
            self._gpus = RayEngine(None, self.timeout, initializer, initargs, address, gpu=True)
        return self._gpus

    def processor(self, device: str) -> str:
        if device == "cpu" or (device == "auto" and not resource(self.ray, "GPU")):
            return "cpu"
        if not resource(self.ray, "GPU"):
            raise BadInput("device is 'cuda', but no node of the Ray cluster has a GPU; give cpu or auto")
        return "cuda"

    def beside(self, function: Callable[[T], R], tasks: Iterable[T]) -> Iterator[R]:
        """See `Engine.beside`; some at a time are done on any node, and again if that leaves."""
        from ray.exceptions import RayError, RayTaskError

        each = self.ray.remote(num_cpus=0, scheduling_strategy="SPREAD")(do_each)
        source, most = iter(tasks), max(2, len(self.ray.nodes()))
        window: deque[Any] = deque()
        try:
            while True:
                while len(window) < most and (block := list(islice(source, BESIDE))):
                    window.append(each.remote(pickle.dumps((function, block))))
                if not window:
                    return
                yield from pickle.loads(self.ray.get(window.popleft()))
        except RayTaskError:
            raise
        except RayError as error:
            raise WorkersBroken(f"the Ray cluster lost a task again and again: {error}") from error
        finally:  # nobody waits for these any more
            for ref in window:
                self.ray.cancel(ref)

    def run(
        self,
        function: Callable[[T], R],
        tasks: Iterable[T],
        ahead: int = 2,
        on_told: Callable[[T, Progress], None] | None = None,
    ) -> Iterator[Done[T, R] | None]:
        """See `Engine.run`."""
        return Call(self, function, tasks, ahead).outcomes()

    def hire(self) -> Actor[Any] | None:
        """A worker that nobody else has, if there may be one more."""
        with self._guard:
            if self._closed:
                raise WorkersBroken("the workers were ended; what was committed is kept, run the same command again")
            if self._idle:
                return self._idle.pop()
            if len(self._team) >= self.jobs:
                return None
            handle = self._made.remote(__version__, self._pickled)
            actor: Actor[Any] = Actor(handle, handle.ready.remote())
            self._team.add(actor)
            return actor

    def give_back(self, actor: Actor[Any]) -> None:
        """One without tasks, for the next call."""
        with self._guard:
            if actor in self._team:
                self._idle.append(actor)

    def drop(self, actor: Actor[Any]) -> None:
        """End a worker, whatever it does."""
        with self._guard:
            self._team.discard(actor)
        if self.ray.is_initialized():  # else it has ended with the connection
            with suppress(Exception):  # as it has, or its node
                self.ray.kill(actor.handle)
