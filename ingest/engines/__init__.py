"""Where tasks run: in this process, in processes of this machine, or on the nodes of a Ray cluster."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .forking import start_server
from .inline import InlineEngine
from .local import LocalEngine
from .protocol import Arguments, Done, Engine, Initializer, WorkersBroken, cpu_count

if TYPE_CHECKING:
    from ..options import Options

__all__ = [
    "ENGINES",
    "Done",
    "Engine",
    "InlineEngine",
    "LocalEngine",
    "WorkersBroken",
    "cpu_count",
    "make_engine",
    "start_server",
]
ENGINES = ("local", "inline", "ray")


def make_engine(options: Options, initializer: Initializer, initargs: Arguments, most: int | None = None) -> Engine:
    """The engine that the options name, for at most so many tasks at once. Errors: BadInput, MissingDependency."""
    if options.engine == "inline":
        return InlineEngine(options.timeout, initializer, initargs)
    if options.engine == "ray":
        from .ray import RayEngine

        return RayEngine(options.jobs, options.timeout, initializer, initargs, options.ray_address)
    jobs = options.jobs or cpu_count()
    return LocalEngine(jobs if most is None else min(jobs, max(1, most)), options.timeout, initializer, initargs)
