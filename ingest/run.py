"""One run over many files: which are new, what became of each, how fast it goes."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Protocol

from inrstore.files import sha256
from inrstore.progress import Meter, OnProgress, Progress
from inrstore.records import Failure, NewShape

from .discover import Found, SourceFile, unreadable
from .engines import Done, LocalEngine
from .files.geometry import Limits
from .settings import Settings
from .worker import Prepared, finish, prepare
from .worker import run as run_file

__all__ = ["GPU_BATCH", "Progress", "Run", "Sink"]

GPU_BATCH = 256
BLOCK_FILES, BLOCK_BYTES, BLOCK_SECONDS = 256, 64 * 2**20, 0.5
"""Files are looked up together: so many, or of so many bytes, or that took so long to hash."""


class Sink(Protocol):
    """Where outcomes go: `writer.Writer`, or a dictionary when nothing is to be stored."""

    stored: int
    skipped: int
    failures: list[Failure]

    def pending(self, files: Sequence[SourceFile]) -> list[SourceFile | None]: ...
    def add(self, shape: NewShape) -> None: ...
    def copy(self, file: SourceFile, first: str) -> None: ...
    def fail(self, failure: Failure) -> None: ...
    def tick(self) -> None: ...
    def flush(self) -> None: ...


class Run:
    """Takes files to their outcomes; the sink does what is to be done with each."""

    def __init__(self, sink: Sink, found: Found, limits: Limits, on_progress: OnProgress | None = None) -> None:
        self.sink, self.found, self.limits = sink, found, limits
        self._first: dict[str, str] = {}  # path of the first file with these bytes, by their hash
        self._refused: dict[str, Failure] = {}  # by hash
        self._copies: list[SourceFile] = []
        self._meter = Meter(on_progress, len(found.sources) + len(found.failures))

    def files(self) -> Iterator[SourceFile]:
        """The files to read, in order; those that need no work are settled on the way."""
        for failure in self.found.failures:
            self._fail(failure)
        for block in self._blocks():
            for file, pending in zip(block, self.sink.pending(block), strict=True):
                if file.sha256 in self._first:
                    self._copies.append(file)
                elif pending:
                    self._first[file.sha256] = file.path
                    yield pending
                else:
                    self._report(file.path)

    def _blocks(self) -> Iterator[list[SourceFile]]:
        """The files with their hashes, some at a time; those that cannot be hashed are failures."""
        block: list[SourceFile] = []
        size, began = 0, time.monotonic()
        for source in self.found.sources:
            file = self._hashed(source)
            if isinstance(file, Failure):
                self._fail(file)
                continue
            block.append(file)
            size += file.size
            if len(block) >= BLOCK_FILES or size >= BLOCK_BYTES or time.monotonic() - began > BLOCK_SECONDS:
                yield block
                block, size, began = [], 0, time.monotonic()
        if block:
            yield block

    def _hashed(self, file: SourceFile) -> SourceFile | Failure:
        try:
            size = os.path.getsize(file.path)
            if refusal := self.limits.too_large(size):
                return Failure(file.path, refusal, "read")
            return replace(file, sha256=sha256(file.path), size=size)
        except OSError as error:
            return Failure(file.path, unreadable(error), "read")

    def _fail(self, failure: Failure) -> None:
        self.sink.fail(failure)
        self._report(failure.path)

    def plan(self) -> list[str]:
        """What `work` would read, with everything else counted."""
        planned = [file.path for file in self.files()]
        self._settle_copies()
        return planned

    def work(self, engine: LocalEngine, settings: Settings, device: str) -> None:
        """Everything from reading to the sink, which is flushed also when this is interrupted."""
        try:
            if device == "cpu":
                for done in engine.run(run_file, self.files()):
                    self._settle(done) if done else self.sink.tick()
            else:
                self._work_in_batches(engine, settings, device)
        finally:
            self.sink.flush()
        self._settle_copies()

    def _work_in_batches(self, engine: LocalEngine, settings: Settings, device: str) -> None:
        """Workers prepare samples, this process fits whatever is ready, up to `GPU_BATCH` at once."""
        ready: list[Prepared] = []
        ahead = max(2, 2 * GPU_BATCH // engine.jobs)
        for done in engine.run(prepare, self.files(), ahead):
            result = done.result if done else None
            if isinstance(result, Prepared):
                ready.append(result)
            elif done:
                self._settle(Done(done.task, result, done.problem, done.stage))
            if len(ready) >= GPU_BATCH or (ready and not done):
                self._fit(ready, settings, device)
                ready = []
            self.sink.tick()
        self._fit(ready, settings, device)

    def _fit(self, ready: list[Prepared], settings: Settings, device: str) -> None:
        if ready:
            for prepared, outcome in zip(ready, finish(ready, settings, device), strict=True):
                self._settle(Done(prepared.file, outcome))

    def _settle(self, done: Done[SourceFile, NewShape | Failure]) -> None:
        file, outcome = done.task, done.result
        if isinstance(outcome, NewShape):
            self.sink.add(outcome)
        else:
            failure = outcome or Failure(file.path, done.problem or "", done.stage)
            self._refused[file.sha256] = failure
            self.sink.fail(failure)
        self._report(file.path)

    def _settle_copies(self) -> None:
        """Files with the bytes of another of this run share its outcome, once that is known."""
        for file in self._copies:
            if file.sha256 in self._refused:
                self.sink.fail(replace(self._refused[file.sha256], path=file.path))
            else:
                self.sink.copy(file, self._first[file.sha256])
            self._report(file.path)
        self._copies = []
        self.sink.flush()

    def _report(self, current: str) -> None:
        sink = self.sink
        self._meter.step(current, stored=sink.stored, skipped=sink.skipped, failed=len(sink.failures))
