"""The members of a tar, as they come: it is read once, from one end to the other, and nothing of it is trusted."""

from __future__ import annotations

import tarfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import IO, cast

from inrstore.errors import BadInput

BLOCK = 2**20
HEADER = 2**20
"""Bytes that a long name or a record of attributes may have; real ones have hundreds."""
PATIENCE = 2
"""Empty reads at the end of a shard; a whole one needs one at most."""
_LONG = (tarfile.XHDTYPE, tarfile.XGLTYPE, tarfile.SOLARIS_XHDTYPE, tarfile.GNUTYPE_LONGNAME, tarfile.GNUTYPE_LONGLINK)
_KINDS = {
    tarfile.SYMTYPE: "a link",
    tarfile.LNKTYPE: "a link",
    tarfile.CHRTYPE: "a device",
    tarfile.BLKTYPE: "a device",
    tarfile.FIFOTYPE: "a pipe",
}
CUT = "the shard is damaged or cut short; what came before is taken. Fetch or make it again"


class _Header(tarfile.TarInfo):
    """A member, read so that a damaged header is an error and not the end."""

    @classmethod
    def frombuf(cls, buf: bytes | bytearray, encoding: str, errors: str) -> _Header:
        try:
            found = super().frombuf(buf, encoding, errors)
        except tarfile.EOFHeaderError:  # type: ignore[attr-defined]
            raise
        except tarfile.HeaderError as error:
            raise BadInput(f"{CUT} ({error})") from error
        if found.type in _LONG and not 0 <= found.size <= HEADER:
            raise BadInput(f"{CUT} (a header of {found.size:,} bytes)")
        if found.size < 0:
            raise BadInput(f"{CUT} (a member of {found.size} bytes)")
        return found


@dataclass(frozen=True)
class Member:
    """A file in a tar, whose bytes can be read until the next one is asked for."""

    name: str
    size: int
    problem: str | None
    """Why it is not to be unpacked."""
    data: IO[bytes] | None

    def blocks(self) -> Iterator[bytes]:
        """Its bytes. Errors: BadInput where the shard ends before they do."""
        with _whole():
            while self.data is not None and (block := self.data.read(BLOCK)):
                yield block


class _Ending:
    """A stream that says so when it is read beyond its end: to skip what a header promises would take for ever."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream, self._beyond = stream, 0

    def read(self, count: int) -> bytes:
        found = self._stream.read(count)
        self._beyond += not found
        if self._beyond > PATIENCE:
            raise BadInput(f"{CUT} (unexpected end of data)")
        return found


def members(stream: IO[bytes]) -> Iterator[Member]:
    """Everything in a tar but folders. Errors: BadInput where it is damaged or ends too early; what reading raises."""
    with ExitStack() as stack:
        with _whole():
            ending = cast("IO[bytes]", _Ending(stream))
            tar = stack.enter_context(
                tarfile.open(fileobj=ending, mode="r|", tarinfo=_Header, encoding="utf-8", errors="surrogateescape")
            )
        while True:
            with _whole():
                info = tar.next()
            if info is None:
                return
            tar.members.clear()  # type: ignore[attr-defined]  # it would keep them all
            if not info.isdir():
                problem = _problem(info)
                name = info.name if problem else str(PurePosixPath(info.name))
                yield Member(name, info.size, problem, tar.extractfile(info) if info.isreg() else None)


@contextmanager
def _whole() -> Iterator[None]:
    try:
        yield
    except (tarfile.TarError, ValueError, EOFError, OverflowError) as error:
        if isinstance(error, BadInput):
            raise
        raise BadInput(f"{CUT} ({error})") from error


def _problem(info: tarfile.TarInfo) -> str | None:
    place = PurePosixPath(info.name)
    if place.is_absolute() or ".." in place.parts or "\\" in info.name or "\0" in info.name:
        return "its name leads out of the shard; it was not unpacked"
    if info.type in _KINDS or not info.isreg():
        return f"it is {_KINDS.get(info.type, 'no plain file')}; it was not unpacked"
    if info.name.encode("utf-8", "surrogateescape").decode("utf-8", "replace") != info.name:
        return "its name is not valid UTF-8; rename it and make the shard again"
    return None
