"""Long work: one after the other, beside the requests, written down so that it goes on after a restart.

A job is a line in a folder of the store's machine: what is asked, how far it is, how it ended. What was waiting or
running when the server ended, however that came, begins again with the next server on the same store; every kind of job
may be done twice.
"""

from __future__ import annotations

import json
import logging
import queue
import secrets
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from inrstore.errors import InrstoreError
from inrstore.files import write_atomically
from inrstore.progress import OnProgress, Progress

from .problems import Problem

WAITING, RUNNING, DONE, FAILED, CANCELLED = "waiting", "running", "done", "failed", "cancelled"
ENDED = (DONE, FAILED, CANCELLED)
KEPT = 100
"""Jobs that ended, the latest ones."""
MOST = 100
"""Jobs that may wait."""
LONG = 100_000
"""Bytes; what is longer of a job that ended is read from its file whenever it is asked for."""
log = logging.getLogger("inrstore.serve")


@dataclass(frozen=True)
class Job:
    """One, as it is now."""

    id: str
    kind: str
    asked: Mapping[str, Any]
    state: str = WAITING
    stage: str = ""
    done: int = 0
    total: int | None = None
    message: str = ""
    result: Any = None
    created: str = field(default_factory=lambda: datetime.now(UTC).isoformat())
    long: bool = False
    """Whether its result is only in its file."""

    def to_dict(self) -> dict[str, Any]:
        return {name: value for name, value in asdict(self).items() if name not in ("asked", "long")}


Do = Callable[[Mapping[str, Any], OnProgress], Any]
"""What a kind does; gives plain JSON."""


class _Cancelled(Exception):
    """Somebody cancelled the job that is under way."""


class Jobs:
    """The jobs of one server, worked on by one thread."""

    def __init__(self, folder: Path, kinds: Mapping[str, Do]) -> None:
        """Those of a server before that did not end are waiting again."""
        self.folder, self.kinds = folder, kinds
        self._changed = threading.Condition()
        self._of: dict[str, Job] = {}
        self._cancelled: set[str] = set()
        self._waiting: queue.Queue[str | None] = queue.Queue()
        self._closing = False
        folder.mkdir(parents=True, exist_ok=True)
        for job in sorted(map(_read_short, folder.glob("*.json")), key=lambda job: job.created):
            self._of[job.id] = job
            if job.state not in ENDED and job.kind in kinds:
                self._set(job, state=WAITING, message="it was stopped, and begins again")
                self._waiting.put(job.id)
        self._thread = threading.Thread(target=self._work, name="jobs", daemon=True)
        self._thread.start()

    def add(self, kind: str, asked: Mapping[str, Any]) -> Job:
        """Errors: Problem 429 if too many are waiting."""
        with self._changed:
            if sum(job.state == WAITING for job in self._of.values()) >= MOST:
                raise Problem(429, "busy", f"{MOST} jobs are waiting; ask again later", {"Retry-After": "30"})
            job = Job(secrets.token_hex(8), kind, dict(asked))
            self._set(job)
        self._waiting.put(job.id)
        return job

    def all(self) -> list[Job]:
        """The latest first."""
        with self._changed:
            return sorted(self._of.values(), key=lambda job: job.created, reverse=True)

    def get(self, id: str) -> Job:
        """Errors: Problem 404."""
        with self._changed:
            if id not in self._of:
                raise Problem(404, "job-not-found", f"there is no job {id[:40]!r}; GET /jobs lists all")
            return self._of[id]

    def whole(self, job: Job) -> Job:
        """With its result, however long that is."""
        return replace(_read(self.folder / f"{job.id}.json"), long=False) if job.long else job

    def under_way(self, kind: str, asked: Mapping[str, Any]) -> Job | None:
        """One that was asked for the same and has not ended."""
        return next((j for j in self.all() if (j.kind, j.asked) == (kind, asked) and j.state not in ENDED), None)

    def cancel(self, id: str) -> Job:
        """One that waits ends at once, one that runs at its next step. Errors: Problem 404."""
        with self._changed:
            job = self.get(id)
            if job.state not in ENDED:
                self._cancelled.add(id)
                if job.state == WAITING:
                    self._set(job, state=CANCELLED)
            return self._of[id]

    def follow(self, id: str, seconds: float = 15.0) -> Iterator[Job | None]:
        """The job whenever it changes, until it has ended; None where nothing did for a while. Errors: Problem 404."""
        last = None
        while True:
            with self._changed:
                job = self.get(id)
                if job == last and not self._closing:
                    self._changed.wait(seconds)
                    job = self._of.get(id, job)
            yield None if job == last else job
            if job.state in ENDED or self._closing:
                return
            last = job

    def close(self) -> None:
        """The job that runs stops at its next step, and begins again with the next server."""
        with self._changed:
            self._closing = True
            self._changed.notify_all()
        self._waiting.put(None)
        self._thread.join(timeout=10)

    def _work(self) -> None:
        while (id := self._waiting.get()) is not None and not self._closing:
            job = self.get(id)
            if job.state == WAITING:
                self._run(self._set(job, state=RUNNING, message=""))

    def _run(self, job: Job) -> None:
        def heard(progress: Progress) -> None:
            if self._closing or job.id in self._cancelled:
                raise _Cancelled
            said = {"stage": progress.stage, "done": progress.done, "total": progress.total}
            self._set(self._of[job.id], keep=False, **said)

        try:
            result = self.kinds[job.kind](job.asked, heard)
            self._set(self._of[job.id], state=DONE, result=result)
        except _Cancelled:
            if not self._closing:
                self._set(self._of[job.id], state=CANCELLED)
        except InrstoreError as error:
            self._set(self._of[job.id], state=FAILED, message=str(error))
        except Exception as error:
            log.exception("job %s (%s)", job.id, job.kind)
            self._set(self._of[job.id], state=FAILED, message=f"an unexpected {type(error).__name__}; see the log")

    def _set(self, job: Job, keep: bool = True, **changes: Any) -> Job:
        """Written down where the server's end must not lose it; how far it is need not be."""
        job = replace(job, **changes)
        with self._changed:
            self._of[job.id] = job
            if keep:
                data = json.dumps(asdict(job)).encode()
                write_atomically(self.folder / f"{job.id}.json", data)
                self._of[job.id] = _short(job, len(data))
            ended = [one for one in self.all() if one.state in ENDED]
            for old in ended[KEPT:]:
                del self._of[old.id]
                (self.folder / f"{old.id}.json").unlink(missing_ok=True)
            self._changed.notify_all()
        return job


def _short(job: Job, size: int) -> Job:
    """As it is kept in memory, where it takes so many bytes on disk."""
    return replace(job, result=None, long=True) if size > LONG and job.state in ENDED else job


def _read_short(path: Path) -> Job:
    return _short(_read(path), path.stat().st_size)


def _read(path: Path) -> Job:
    try:
        return Job(**json.loads(path.read_bytes()))
    except (ValueError, TypeError):  # half a file cannot be: it is written whole, or by somebody else
        return Job(path.stem, "", {}, FAILED, message="what was written of it cannot be read")
