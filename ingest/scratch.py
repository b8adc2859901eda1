"""Copies of what lies elsewhere, in folders that go when the last file in each is done, and all at the end."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path


class Scratch:
    """Folders for a run; only the thread that made it may use it."""

    def __init__(self) -> None:
        self._root: tempfile.TemporaryDirectory[str] | None = None
        self._left: dict[str, int] = {}  # by folder: files that are not done

    def new(self) -> str:
        """A folder with nothing in it."""
        self._root = self._root or tempfile.TemporaryDirectory(prefix="inrstore-")
        return tempfile.mkdtemp(dir=self._root.name)

    def hold(self, folder: str, files: int) -> None:
        """There are so many files in it that are to be read."""
        self._left[folder] = files

    def done(self, at: str) -> None:
        """A file that nobody reads any more, by where it lies; what lies elsewhere is left alone."""
        if self._root is None or not at.startswith(self._root.name):
            return
        root = Path(self._root.name)
        folder = str(root / Path(at).relative_to(root).parts[0])
        self._left[folder] = self._left.get(folder, 1) - 1
        if self._left[folder] <= 0:
            self.drop(folder)

    def drop(self, folder: str) -> None:
        self._left.pop(folder, None)
        shutil.rmtree(folder, ignore_errors=True)

    def close(self) -> None:
        if self._root is not None:
            self._root.cleanup()
            self._root = None
