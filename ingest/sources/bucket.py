"""A bucket, read through pyarrow: what is below a prefix, and an object's bytes, each request with its retries."""

from __future__ import annotations

import hashlib
import io
import os
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from inrstore.errors import BadInput
from inrstore.files import atomic_path

from .retry import Unreachable, permanent, retried

if TYPE_CHECKING:
    from pyarrow.fs import FileInfo, FileSystem

CHUNK = 8 * 2**20
"""Bytes of one request; what is lost is asked for from there on."""
_CHAIN = ("AWS_", "GOOGLE_", "CLOUDSDK_")


class Bucket:
    """Objects by their sources, ``s3://bucket/key``."""

    def __init__(self, via: str) -> None:
        """`via`: the URI of the bucket, see `address.Address`; it is opened when something of it is asked for."""
        self._via = via

    @property
    def fs(self) -> FileSystem:
        """Errors: BadInput, Unreachable."""
        return _opened(self._via, tuple(sorted((k, v) for k, v in os.environ.items() if k.startswith(_CHAIN))))

    def find(self, sources: Sequence[str]) -> list[FileInfo]:
        """What each of them is, which may be nothing. Errors: BadInput, Unreachable."""
        keys = [_key(source) for source in sources]
        found: list[FileInfo] = retried(lambda: self.fs.get_file_info(keys), ", ".join(sources))
        return found

    def below(self, source: str) -> list[tuple[tuple[str, ...], int]]:
        """Names below a prefix, and bytes, of all objects there, as a walk over folders would meet them: in each the
        files first, in order, and then the folders. Errors: BadInput, Unreachable.
        """
        from pyarrow import fs

        prefix = _key(source)
        selector = fs.FileSelector(prefix, recursive=True, allow_not_found=True)
        listed = retried(lambda: self.fs.get_file_info(selector), source)
        start = len(prefix) + 1
        found = [(tuple(i.path[start:].split("/")), int(i.size)) for i in listed if i.type == fs.FileType.File]
        return sorted(found, key=lambda one: [(1, name) for name in one[0][:-1]] + [(0, one[0][-1])])

    def open(self, source: str) -> Stream:
        """An object, to be read from its beginning. Errors: BadInput, Unreachable."""
        return Stream(retried(lambda: self.fs.open_input_file(_key(source)), source), source)

    def fetch(self, source: str, target: Path, most: int) -> tuple[str, int]:
        """An object into a file; SHA-256 and number of its bytes.

        Errors: BadInput, also for more than `most` bytes, of which none are fetched; Unreachable.
        """
        digest = hashlib.sha256()
        with self.open(source) as packed:
            if packed.size > most:
                raise BadInput(f"{packed.size:,} bytes, over the limit of {most:,}; raise max_bytes if you trust it")
            target.parent.mkdir(parents=True, exist_ok=True)
            with atomic_path(target) as temporary, temporary.open("wb") as file:  # others may want it, too
                while chunk := packed.read(CHUNK):
                    digest.update(chunk)
                    file.write(chunk)
            return digest.hexdigest(), packed.size


class Stream(io.RawIOBase):
    """An object's bytes in order, a chunk at a time; read only forward."""

    def __init__(self, file: BinaryIO, source: str) -> None:
        self._file, self._source, self._at, self._held = file, source, 0, memoryview(b"")
        self.size: int = retried(file.size, source)  # type: ignore[attr-defined]

    def readable(self) -> bool:
        return True

    def read(self, count: int = -1) -> bytes:
        """Up to so many bytes; none at the end. Errors: BadInput, Unreachable."""
        if not self._held and self._at < self.size:
            want = min(CHUNK, self.size - self._at)
            got = retried(lambda: self._file.read_at(want, self._at), self._source)  # type: ignore[attr-defined]
            if not got:
                raise BadInput("it became shorter while it was read; run the same command again")
            self._at += len(got)
            self._held = memoryview(got)
        found, self._held = (self._held, memoryview(b"")) if count < 0 else (self._held[:count], self._held[count:])
        return bytes(found)

    def close(self) -> None:
        self._file.close()
        super().close()


@lru_cache(maxsize=32)
def _opened(via: str, environment: tuple[tuple[str, str], ...]) -> FileSystem:
    """One connection for a bucket as long as the environment, in which endpoint and credentials are, is the same."""
    from pyarrow import fs

    try:
        return fs.FileSystem.from_uri(via)[0]
    except (ValueError, NotImplementedError) as error:
        raise BadInput(f"{via.partition('?')[0]}: the URI cannot be opened: {error}") from error
    except OSError as error:  # it asks where the bucket lies
        if (reason := permanent(error)) is not None:
            raise BadInput(reason) from error
        raise Unreachable(f"{via.partition('?')[0]} does not answer: {error}") from error


def _key(source: str) -> str:
    """Bucket and key, as pyarrow has them."""
    return source.partition("://")[2]


def bucket_of(source: str, via: str = "") -> Bucket:
    """That of an object; without `via` it is where the environment says."""
    return Bucket(via or "/".join(source.split("/")[:3]))
