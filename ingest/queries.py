"""Files as queries: embeddings as `ingest` would make them, by worker processes that stay ready for the next call."""

from __future__ import annotations

import os
import pickle
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, Unpack
from weakref import WeakSet

import numpy as np

from inrstore.errors import NoEncoder
from inrstore.progress import OnProgress, tell
from inrstore.queries import Reading, shared
from inrstore.records import Failure, FloatArray, Source

from .discover import Chosen, Found, SourceFile, discover, printable
from .engines import Engine, WorkersBroken, cpu_count, make_engine, start_server
from .options import Options, chosen

if TYPE_CHECKING:
    from inrstore.records import NewShape
    from inrstore.store import Store

    from .settings import Settings


T = TypeVar("T")


def embed_files(
    store: Store,
    paths: Sequence[str | Path],
    options: Options | None = None,
    *,
    on_progress: OnProgress | None = None,
    **overrides: Any,
) -> tuple[list[str], FloatArray, list[Failure]]:
    """Embeddings of files and of folders of them as `ingest` would make them, with nothing stored.

    Every option of `Options` can be given by its name.

    Returns
    -------
    Absolute paths (n), embeddings (n, d) in the same order, and what could not be read.

    Raises
    ------
    BadInput
        If an option is unusable.
    NoEncoder
        If the store has no encoder.
    """
    options = chosen(options or Options(), overrides)
    found = discover(paths)
    done = shared(store, FileQueries).collect(store, found, options, on_progress)
    names = [source.path for source in found.sources if source.path in done.shapes]
    matrix = np.array([done.embedding(name) for name in names], np.float32).reshape(len(names), done.dim)
    return names, matrix, sorted(done.failures, key=lambda failure: failure.path)


class FileQueries:
    """Embeds files for searches; the worker processes of one call serve the next.

    They start with the first file, as many as there are files and no more than `jobs`, and are replaced when a call
    comes with other limits or for another encoder, or needs more of them. They end with `close`, with this object, or
    with the process. Threads may share it. A process that was forked has none, and starts its own.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._workers: _Workers | None = None
        self._files = 0  # of all calls under way
        _everyone.add(self)
        start_server()

    def __enter__(self) -> FileQueries:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the worker processes; the next call starts new ones."""
        with self._lock:
            workers, self._workers = self._workers, None
        if workers is not None:
            workers.engine.close()

    def files(self, folder: str) -> tuple[list[str], list[Failure]]:
        """Absolute paths of the files in a folder that may be shapes, and what is there but cannot be read."""
        found = discover([folder])
        return [source.path for source in found.sources], found.failures

    def embed(
        self,
        store: Store,
        paths: Sequence[str],
        *,
        turns: FloatArray | None = None,
        **reading: Unpack[Reading],
    ) -> list[FloatArray | Failure]:
        """For every file its embedding (d,), or with `turns` (p, 3, 3) those (p, d) in these poses, or why it has none.

        Errors: BadInput, NoEncoder; see `embed_files`.
        """
        done = self._read(store, paths, reading)
        if turns is not None:
            tell(reading.get("on_progress"), "encoding")
        return done.each(paths, lambda path: done.embedding(path, turns))

    def shapes(
        self,
        store: Store,
        paths: Sequence[str],
        **reading: Unpack[Reading],
    ) -> list[NewShape | Failure]:
        """For every file the shape that it would be stored as, or why it is none. Errors: as `embed`."""
        done = self._read(store, paths, reading)
        return done.each(paths, done.shape)

    def _read(self, store: Store, paths: Sequence[str], reading: Reading) -> Collector:
        options = chosen(Options(), {name: value for name, value in reading.items() if name != "on_progress"})
        return self.collect(store, discover(paths), options, reading.get("on_progress"))

    def collect(self, store: Store, found: Found, options: Options, on_progress: OnProgress | None) -> Collector:
        """What becomes of the files that were found."""
        try:
            return self._collect(store, found, options, on_progress)
        except WorkersBroken:  # ended from outside, perhaps long ago: new ones must do
            return self._collect(store, found, options, on_progress)

    def _collect(self, store: Store, found: Found, options: Options, on_progress: OnProgress | None) -> Collector:
        from .run import Run  # brings torch, which the fork server loads meanwhile

        with self._borrowed(store, options, len(found.sources)) as workers:
            done = Collector(workers.settings, options.field, options.up, options.align)
            run = Run(done, found, options.limits, on_progress)
            try:
                run.work(workers.engine, workers.settings, workers.engine.processor(options.device))
            except WorkersBroken:
                self._drop(workers)
                raise
        return done

    @contextmanager
    def _borrowed(self, store: Store, options: Options, files: int) -> Iterator[_Workers]:
        """Workers for so many files; those of before if they will do."""
        about = _About(
            store.base_id, store.encoder_id, replace(options, field="auto", up="y", align="none", device="auto")
        )
        with self._lock:
            self._files += files
        try:
            with self._lock:
                jobs = max(1, min(options.jobs or cpu_count(), self._files))
                if options.engine != "local":  # the others start workers as they need them
                    jobs = 1
                if self._workers is None or self._workers.about != about or self._workers.engine.jobs < jobs:
                    self._workers = _start(store, about, jobs)  # the former end when the last call lets go of them
                workers = self._workers
            yield workers
        finally:
            with self._lock:
                self._files -= files
                unused = not self._files and about.options.engine == "ray"
            if unused:  # others may need its processors
                self.close()

    def _drop(self, workers: _Workers) -> None:
        with self._lock:
            if self._workers is workers:
                self._workers = None

    def forget(self) -> None:
        """In a forked child: the workers, and perhaps the lock, are the parent's."""
        self._lock, self._workers, self._files = threading.Lock(), None, 0


class Collector:
    """A run's sink that keeps shapes by their path and writes nothing."""

    def __init__(self, settings: Settings, field: str, up: str, align: str) -> None:
        self.settings, self.dim = settings, _dim(settings)
        self.chosen = Chosen(field, up, align)
        self.shapes: dict[str, NewShape] = {}
        self.stored = self.skipped = 0
        self.failures: list[Failure] = []

    def embedding(self, path: str, turns: FloatArray | None = None) -> FloatArray:
        """(d,), or (p, d) after each of the turns (p, 3, 3)."""
        shape, encoding = self.shapes[path], self.settings.encoding
        assert encoding is not None and shape.embedding is not None  # `_start` refuses a store without an encoder
        if turns is None:
            return shape.embedding
        return encoding.encode_turned(shape.field, self.shape(path).inrs[0].weights, turns)

    def shape(self, path: str) -> NewShape:
        """With weights as they are read back once it is stored."""
        from .worker import as_stored

        shape = self.shapes[path]
        first, *others = shape.inrs
        weights = as_stored(first.weights, self.settings.targets[0].starts[shape.field])
        return replace(shape, source=path, inrs=(replace(first, weights=weights), *others))

    def each(self, paths: Sequence[str], of: Callable[[str], T]) -> list[T | Failure]:
        """What is made of the shape of every path, or why it is none."""
        failed = {failure.path: failure for failure in self.failures}
        absolute = map(os.path.abspath, paths)
        return [of(path) if path in self.shapes else failed[printable(path)] for path in absolute]

    def add(self, shape: NewShape) -> None:
        self.shapes[shape.source] = shape

    def pending(self, files: Sequence[SourceFile]) -> list[SourceFile | None]:
        return [replace(file, chosen=self.chosen) for file in files]

    def copy(self, file: SourceFile, first: str) -> int:
        self.shapes[file.path] = self.shapes[first]
        return 1

    def place(self, file: SourceFile, source: Source) -> None:
        raise AssertionError("a query is read as one shape")

    def finished(self, path: str, alive: Sequence[str] = ()) -> None:
        pass

    def fail(self, failure: Failure) -> None:
        self.failures.append(failure)

    def tick(self) -> None:
        pass

    def flush(self) -> None:
        pass


@dataclass(frozen=True)
class _About:
    """What workers were started for; field, up, align and device come with each file."""

    base_id: str
    encoder_id: str | None
    options: Options


@dataclass(frozen=True, eq=False)
class _Workers:
    about: _About
    settings: Settings
    engine: Engine


def _start(store: Store, about: _About, jobs: int) -> _Workers:
    """Errors: NoEncoder."""
    from . import worker
    from .settings import settings_for

    settings = settings_for(store, about.options)
    _dim(settings)
    options = replace(about.options, jobs=jobs) if about.options.engine == "local" else about.options
    return _Workers(about, settings, make_engine(options, worker.start, (pickle.dumps(settings),)))


def _dim(settings: Settings) -> int:
    """Errors: NoEncoder."""
    if settings.encoding is None:
        raise NoEncoder("the store has no encoder, so files have no embeddings; see `inrstore reencode`")
    return settings.encoding.part.dim


_everyone: WeakSet[FileQueries] = WeakSet()


def _forget_all() -> None:
    for queries in list(_everyone):
        queries.forget()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_all)
