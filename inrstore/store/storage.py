"""Where a store lies: a local directory or a URL, through pyarrow's file systems.

Paths below the root are relative and written with /. A file appears whole under its name or not at all.
Remote ones raise StorageFailed where they refuse or do not answer; FileNotFoundError has the name as its `filename`.
"""

from __future__ import annotations

import errno
import os
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pyarrow as pa
from pyarrow import fs

from inrstore import files
from inrstore.errors import BadInput, InrstoreError, StorageFailed

from . import remote

OBJECT_STORES = ("s3", "gcs", "abfs")
"""Here an object shows once its upload is complete, and there are no directories."""
DELAYED = "allow_delayed_open"
"""Small objects are then written by one request, and a writer that dies in it leaves nothing behind."""


class Storage:
    """A directory on any file system that pyarrow knows."""

    def __init__(self, url: str | Path) -> None:
        text = os.fspath(url)
        self.local: Path | None = None
        try:
            if "://" in text:
                remote.check_address(text)
                self.fs, self.root = _resolve(text)
            else:
                self.fs, self.root = fs.LocalFileSystem(), os.path.abspath(os.path.expanduser(text))
        except InrstoreError:
            raise
        except (ValueError, NotImplementedError, OSError) as error:
            raise BadInput(f"store {text!r} is neither a directory nor a URL that pyarrow opens: {error}") from error
        if isinstance(self.fs, fs.LocalFileSystem):
            self.local = Path(self.root)
        self.url = str(self.local) if self.local else text

    def __str__(self) -> str:
        return self.url

    def path(self, name: str) -> str:
        return f"{self.root.rstrip('/')}/{name}" if name else self.root

    @contextmanager
    def clear_errors(self, name: str = "", content: bool = False) -> Iterator[None]:
        """Turns a remote file system's errors into sentences; with `content` only those that the service itself makes.

        An object can go between opening and reading it, as no local file can; that, too, is FileNotFoundError.
        """
        try:
            yield
        except InrstoreError:
            raise
        except OSError as error:
            if isinstance(error, FileNotFoundError) or (not self.local and remote.is_gone(error)):
                raise FileNotFoundError(errno.ENOENT, f"no such file in {self.url}", name) from error
            if self.local or (content and not remote.is_of_service(error)):
                raise
            raise StorageFailed(remote.sentence(error, self.url)) from error

    def exists(self, name: str = "") -> bool:
        return self.all_exist([name])

    def all_exist(self, names: Iterable[str]) -> bool:
        with self.clear_errors():
            found = self.fs.get_file_info([self.path(name) for name in names])
        return all(info.type != fs.FileType.NotFound for info in found)

    def open(self, name: str) -> pa.NativeFile:
        """For reading parts of it; FileNotFoundError when there is none. Read it within `clear_errors`."""
        with self.clear_errors(name):
            return self.fs.open_input_file(self.path(name))

    def read(self, name: str) -> pa.Buffer:
        """The whole file; FileNotFoundError when there is none."""
        with self.open(name) as file, self.clear_errors(name):
            return file.read_buffer()

    def write(self, name: str, content: bytes | memoryview) -> None:
        """Durable when it returns. Errors: StorageFull, with nothing left behind."""
        with files.room(f"the store {self.url}"):
            if self.local:
                self._make_local(self.local / name.rpartition("/")[0])
                files.write_atomically(self.local / name, content, durable=True)
            else:
                with self.clear_errors():
                    self._write_remote(name, content)

    def _write_remote(self, name: str, content: bytes | memoryview) -> None:
        if self.fs.type_name in OBJECT_STORES:
            with self.fs.open_output_stream(self.path(name)) as stream:
                stream.write(content)
            return
        folder, _, last = name.rpartition("/")
        temporary = f"{folder}/{files.TEMPORARY}{last}".lstrip("/")
        try:
            self.fs.create_dir(self.path(folder), recursive=True)
            with self.fs.open_output_stream(self.path(temporary)) as stream:
                stream.write(content)
            self.fs.move(self.path(temporary), self.path(name))
        except OSError:
            self.delete(temporary)
            raise

    def delete(self, name: str) -> None:
        """Deletes a file; none there is fine."""
        try:
            with self.clear_errors(name):
                self.fs.delete_file(self.path(name))
        except FileNotFoundError:
            return

    def now(self) -> datetime:
        """By the clock that gives files their times, which is not that of this machine where they are remote."""
        if self.local:
            return datetime.now(UTC)
        name = f"{files.TEMPORARY}clock-{uuid4().hex}"
        self.write(name, b"now")
        try:
            with self.clear_errors(name):
                made: datetime = self.fs.get_file_info(self.path(name)).mtime
        finally:
            self.delete(name)
        return made

    def names(self) -> list[str]:
        """What lies right below the root: files and folders."""
        selector = fs.FileSelector(self.root, allow_not_found=True)
        with self.clear_errors():
            return sorted(info.base_name for info in self.fs.get_file_info(selector))

    def files(self, folder: str) -> dict[str, fs.FileInfo]:
        """Every file below a folder by its name relative to the root, temporary ones included."""
        selector = fs.FileSelector(self.path(folder), recursive=True, allow_not_found=True)
        start = len(self.path("x")) - 1
        with self.clear_errors(folder):
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
            self.download(name, Path(copy))
            yield Path(copy)

    def download(self, name: str, directory: Path) -> None:
        """Copies the files of the directory below the root into a local one; none there is none."""
        for file in self.files(name):
            (directory / file.rpartition("/")[2]).write_bytes(self.read(file))

    def _make_local(self, folder: Path) -> None:
        """Makes a directory below the root, if need be; its own entry must be durable too."""
        if folder.is_dir():
            return
        folder.mkdir(parents=True, exist_ok=True)
        while folder != self.local:
            folder = folder.parent
            files.sync(folder)


def _resolve(url: str) -> tuple[fs.FileSystem, str]:
    if url.startswith("s3://") and DELAYED not in url:
        url += f"{'&' if '?' in url else '?'}{DELAYED}=true"
    system, root = fs.FileSystem.from_uri(url)
    return system, root
