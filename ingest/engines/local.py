"""Tasks in processes of this machine."""

from __future__ import annotations

import ctypes
import multiprocessing
import os
import signal
import sys
import threading
import weakref
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, CancelledError, Future, TimeoutError, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from functools import partial
from multiprocessing import connection
from typing import Any, Generic

from pebble import ProcessExpired, ProcessPool

from inrstore.progress import Progress

from ..telling import UNTOLD, Board, listen, told
from .forking import worker_context
from .protocol import Arguments, Done, Initializer, R, T, WorkersBroken, answer, read_answer, told_of, too_long

TICK, SOON = 0.5, 0.1
"""Seconds after which `LocalEngine.run` yields even if nothing is done; sooner where somebody hears of its tasks."""
_PR_SET_PDEATHSIG = 1


@dataclass
class _Task(Generic[T]):
    """One under way, and what was heard of it last."""

    task: T
    place: int
    heard: Progress | None = None

    def news(self, board: Board) -> Progress | None:
        found = board.read(self.place)
        if found == self.heard:
            return None
        self.heard = found
        return found


class LocalEngine:
    """Worker processes on this machine; a task that hangs or crashes costs its own process, not the run.

    Every worker calls `initializer(*initargs)` once. Workers end with the process that started them, however
    that one ends. Use it as a context, or leave it to `close` or its own end; processes start with the first task.
    Threads may share it.
    """

    gpus = None

    far = False

    def __init__(self, jobs: int, timeout: float, initializer: Initializer, initargs: Arguments) -> None:
        self.jobs, self.timeout = jobs, timeout
        context = worker_context()
        self._board = Board(context)
        self._pool: Any = ProcessPool(
            max_workers=jobs,
            initializer=_start,
            initargs=(initializer, initargs, self._board.cells),
            context=context,
        )
        self._end = weakref.finalize(self, _end_behind, self._pool, os.getpid())

    def __enter__(self) -> LocalEngine:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the workers; tasks that run in other threads are WorkersBroken there."""
        if self._end.detach():
            _end_pool(self._pool)

    def processor(self, device: str) -> str:
        from inrstore.network.device import processor

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
        """See `Engine.run`; `on_told` hears of tasks a few times a second."""
        source = iter(tasks)
        running: dict[Future[bytes], _Task[T]] = {}
        more = True
        try:
            while more or running:
                while more and len(running) < self.jobs * ahead:
                    task = next(source, None)
                    if task is None:
                        more = False
                    else:
                        place = UNTOLD if on_told is None else self._board.take()
                        running[self._schedule(function, task, place)] = _Task(task, place)
                finished, _ = wait(running, timeout=SOON if on_told else TICK, return_when=FIRST_COMPLETED)
                for future in finished:
                    done = running.pop(future)
                    self._board.give_back(done.place)
                    yield self._outcome(done.task, future)
                for one in running.values() if on_told else ():
                    if (progress := one.news(self._board)) and on_told:
                        on_told(one.task, progress)
                if not finished:
                    yield None
        finally:  # nobody waits for these any more
            for future, one in running.items():
                future.cancel()
                self._board.give_back(one.place)

    def _schedule(self, function: Callable[[T], R], task: T, place: int) -> Future[bytes]:
        try:
            future: Future[bytes] = self._pool.schedule(
                told, args=(partial(answer, function), task, place), timeout=self.timeout
            )
            return future
        except RuntimeError as error:
            self._board.give_back(place)
            raise _broken() from error

    def _outcome(self, task: T, future: Future[bytes]) -> Done[T, R]:
        try:
            return read_answer(task, future.result())
        except TimeoutError:
            return too_long(task, self.timeout)
        except ProcessExpired as error:
            return Done(task, None, f"crashed the process that read it ({_signal(error.exitcode)})", "crash")
        except (BrokenProcessPool, CancelledError) as error:
            raise _broken() from error
        except Exception as error:  # such as a task that cannot be sent
            return Done(task, None, told_of(error), "worker")


def _end_pool(pool: Any) -> None:
    pool.stop()
    pool.join()


def _end_behind(pool: Any, owner: int) -> None:
    """For an engine that nobody holds any more; in a forked child its workers are the parent's."""
    if os.getpid() != owner:
        return
    if threading.current_thread() is threading.main_thread():
        _end_pool(pool)
    else:  # garbage is collected in any thread, also in the pool's own, which cannot wait for itself
        threading.Thread(target=_end_pool, args=(pool,)).start()


def _broken() -> WorkersBroken:
    return WorkersBroken("the worker processes ended; what was committed is kept, run the same command again")


def _signal(code: int) -> str:
    try:
        return signal.Signals(-code).name if code < 0 else f"exit code {code}"
    except ValueError:
        return f"exit code {code}"


def _start(initializer: Initializer, initargs: Arguments, cells: Any) -> None:
    """First call in every worker: never outlive the parent, then the caller's own preparation."""
    if sys.platform == "linux":  # its parent is the fork server, which ends as soon as its own parent does
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    listen(cells)
    initializer(*initargs)


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        connection.wait([parent.sentinel])
        os._exit(1)
