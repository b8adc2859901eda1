"""Where tasks run. An engine takes a picklable function and tasks, and gives back outcomes as they come."""

from __future__ import annotations

import ctypes
import multiprocessing
import os
import signal
import sys
import threading
import types
import weakref
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, CancelledError, Future, TimeoutError, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from multiprocessing import connection, context
from typing import Any, Generic, TypeVar

from pebble import ProcessExpired, ProcessPool

from inrstore.errors import InrstoreError
from inrstore.progress import Progress

from .telling import UNTOLD, Board, listen, told

T = TypeVar("T")
R = TypeVar("R")

TICK, SOON = 0.5, 0.1
"""Seconds after which `LocalEngine.run` yields even if nothing is done; sooner where somebody hears of its tasks."""
_PRELOAD = ["ingest.worker"]
_PR_SET_PDEATHSIG = 1


class WorkersBroken(InrstoreError, RuntimeError):
    """The worker processes could not be started, or something outside ended them."""


@dataclass(frozen=True)
class Done(Generic[T, R]):
    """The outcome of one task: its result, or why there is none."""

    task: T
    result: R | None
    problem: str | None = None
    stage: str = ""


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


def cpu_count() -> int:
    """Processors that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def start_server() -> None:
    """Start the process that workers are forked from; it imports torch while the caller does something else."""
    if _HAS_SERVER:
        from multiprocessing import forkserver  # which other systems do not have

        _context()
        forkserver.ensure_running()


class LocalEngine:
    """Worker processes on this machine; a task that hangs or crashes costs its own process, not the run.

    Every worker calls `initializer(*initargs)` once. Workers end with the process that started them, however
    that one ends. Use it as a context, or leave it to `close` or its own end; processes start with the first task.
    Threads may share it.
    """

    def __init__(self, jobs: int, timeout: float, initializer: Callable[..., None], initargs: tuple[Any, ...]) -> None:
        self.jobs, self.timeout = jobs, timeout
        context = _context()
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

    def run(
        self,
        function: Callable[[T], R],
        tasks: Iterable[T],
        ahead: int = 2,
        on_told: Callable[[T, Progress], None] | None = None,
    ) -> Iterator[Done[T, R] | None]:
        """Outcomes in the order of completion; None every now and then while nothing is completed.

        Tasks are taken from the iterable as workers become free, at most `ahead` a worker in advance. `on_told` hears
        what a task tells of itself by `telling.heard`, a few times a second; what it raises ends all tasks of the call.
        """
        source = iter(tasks)
        running: dict[Future[R], _Task[T]] = {}
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

    def _schedule(self, function: Callable[[T], R], task: T, place: int) -> Future[R]:
        try:
            future: Future[R] = self._pool.schedule(told, args=(function, task, place), timeout=self.timeout)
            return future
        except RuntimeError as error:
            self._board.give_back(place)
            raise _broken() from error

    def _outcome(self, task: T, future: Future[R]) -> Done[T, R]:
        try:
            return Done(task, future.result())
        except TimeoutError:
            problem = f"took longer than {self.timeout:g} s and was stopped; raise timeout if it is just slow"
            return Done(task, None, problem, "timeout")
        except ProcessExpired as error:
            return Done(task, None, f"crashed the process that read it ({_signal(error.exitcode)})", "crash")
        except (BrokenProcessPool, CancelledError) as error:
            raise _broken() from error
        except Exception as error:  # such as a result that cannot be sent back
            return Done(task, None, f"{type(error).__name__}: {error}", "worker")


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


def _start(initializer: Callable[..., None], initargs: tuple[Any, ...], cells: Any) -> None:
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


# Workers are forked from a clean server that has imported torch once: they start in milliseconds and share
# its memory, and no thread of the caller's is ever forked. Where there is no such server they are spawned.
_HAS_SERVER = "forkserver" in multiprocessing.get_all_start_methods()
_BaseProcess: Any = context.ForkServerProcess if _HAS_SERVER else context.SpawnProcess
_BaseContext: Any = context.ForkServerContext if _HAS_SERVER else context.SpawnContext
_main_lock = threading.Lock()


def _forget_server() -> None:
    """In a forked child, which can neither ask its parent's server for workers nor may end its parent's."""
    from multiprocessing import forkserver, process

    server: Any = forkserver._forkserver
    if server._forkserver_alive_fd is not None:
        os.close(server._forkserver_alive_fd)
        server.__init__()
    process._children.clear()  # type: ignore[attr-defined]


if _HAS_SERVER:
    os.register_at_fork(after_in_child=_forget_server)


class _Process(_BaseProcess):  # type: ignore[misc]
    """A process that does not import the caller's main script, which may lack the `__main__` guard."""

    @staticmethod
    def _Popen(process_obj: Any) -> Any:
        with _main_lock:
            main = sys.modules["__main__"]
            sys.modules["__main__"] = types.ModuleType("__main__")
            try:
                return _BaseProcess._Popen(process_obj)
            finally:
                sys.modules["__main__"] = main


class _Context(_BaseContext):  # type: ignore[misc]
    Process = _Process


def _context() -> _Context:
    chosen = _Context()
    if _HAS_SERVER:
        chosen.set_forkserver_preload(_PRELOAD)
    return chosen
