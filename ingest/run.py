"""One run over many files: which are new, what became of each, how fast it goes."""

from __future__ import annotations

import os
import time
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from inrstore.progress import Meter, OnProgress, Progress
from inrstore.records import Failure, NewShape, Source

from .archives import Archives, unpacked
from .batches import fitted
from .discover import Found, SourceFile
from .engines import Done, Engine
from .files import is_bundle, may_be_shape
from .files.bundle import Contents
from .files.geometry import Limits
from .hashing import Ended, Hashing
from .objects import Batch, opened
from .scratch import Scratch
from .settings import Settings
from .sink import Sink
from .sources.reading import carrying
from .worker import Prepared, prepare_all, run_all

GPU_BATCH = 256
BLOCK_FILES, BLOCK_BYTES, BLOCK_SECONDS = 256, 64 * 2**20, 0.5
"""Files are looked up together: so many, or of so many bytes, or that took so long to hash."""


class Run:
    """Takes files to their outcomes; the sink does what is to be done with each."""

    def __init__(self, sink: Sink, found: Found, limits: Limits, on_progress: OnProgress | None = None) -> None:
        self.sink, self.found, self.limits = sink, found, limits
        self._first: dict[str, str] = {}  # path of the first file with these bytes, by their hash
        self._refused: dict[str, list[Failure]] = {}  # by hash
        self._copies: list[SourceFile] = []
        self._later: deque[SourceFile] = deque()  # what files turned out to hold
        self._open: dict[str, int] = {}  # tasks under way of each file whose objects are shapes of their own
        self._ready: list[Prepared] = []
        self._meter = Meter(on_progress, len(found.sources) + len(found.failures))
        self._scratch = Scratch()
        self._archives = Archives(found.facts, self._scratch)
        self._hashing = Hashing(found, limits, self._scratch, self._meter.grow)
        self._far = False
        self._on_progress = on_progress

    def files(self) -> Iterator[SourceFile]:
        """The files to read, in order; those that need no work are settled on the way."""
        for failure in self.found.failures:
            self._fail(failure)
        for block in self._blocks():
            yield from self._admitted(block)

    def _admitted(self, files: Sequence[SourceFile]) -> Iterator[SourceFile]:
        """Those of some files, with their hashes, that are to be read."""
        bundles = [is_bundle(file.path) and file.scene for file in files]
        yield from (file for file, bundle in zip(files, bundles, strict=True) if bundle)
        others = [file for file, bundle in zip(files, bundles, strict=True) if not bundle]
        before = self.sink.skipped
        found = self.sink.pending(others)
        more = self.sink.skipped - before - found.count(None)  # objects that files hold beside their first
        self._meter.grow(more)
        self._report("", more)
        for file, pending in zip(others, found, strict=True):
            if pending is not None and file.sha256 not in self._first:
                self._first[file.sha256] = file.path
                yield pending
                continue
            self._scratch.done(file.at)
            if pending is None:
                self._report(file.path)
            else:
                self._copies.append(pending if file.scene else file)

    def _blocks(self) -> Iterator[list[SourceFile]]:
        """The files with their hashes, some at a time; those that cannot be hashed are failures."""
        block: list[SourceFile] = []
        size, began = 0, time.monotonic()
        for file in self._hashing:
            if isinstance(file, Failure):
                self._fail(file)
            elif isinstance(file, Ended):
                self.sink.finished(file.path, file.members)
            else:
                block.append(file)
                size += file.size
            if len(block) >= BLOCK_FILES or size >= BLOCK_BYTES or time.monotonic() - began > BLOCK_SECONDS:
                yield block
                block, size, began = [], 0, time.monotonic()
        if block:
            yield block

    def _fail(self, failure: Failure) -> None:
        self.sink.fail(failure)
        self._report(failure.path)

    def plan(self) -> list[str]:
        """What `work` would read, with everything else counted."""
        planned: list[str] = []
        try:
            for file in self.files():
                planned += self._planned(file)
                self._scratch.done(file.at)
        finally:
            self._hashing.close()
        self._settle_copies()
        return planned

    def _planned(self, file: SourceFile) -> list[str]:
        if not (file.scene and is_bundle(file.path)):
            return [file.path]
        found = opened(file, self.limits)
        models = self._archives.models(file, found) if isinstance(found, Contents) else [file]
        self._meter.grow(len(models) - 1)
        return [model.path for model in (self._admitted(models) if models != [file] else models)]

    def work(self, engine: Engine, settings: Settings, device: str) -> None:
        """Everything from reading to the sink, which is flushed also when this is interrupted."""
        self._far = engine.far
        self._hashing.beside = engine.beside if engine.far else None
        try:
            files = self.files()
            once = True
            while once or self._later:  # the last file may turn out to hold more
                once = False
                if device == "cpu":
                    hears = self._told if self._on_progress else None
                    for done in engine.run(run_all, self._tasks(files), on_told=hears):
                        self._settle(done, engine.jobs) if done else self.sink.tick()
                else:
                    for fits in fitted(engine, self._batches(engine, files), settings, device):
                        self._fitted(*fits) if fits else self.sink.tick()
        finally:
            self.sink.flush()
            self._hashing.close()
        self._settle_copies()

    def _told(self, file: SourceFile, progress: Progress) -> None:
        """Of a file that is all there is, its own stages are told; of several, how many are done."""
        if self._on_progress is not None and self._meter.total == 1:
            self._on_progress(progress)

    def _tasks(self, files: Iterator[SourceFile]) -> Iterator[SourceFile]:
        """The files, and as soon as it is known what they hold, that."""
        for file in files:
            while self._later:
                yield self._task(self._later.popleft())
            yield self._task(file)
        while self._later:
            yield self._task(self._later.popleft())

    def _task(self, file: SourceFile) -> SourceFile:
        return carrying(file) if self._far and file.at else file

    def _batches(self, engine: Engine, files: Iterator[SourceFile]) -> Iterator[list[Prepared]]:
        """What is prepared, up to `GPU_BATCH` files; if this process fits them, workers get enough to do meanwhile."""
        ahead = 2 if engine.gpus else max(2, 2 * GPU_BATCH // engine.jobs)
        for done in engine.run(prepare_all, self._tasks(files), ahead):
            if done:
                self._settle(done, engine.jobs)
            while len(self._ready) >= GPU_BATCH or (self._ready and not done):
                yield self._batch()
            self.sink.tick()
        while self._ready:
            yield self._batch()

    def _batch(self) -> list[Prepared]:
        batch, self._ready = self._ready[:GPU_BATCH], self._ready[GPU_BATCH:]
        return batch

    def _fitted(self, batch: list[Prepared], outcomes: Sequence[NewShape | Failure]) -> None:
        for prepared, outcome in zip(batch, outcomes, strict=True):
            self._take(prepared.file, outcome)
            if isinstance(outcome, Failure):
                for source in prepared.file.further:
                    self._take(prepared.file, replace(outcome, path=source.path))

    def _settle(self, done: Done[SourceFile, Any], jobs: int) -> None:
        file, result = done.task, done.result
        if isinstance(result, Contents):
            self._open_archive(file, result)
        elif result is None and file.scene and file.only and len(file.only) > 1:  # one of several; which?
            self._share(file, file.only, (len(file.only) + 1) // 2)
            self._finish(file)
        else:
            batch = result or Batch([Failure(path, done.problem or "", done.stage) for path in _paths(file)])
            if file.scene and is_bundle(file.path) and file.only:  # it could not be unpacked
                for model in self._archives.lost(file):
                    self._take(model, replace(batch.items[0], path=model.path))
                return
            self._settle_batch(file, batch, jobs)

    def _settle_batch(self, file: SourceFile, batch: Batch[Any], jobs: int) -> None:
        if file.only is None:
            self._meter.grow(max(0, batch.objects - len(file.done) - 1))
        for item in batch.items:
            self._take(file, item)
        if batch.rest:
            self._share(file, batch.rest, min(len(batch.items), -(-len(batch.rest) // jobs)))
        if file.scene or file.at:
            self._finish(file)

    def _share(self, file: SourceFile, objects: Sequence[tuple[str, ...]], size: int) -> None:
        """Further tasks for a file, so many objects each."""
        parts = [tuple(objects[start : start + size]) for start in range(0, len(objects), size)]
        self._open[file.path] = self._open.get(file.path, 1) + len(parts)
        self._later += [replace(file, only=part) for part in parts]

    def _finish(self, file: SourceFile) -> None:
        """A task of a file is done, and perhaps the file."""
        left = self._open.pop(file.path, 1) - 1
        if left:
            self._open[file.path] = left
        else:
            self.sink.finished(file.path)
            self._scratch.done(file.at)

    def _take(self, file: SourceFile, outcome: Prepared | NewShape | Source | Failure) -> None:
        """What became of a file or of an object in it."""
        if isinstance(outcome, Prepared):
            self._ready.append(outcome)
        elif isinstance(outcome, NewShape):
            self.sink.add(outcome)
            self._report(outcome.source, 1 + len(outcome.further))
        elif isinstance(outcome, Source):
            self.sink.place(file, outcome)
            self._report(outcome.path)
        else:
            self._refused.setdefault(file.sha256, []).append(outcome)
            self._fail(outcome)

    def _open_archive(self, archive: SourceFile, found: Contents) -> None:
        """An archive of which is known what it holds, or which is unpacked."""
        if archive.only is not None:
            models = self._archives.unpacked(archive)
            self._later += [model for model in models if self._may_be_shape(model)]
            return
        models = self._archives.models(archive, found)
        failures = [Failure(f"{archive.path}#{name}", reason, "load") for name, reason in found.refused.items()]
        self.found.refused.extend(f"{archive.path}#{name}" for name in found.foreign)
        if not models and not failures and not found.foreign and os.path.dirname(archive.path) in self.found.folders:
            self.found.ignored.append(archive.path)
        elif not models and not failures:
            failures = [Failure(archive.path, found.nothing(), "load")]
        self._meter.grow(len(models) + len(failures) - 1)
        for failure in failures:
            self._fail(failure)
        self.sink.finished(archive.path, [model.path for model in models])
        wanted = list(self._admitted(models))
        if not wanted:
            self._scratch.done(archive.at)
            return
        unpacking = self._archives.unpacking(archive, wanted)
        if self._far:  # the folder is here
            self._settle(Done(unpacking, unpacked(unpacking, self.limits)), 1)
        else:
            self._later.append(unpacking)

    def _may_be_shape(self, model: SourceFile) -> bool:
        """Whether a model is to be read; arrays that are no shapes are passed over, as on a walk."""
        if may_be_shape(model.at):
            return True
        self.found.ignored.append(model.path)
        self._scratch.done(model.at)
        self._report(model.path)
        return False

    def _settle_copies(self) -> None:
        """Files with the bytes of another of this run share its outcome, once that is known."""
        for file in self._copies:
            first = self._first[file.sha256]
            failures = [replace(f, path=file.path + f.path[len(first) :]) for f in self._refused.get(file.sha256, [])]
            copied = 0
            if not any(failure.path == file.path for failure in failures):
                copied = self.sink.copy(file, first)
            self._meter.grow(copied + len(failures) - 1)
            for failure in failures:
                self._fail(failure)
            self._report(file.path, copied)
        self._copies = []
        self.sink.flush()

    def _report(self, current: str, count: int = 1) -> None:
        sink = self.sink
        if count:
            self._meter.step(current, count, stored=sink.stored, skipped=sink.skipped, failed=len(sink.failures))


def _paths(file: SourceFile) -> list[str]:
    """What a task was about: a file, or some objects in it."""
    return [file.path + end for ends in file.only for end in ends] if file.only and file.scene else [file.path]
