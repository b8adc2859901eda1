"""Where a store lies: a local directory or a URL, through pyarrow's file systems.

Paths below the root are relative and written with /. A file appears whole under its name or not at all.
"""

from __future__ import annotations

import errno
import hashlib
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pyarrow import fs

from inrstore.errors import BadInput, StorageFull

TEMPORARY = ".tmp-"
OBJECT_STORES = ("s3", "gcs", "abfs")
"""Here an object shows once its upload is complete, and there are no directories."""


class Storage:
    """A directory on any file system that pyarrow knows."""

    def __init__(self, url: str | Path) -> None:
        text = os.fspath(url)
        self.local: Path | None = None
        try:
            if "://" in text:
                self.fs, self.root = _resolve(text)
            else:
                self.fs, self.root = fs.LocalFileSystem(), os.path.abspath(os.path.expanduser(text))
        except (ValueError, NotImplementedError, OSError) as error:
            raise BadInput(f"store {text!r} is neither a directory nor a URL that pyarrow opens: {error}") from error
        if isinstance(self.fs, fs.LocalFileSystem):
            self.local = Path(self.root)
        self.url = str(self.local) if self.local else text

    def __str__(self) -> str:
        return self.url

    def path(self, name: str) -> str:
        return f"{self.root.rstrip('/')}/{name}" if name else self.root

    def exists(self, name: str = "") -> bool:
        return bool(self.fs.get_file_info(self.path(name)).type != fs.FileType.NotFound)

    def read(self, name: str) -> bytes:
        """The whole file; FileNotFoundError when there is none."""
        with self.fs.open_input_stream(self.path(name)) as stream:
            return bytes(stream.read())

    def sha256(self, name: str) -> str:
        digest = hashlib.sha256()
        with self.fs.open_input_stream(self.path(name)) as stream:
            while block := stream.read(1 << 22):
                digest.update(block)
        return digest.hexdigest()

    def write(self, name: str, content: bytes | memoryview) -> None:
        """Durable when it returns. Errors: StorageFull, with nothing left behind."""
        folder, _, last = name.rpartition("/")
        whole = self.fs.type_name in OBJECT_STORES
        temporary = name if whole else f"{folder}/{TEMPORARY}{last}".lstrip("/")
        with self._no_space(temporary):
            if not whole:
                self._make(folder)
            with self.fs.open_output_stream(self.path(temporary)) as stream:
                stream.write(content)
            if self.local:
                _fsync(self.local / temporary)
            if not whole:
                self.fs.move(self.path(temporary), self.path(name))
            if self.local:
                _fsync(self.local / folder)

    def delete(self, name: str) -> None:
        """Deletes a file; none there is fine."""
        try:
            self.fs.delete_file(self.path(name))
        except FileNotFoundError:
            return

    def files(self, folder: str) -> dict[str, fs.FileInfo]:
        """Every file below a folder by its name relative to the root, temporary ones included."""
        selector = fs.FileSelector(self.path(folder), recursive=True, allow_not_found=True)
        start = len(self.path("x")) - 1
        try:
            found = self.fs.get_file_info(selector)
        except FileNotFoundError:  # made by a writer after it could not be listed: pyarrow looks twice
            found = self.fs.get_file_info(selector)
        return {info.path[start:]: info for info in found if info.type == fs.FileType.File}

    def upload(self, directory: Path, name: str, last: str) -> None:
        """Copies a local directory's files in, the one called `last` after the others; existing ones are replaced."""
        for file in sorted(directory.iterdir(), key=lambda path: (path.name == last, path.name)):
            self.write(f"{name}/{file.name}", file.read_bytes())

    @contextmanager
    def directory(self, name: str) -> Iterator[Path]:
        """A local directory with the content of the one below the root: itself, or a copy for the while."""
        if self.local:
            yield self.local / name
            return
        with tempfile.TemporaryDirectory(prefix="inrstore-") as copy:
            fs.copy_files(self.path(name), copy, source_filesystem=self.fs)
            yield Path(copy)

    def _make(self, folder: str) -> None:
        target = self.path(folder)
        if self.local and os.path.isdir(target):
            return
        self.fs.create_dir(target, recursive=True)
        while self.local and folder:  # a new directory's own entry must be durable too
            folder = folder.rpartition("/")[0]
            _fsync(self.local / folder)

    @contextmanager
    def _no_space(self, temporary: str) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            self.delete(temporary)
            if error.errno in (errno.ENOSPC, errno.EDQUOT):
                raise StorageFull(
                    error.errno, f"the disk of {self.url} is full; free some space, then repeat"
                ) from error
            raise


def _resolve(url: str) -> tuple[fs.FileSystem, str]:
    system, root = fs.FileSystem.from_uri(url)
    return system, root


def _fsync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
