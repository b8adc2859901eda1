"""Local files: written whole or not at all, and hashed."""

from __future__ import annotations

import errno
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

from .errors import BadInput, StorageFull

TEMPORARY = ".tmp-"
"""Names of files that are being written begin so."""
FULL = (errno.ENOSPC, errno.EDQUOT)


@contextmanager
def atomic_path(path: str | os.PathLike[str], *, durable: bool = False) -> Iterator[Path]:
    """The name of a temporary file beside `path`, with its ending; what is written there becomes `path` at the end.

    After an exception there is no temporary file, and `path` is as it was. A link is followed, not replaced. With
    `durable` the content outlives a loss of power once this has returned.

    Raises
    ------
    BadInput
        If there is no such directory.
    StorageFull
        If the disk is full, also for what the block itself writes.
    """
    target = Path(os.path.realpath(path))
    if not target.parent.is_dir():
        raise BadInput(f"{path}: the directory {target.parent} does not exist; create it first")
    temporary = target.with_name(f"{TEMPORARY}{uuid4().hex}{target.suffix}")
    with room(path):
        try:
            yield temporary
            if durable:
                sync(temporary)
            os.replace(temporary, target)
            if durable:
                sync(target.parent)
        finally:
            temporary.unlink(missing_ok=True)


def write_atomically(path: str | os.PathLike[str], content: bytes | memoryview, *, durable: bool = False) -> None:
    """Write a file as `atomic_path` does. Errors: BadInput, StorageFull."""
    with atomic_path(path, durable=durable) as temporary:
        temporary.write_bytes(content)


@contextmanager
def room(where: object) -> Iterator[None]:
    """Turns the system's word for a full disk, or a spent quota, into StorageFull."""
    try:
        yield
    except StorageFull:
        raise
    except OSError as error:
        if error.errno in FULL:
            sentence = f"{where}: the disk is full; free some space, then repeat"
            raise StorageFull(error.errno, sentence) from error
        raise


def sha256(path: str | os.PathLike[str]) -> str:
    """Hex digest of a file's bytes. Errors: OSError."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def sync(path: Path) -> None:
    """Make a file's content, or a directory's list of names, outlive a loss of power."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
