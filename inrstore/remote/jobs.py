"""The part of a remote store that stores files, and follows long work on the server."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import IO

import msgspec

from inrstore.errors import BadInput, InrstoreError, ServerNotFound
from inrstore.progress import OnProgress, Progress

from . import replies
from .catalogue import Catalogue
from .records import Job

DATA = "data:"
PAUSE = 1.0
"""Seconds before a job is asked about again whose news broke off."""


class Work(Catalogue):
    """See `Catalogue` for the errors that every method may raise."""

    def add(self, path: str | os.PathLike[str], label: str | None = None) -> Job:
        """Send a file, which a job on the server stores; `wait` tells what shapes it became.

        Raises
        ------
        BadInput
            If there is no such file, or it is empty, larger than the server takes or of a kind that is not read.
        StorageFull
            If the server's disk is full.
        """
        with opened(path) as file:
            form = {"file": file, "name": Path(path).name, "data": {} if label is None else {"label": label}}
            return self.job(self.transport.post("/shapes", replies.Begun, **form).job)

    def job(self, id: str | Job) -> Job:
        """How far a job is. Errors: InrstoreError if there is none of this id."""
        return self.transport.get(_path(id), Job)

    def jobs(self) -> list[Job]:
        """All jobs, the latest first; of those that ended, a hundred."""
        return self.transport.get("/jobs", replies.Jobs)

    def cancel(self, id: str | Job) -> Job:
        """Cancel a job; what it has stored stays. Errors: InrstoreError if there is none of this id."""
        return self.transport.delete(_path(id), Job)

    def wait(self, id: str | Job, on_progress: OnProgress | None = None) -> Job:
        """A job once it is done, which may take minutes; `on_progress` hears how far it is.

        Errors: InrstoreError if it fails, which says why, if somebody cancels it, or if there is none of this id.
        """
        found = self._follow(_path(id), on_progress)
        while not found.ended:  # the server said that it would end, or did
            time.sleep(PAUSE)
            found = self._follow(_path(id), on_progress)
        if found.state == "failed":
            raise InrstoreError(found.message or f"the job {found.id} failed; the server's log may say why")
        if found.state == "cancelled":
            raise InrstoreError(f"the job {found.id} was cancelled; ask for it again if it is still wanted")
        return found

    def _follow(self, path: str, on_progress: OnProgress | None) -> Job:
        """The last that is heard of a job."""
        found: Job | None = None
        with self.transport.stream("GET", f"{path}/events", headers={"Accept-Encoding": "identity"}) as response:
            for line in self.transport.lines(response):
                if not line.startswith(DATA):
                    continue
                found = _read(line.removeprefix(DATA))
                if on_progress is not None:
                    on_progress(Progress(found.done, found.total, stage=found.stage or found.state))
        return found or self.transport.get(path, Job)


def opened(path: str | os.PathLike[str]) -> IO[bytes]:
    """A file to send. Errors: BadInput."""
    try:
        return Path(path).open("rb")
    except OSError as error:
        raise BadInput(f"{path}: cannot be read ({error.strerror}); give the path of a file") from error


def _path(id: str | Job) -> str:
    """Errors: BadInput."""
    name = id.id if isinstance(id, Job) else id
    if not (isinstance(name, str) and name.isalnum() and name.isascii()):
        raise BadInput(f"{name!r} is no id of a job; jobs() lists all")
    return f"/jobs/{name}"


def _read(line: str) -> Job:
    try:
        return msgspec.json.decode(line, type=Job)
    except msgspec.MsgspecError as error:
        raise ServerNotFound(f"the server tells of a job in another way than this version knows ({error})") from error
