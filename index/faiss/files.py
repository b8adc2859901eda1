"""A FAISS index on disk: a manifest, the rows as FAISS saves them, and their keys.

    indexes/<name>/manifest.json      the truth: names the others and their SHA-256
    indexes/<name>/<hash>.faiss       the rows
    indexes/<name>/<hash>.npy         (n,) int64: the key of each row there
    indexes/<name>/<hash>.npz         what was added and removed since, see `held`; only where something was
    indexes/<name>/<hash>.f16         the rows at 16 bits a number, see `halves`; only of rows that are codes
    indexes/<name>/lock               held by whoever refreshes

Files are named by their content and never change, so replacing the manifest is the one atomic step, and a
reader that has mapped the former file keeps it. One that has read the former manifest may find its files gone;
it then finds another manifest, and starts again. All this is derived from the store: damage means a rebuild.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import numpy as np

from inrstore.errors import InrstoreError
from inrstore.files import TEMPORARY, room, sha256, sync, write_atomically
from inrstore.settings import convert

from ..protocol import Keys

FORMAT = 3
MANIFEST = "manifest.json"
LOCK = "lock"
ORPHAN_AGE = 3600.0
"""Seconds after which a file that no manifest names is from a crash, not from a writer at work."""


class IndexDamaged(InrstoreError, ValueError):
    """A file of the index is missing, altered or unreadable; the answer is a rebuild."""


@dataclass(frozen=True)
class File:
    """One file of an index, as it was when it was written."""

    name: str
    sha256: str
    bytes: int
    modified: int = 0
    """Times of the file in nanoseconds, as they were when it was checked; whoever sets `modified` back cannot
    set `changed` back (on Windows that is the time of creation)."""
    changed: int = 0


NO_FILE = File("", "", 0)
"""Stands in a manifest whose files are yet to be written."""


@dataclass(frozen=True)
class Manifest:
    """What an index is made of."""

    store: str
    """Id of the store that it was made for; empty in one of format 1."""
    encoder: str | None
    backend: str
    parameters: Mapping[str, int]
    budget: Mapping[str, Any] | None
    """What `index.choose` went by (memory, latency), to choose anew at a rebuild; None if not asked."""
    reason: str
    generation: int
    count: int
    dim: int
    built: int
    """Rows at the last full build."""
    vectors: File = NO_FILE
    keys: File = NO_FILE
    changes: File = NO_FILE
    halves: File = NO_FILE
    format: int = FORMAT

    @property
    def files(self) -> list[File]:
        """Those that there are."""
        return [file for file in (self.vectors, self.keys, self.changes, self.halves) if file.name]


def exclusive(directory: Path) -> AbstractContextManager[object]:
    """The right to change the index, waited for; the system takes it back from a process that dies.

    Also between threads. Where the file system has no locks, `filelock` makes do with a file that holds the
    number of the process, and breaks it once that process is gone.
    """
    from filelock import FileLock

    return FileLock(directory / LOCK, thread_local=False, poll_interval=0.01)


def stamp(directory: Path) -> tuple[int, int, int] | None:
    """What changes whenever the manifest is replaced, which is done whole; None where there is none."""
    try:
        found = (directory / MANIFEST).stat()
    except OSError:
        return None
    return found.st_ino, found.st_mtime_ns, found.st_size


def read_manifest(directory: Path) -> Manifest | None:
    """The manifest, None where there is no index; IndexDamaged if it cannot be understood."""
    try:
        record: dict[str, Any] = json.loads((directory / MANIFEST).read_bytes())
        if record.get("format") == 1:
            record |= {"format": 2, "store": "", "encoder": record.pop("model")}
        if record.get("format") == 2:  # had neither changes nor halves
            record["format"] = FORMAT
        if record.get("format") != FORMAT:
            raise IndexDamaged(f"index {directory} is of format {record.get('format')}, not {FORMAT}")
        return convert(Manifest, record, MANIFEST)
    except FileNotFoundError:
        return None
    except (ValueError, TypeError, KeyError, AttributeError) as error:  # BadInput is the first of these
        raise IndexDamaged(f"manifest {directory / MANIFEST} is unreadable: {error}") from error


def check(directory: Path, manifest: Manifest, *, quick: bool = False) -> None:
    """Compare every file with its checksum; IndexDamaged names the first that differs.

    `quick` trusts a file of the recorded size and times, so it misses what a failing disk alters in silence.
    """
    for file in manifest.files:
        path = directory / file.name
        try:
            found = path.stat()
            untouched = quick and (found.st_mtime_ns, found.st_ctime_ns) == (file.modified, file.changed)
            intact = found.st_size == file.bytes and (untouched or sha256(path) == file.sha256)
        except OSError as error:
            raise IndexDamaged(f"index file {path} cannot be read: {error.strerror}") from error
        if not intact:
            raise IndexDamaged(f"index file {path} was altered or cut short")


def write_keys(path: Path, keys: Keys) -> None:
    with path.open("wb") as stream:
        np.save(stream, keys, allow_pickle=False)


def read_keys(path: Path) -> Keys:
    keys: Keys = np.load(path, allow_pickle=False)
    return keys


def place(directory: Path, suffix: str, write: Callable[[Path], None]) -> File:
    """Let `write` fill a temporary file, sync it, and give it the name of its content."""
    temporary = directory / f"{TEMPORARY}{uuid4().hex}{suffix}"
    with room(directory):
        try:
            write(temporary)
            sync(temporary)
            digest = sha256(temporary)
            path = directory / (digest[:24] + suffix)
            os.replace(temporary, path)
            found = path.stat()  # not before, because a new name is a change too
        finally:
            temporary.unlink(missing_ok=True)
    return File(path.name, digest, found.st_size, found.st_mtime_ns, found.st_ctime_ns)


def write_manifest(directory: Path, manifest: Manifest, former: Manifest | None) -> None:
    """Switch to `manifest`, then drop the files of `former` and what a crash left behind."""
    text = json.dumps(asdict(manifest), indent=2, sort_keys=True) + "\n"
    write_atomically(directory / MANIFEST, text.encode(), durable=True)
    kept = {MANIFEST, LOCK, *(file.name for file in manifest.files)}
    replaced = set() if former is None else {file.name for file in former.files}
    for path in directory.iterdir():
        if path.name not in kept and (path.name in replaced or _is_orphan(path)):
            with suppress(OSError):  # Windows refuses while a reader has it mapped; the next writer drops it
                path.unlink(missing_ok=True)


def empty(directory: Path) -> None:
    """Delete all but the lock, the manifest first, so that nobody finds files gone that it names."""
    (directory / MANIFEST).unlink(missing_ok=True)
    for path in directory.iterdir():
        if path.name != LOCK:
            with suppress(OSError):
                path.unlink(missing_ok=True)


def _is_orphan(path: Path) -> bool:
    try:
        return time.time() - path.stat().st_mtime > ORPHAN_AGE
    except FileNotFoundError:  # another writer was quicker
        return False
