"""One call of `RayEngine.run`: which task is where, and what becomes of those whose worker or node is lost."""

from __future__ import annotations

import pickle
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any, Generic

from .protocol import Done, R, T, WorkersBroken, read_answer, told_of, too_long
from .ray_actors import Actor, Item
from .ray_cluster import alive

if TYPE_CHECKING:
    from .ray import RayEngine

TICK = 0.5
"""Seconds after which a call yields even if nothing is done."""
CRASHES, LOSSES, STARTS = 2, 5, 3
"""So many workers end over one task, so many with their nodes counted, or cannot start, until that is the outcome."""
PATIENCE = 600.0
"""Seconds without any worker; a cluster that grows takes minutes to bring a node."""


class Call(Generic[T, R]):
    """Workers that this call has of the engine, and its tasks: in nobody's hands, or in a worker's queue."""

    def __init__(self, engine: RayEngine, function: Callable[[T], R], tasks: Iterable[T], ahead: int) -> None:
        self._engine, self._function, self._source, self._ahead = engine, function, iter(tasks), ahead
        self._more, self._unborn, self._idle_since = True, 0, time.monotonic()
        self._actors: list[Actor[T]] = []
        self._waiting: deque[Item[T]] = deque()
        self._done: list[Done[T, R]] = []

    def outcomes(self) -> Iterator[Done[T, R] | None]:
        try:
            while True:
                self._draw()
                if self._under_way():
                    self._listen()
                elif not self._done:
                    return
                done, self._done = self._done, []
                yield from done or (None,)
        finally:  # nobody waits for these any more
            for actor in self._actors:
                self._engine.drop(actor) if actor.queue else self._engine.give_back(actor)

    def _under_way(self) -> int:
        return len(self._waiting) + sum(len(actor.queue) for actor in self._actors)

    def _draw(self) -> None:
        self._send()
        while self._more and self._under_way() < self._engine.jobs * self._ahead:
            task = next(self._source, None)
            if task is None:
                self._more = False
            else:
                self._waiting.append(Item(task))
                self._send()

    def _send(self) -> None:
        """Hand out what waits."""
        self._hire()
        while self._waiting and (actor := self._free()):
            item = self._waiting.popleft()
            try:
                pickled = pickle.dumps((self._function, item.task))
            except Exception as error:
                self._done.append(Done(item.task, None, told_of(error), "worker"))
                continue
            if not actor.queue:
                actor.since = time.monotonic()
            actor.queue.append((item, actor.handle.do.remote(pickled)))

    def _hire(self) -> None:
        """As many workers as there may be and are tasks; of a node that left, those that wait for a place go, too."""
        jobs = self._engine.jobs
        coming = [actor for actor in self._actors if actor.starting is not None]
        for actor in coming[: max(0, len(self._actors) - jobs)]:
            self._part(actor)
        while len(self._actors) < min(jobs, self._under_way()) and (hired := self._engine.hire()):
            self._actors.append(hired)

    def _free(self) -> Actor[T] | None:
        """The worker with the shortest queue; a second task is only for one while those that start get theirs."""
        ready = [a for a in self._actors if a.starting is None and len(a.queue) < self._ahead]
        best = min(ready, key=lambda actor: len(actor.queue), default=None)
        coming = sum(actor.starting is not None for actor in self._actors)
        return None if best is None or (best.queue and len(self._waiting) <= coming) else best

    def _listen(self) -> None:
        """Wait for some outcome, but not for long."""
        ray = self._engine.ray
        awaited = {a.starting or a.queue[0][1]: a for a in self._actors if a.starting or a.queue}
        if not awaited:  # all workers are in other calls' hands
            time.sleep(TICK)
            return
        if ray.wait(list(awaited), timeout=TICK)[0]:
            for ref in ray.wait(list(awaited), num_returns=len(awaited), timeout=0)[0]:
                self._hear(awaited[ref], ref)
        for actor in list(self._actors):
            if actor.queue and time.monotonic() - actor.since > self._engine.timeout:
                self._stop(actor)
        if any(actor.starting is None for actor in self._actors):
            self._idle_since = time.monotonic()
        elif time.monotonic() - self._idle_since > PATIENCE:
            raise WorkersBroken(f"the Ray cluster had no room for a worker for {PATIENCE:g} s; see 'ray status'")

    def _hear(self, actor: Actor[T], ref: Any) -> None:
        from ray.exceptions import RayError, RayTaskError

        if actor.starting is not None:
            return self._meet(actor)
        task = actor.queue[0][0].task
        try:
            done: Done[T, R] = read_answer(task, self._engine.ray.get(ref))
        except RayTaskError as error:
            done = Done(task, None, told_of(error), "worker")
        except RayError:
            return self._lose(actor)
        actor.queue.popleft()
        actor.since = time.monotonic()
        self._done.append(done)

    def _meet(self, actor: Actor[T]) -> None:
        """One that says that it is ready, or did not come to that."""
        from ray.exceptions import RayError

        try:
            actor.node, problem = self._engine.ray.get(actor.starting)
        except RayError as error:
            self._part(actor)
            self._unborn += 1
            if self._unborn < STARTS:
                return
            problem = str(error).strip().splitlines()[-1].strip()
        if problem:
            raise WorkersBroken(
                f"a worker on the Ray cluster could not start: {problem}; every node needs the same inrstore and Python"
            )
        actor.starting, self._unborn = None, 0

    def _stop(self, actor: Actor[T]) -> None:
        """One that is late, unless it is done just now."""
        (item, ref), *others = actor.queue
        if self._engine.ray.wait([ref], timeout=0)[0]:
            return
        self._part(actor)
        self._done.append(too_long(item.task, self._engine.timeout))
        self._waiting.extendleft(other for other, _ in reversed(others))

    def _lose(self, actor: Actor[T]) -> None:
        """One that ended; what it was at is tried again by another, unless it seems to be the reason."""
        (item, _), *others = actor.queue
        self._part(actor)
        item.losses += 1
        item.crashes += alive(self._engine.ray, actor.node)
        self._waiting.extendleft(other for other, _ in reversed(others))
        if item.crashes < CRASHES and item.losses < LOSSES:
            self._waiting.appendleft(item)
        else:
            problem = f"crashed the processes that read it, {item.losses} one after the other"
            self._done.append(Done(item.task, None, problem, "crash"))

    def _part(self, actor: Actor[T]) -> None:
        self._actors.remove(actor)
        self._engine.drop(actor)
