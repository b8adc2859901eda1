"""Copies, on this machine, of the models of a store that is remote, so that a command does not fetch them again."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

from .storage import Storage


def cache_dir() -> Path:
    """Where this machine keeps what belongs to remote stores; it can be deleted at any time."""
    return Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser() / "inrstore"


def copy_of(storage: Storage, folder: str) -> Path:
    """A local copy of a folder whose name ends with the hash of its content, fetched if need be."""
    target = cache_dir() / "parts" / folder
    if target.is_dir():
        return target
    target.parent.mkdir(parents=True, exist_ok=True)
    staged = Path(tempfile.mkdtemp(prefix=".tmp-", dir=target.parent))
    try:
        storage.download(folder, staged)
        if not any(staged.iterdir()):
            raise FileNotFoundError(f"no such folder in {storage}: {folder}")
        os.rename(staged, target)
    except OSError:
        if not target.is_dir():  # else another process was faster
            raise
    finally:
        shutil.rmtree(staged, ignore_errors=True)
    return target


def forget(folder: str) -> None:
    """Deletes the copy of a folder, so that it is fetched again."""
    shutil.rmtree(cache_dir() / "parts" / folder, ignore_errors=True)
