"""One run over many files: which are new, what became of each, how fast it goes."""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from inrstore.records import Failure, NewShape

from .discover import Found, unreadable
from .engines import Done, LocalEngine
from .files.geometry import Limits
from .worker import Prepared, Refused, Settings, Task, finish, prepare
from .worker import run as run_task

GPU_BATCH = 256


@dataclass(frozen=True)
class Progress:
    """How far a run is; `rate` is files a second, `eta` the seconds that are left at that rate."""

    done: int
    total: int
    stored: int
    skipped: int
    failed: int
    rate: float
    eta: float | None
    current: str


class Sink(Protocol):
    """Where outcomes go: `writer.Writer`, or a dictionary when nothing is to be stored."""

    stored: int
    skipped: int
    failures: list[Failure]

    def add(self, shape: NewShape) -> None: ...
    def pending(self, task: Task) -> Task | None: ...
    def copy(self, task: Task, first: str) -> None: ...
    def fail(self, failure: Failure) -> None: ...
    def tick(self) -> None: ...
    def flush(self) -> None: ...


class Run:
    """Takes sources to their outcomes; the sink does what is to be done with each."""

    def __init__(
        self,
        sink: Sink,
        found: Found,
        limits: Limits,
        on_progress: Callable[[Progress], None] | None = None,
    ) -> None:
        self.sink, self.found, self.limits, self.on_progress = sink, found, limits, on_progress
        self._first: dict[str, str] = {}  # path of the first file with these bytes, by their hash
        self._refused: dict[str, Failure] = {}  # by hash
        self._copies: list[Task] = []
        self._started = time.monotonic()
        self._total, self._done = len(found.sources) + len(found.failures), 0

    def tasks(self) -> Iterator[Task]:
        """The files to read, in order; those that need no work are settled on the way."""
        for failure in self.found.failures:
            self._fail(failure)
        for source in self.found.sources:
            try:
                size = os.path.getsize(source.path)
                refusal = self.limits.too_large(size)
                sha256 = "" if refusal else _hash(source.path)
            except OSError as error:
                refusal = unreadable(error)
            if refusal:
                self._fail(Failure(source.path, refusal, "read"))
                continue
            task = Task(source.path, sha256, size, source.name, source.label, source.tags)
            if sha256 in self._first:
                self._copies.append(task)
            elif pending := self.sink.pending(task):
                self._first[sha256] = task.path
                yield pending
            else:
                self._report(task.path)

    def _fail(self, failure: Failure) -> None:
        self.sink.fail(failure)
        self._report(failure.path)

    def plan(self) -> list[str]:
        """What `work` would read, with everything else counted."""
        planned = [task.path for task in self.tasks()]
        self._settle_copies()
        return planned

    def work(self, engine: LocalEngine, settings: Settings, device: str) -> None:
        """Everything from reading to the sink, which is flushed also when this is interrupted."""
        try:
            if device == "cpu":
                for done in engine.run(run_task, self.tasks()):
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
        for done in engine.run(prepare, self.tasks(), ahead):
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
                self._settle(Done(prepared.task, outcome))

    def _settle(self, done: Done[Task, NewShape | Refused]) -> None:
        if isinstance(done.result, NewShape):
            self.sink.add(done.result)
        else:
            reason, stage = (done.problem or "", done.stage)
            if done.result is not None:
                reason, stage = done.result.reason, done.result.stage
            failure = Failure(done.task.path, reason, stage)
            self._refused[done.task.sha256] = failure
            self.sink.fail(failure)
        self._report(done.task.path)

    def _settle_copies(self) -> None:
        """Files with the bytes of another of this run share its outcome, once that is known."""
        for task in self._copies:
            if task.sha256 in self._refused:
                self.sink.fail(replace(self._refused[task.sha256], path=task.path))
            else:
                self.sink.copy(task, self._first[task.sha256])
            self._report(task.path)
        self._copies = []

    def _report(self, current: str) -> None:
        self._done += 1
        if self.on_progress is None:
            return
        elapsed = max(time.monotonic() - self._started, 1e-9)
        rate = self._done / elapsed
        left = (self._total - self._done) / rate
        sink = self.sink
        self.on_progress(
            Progress(self._done, self._total, sink.stored, sink.skipped, len(sink.failures), rate, left, current)
        )


def _hash(path: str) -> str:
    with Path(path).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
