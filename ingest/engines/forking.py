"""The process that workers are forked from, and how they are started by it."""

from __future__ import annotations

import multiprocessing
import os
import sys
import threading
import types
from multiprocessing import context
from typing import Any

_PRELOAD = ["ingest.worker"]


def start_server() -> None:
    """Start the process that workers are forked from; it imports torch while the caller does something else."""
    if _HAS_SERVER:
        from multiprocessing import forkserver  # which other systems do not have

        worker_context()
        forkserver.ensure_running()


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


def worker_context() -> _Context:
    """Of which worker processes are made."""
    chosen = _Context()
    if _HAS_SERVER:
        chosen.set_forkserver_preload(_PRELOAD)
    return chosen
