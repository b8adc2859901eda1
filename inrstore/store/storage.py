"""Where a store lies: a local directory or a URL, through pyarrow's file systems.

Paths below the root are relative and written with /. A file appears whole under its name or not at all.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pyarrow import fs

from inrstore import files
from inrstore.errors import BadInput

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
        with self.fs.open_input_stream(self.path(name)) as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()

    def write(self, name: str, content: bytes | memoryview) -> None:
        """Durable when it returns. Errors: StorageFull, with nothing left behind."""
        with files.room(f"the store {self.url}"):
            if self.local:
                self._make_local(self.local / name.rpartition("/")[0])
                files.write_atomically(self.local / name, content, durable=True)
            else:
                self._write_remote(name, content)

    def _write_remote(self, name: str, content: bytes | memoryview) -> None:
        folder, _, last = name.rpartition("/")
        whole = self.fs.type_name in OBJECT_STORES
        temporary = name if whole else f"{folder}/{files.TEMPORARY}{last}".lstrip("/")
        try:
            if not whole:
                self.fs.create_dir(self.path(folder), recursive=True)
            with self.fs.open_output_stream(self.path(temporary)) as stream:
                stream.write(content)
            if not whole:
                self.fs.move(self.path(temporary), self.path(name))
        except OSError:
            self.delete(temporary)
            raise

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

    def upload(self, directory: Path, name: str) -> None:
        """Copies a local directory's files in; existing ones are replaced."""
        for file in sorted(path for path in directory.rglob("*") if path.is_file()):
            self.write(f"{name}/{file.relative_to(directory).as_posix()}", file.read_bytes())

    @contextmanager
    def directory(self, name: str) -> Iterator[Path]:
        """A local directory with the content of the one below the root: itself, or a copy for the while."""
        if self.local:
            yield self.local / name
            return
        with tempfile.TemporaryDirectory(prefix="inrstore-") as copy:
            fs.copy_files(self.path(name), copy, source_filesystem=self.fs)
            yield Path(copy)

    def _make_local(self, folder: Path) -> None:
        """Makes a directory below the root, if need be; its own entry must be durable too."""
        if folder.is_dir():
            return
        folder.mkdir(parents=True, exist_ok=True)
        while folder != self.local:
            folder = folder.parent
            files.sync(folder)


def _resolve(url: str) -> tuple[fs.FileSystem, str]:
    system, root = fs.FileSystem.from_uri(url)
    return system, root
