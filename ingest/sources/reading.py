"""A source's bytes on this machine, for as long as somebody reads them."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import IO, TYPE_CHECKING, cast

from inrstore.errors import BadInput

from ..files import SHARDS
from ..files.geometry import Limits
from .address import is_uri
from .bucket import Bucket, bucket_of
from .companions import fetch_beside

if TYPE_CHECKING:
    from ..discover import SourceFile

LONGEST = 200
"""Bytes of a name that is kept: keys may have longer ones than files."""


@contextmanager
def placed(file: SourceFile, limits: Limits, parts: bool = False) -> Iterator[SourceFile]:
    """A file to work on, with its bytes at `at` if it lies elsewhere, and what it refers to beside them.

    Fetched here unless that was done, and then deleted at the end. Errors: BadInput, Unreachable.
    """
    if file.carried and not os.path.exists(file.at):
        with tempfile.TemporaryDirectory(prefix="inrstore-") as folder:
            for name, content in file.carried:
                Path(folder, name).write_bytes(content)
            yield replace(file, at=str(Path(folder, Path(file.at).name)))
    elif not file.via:
        yield file
    elif file.at and os.path.exists(file.at):
        fetch_beside(Bucket(file.via), file.path, Path(file.at), limits, parts)
        yield file
    else:
        with at_hand(file.path, limits, file.via, parts) as place:
            yield replace(file, at=place)


def carrying(file: SourceFile) -> SourceFile:
    """A file that was fetched or unpacked, for a machine that does not see where it lies."""
    at = Path(file.at)
    alike = sorted(path for path in at.parent.iterdir() if path.stem == at.stem and path.is_file())
    return replace(file, carried=tuple((path.name, path.read_bytes()) for path in alike))


@contextmanager
def at_hand(source: str, limits: Limits, via: str = "", parts: bool = False) -> Iterator[str]:
    """Where the bytes of a source's file are: its path, or a copy of an object or of a shard's member.

    Errors: BadInput, Unreachable, OSError.
    """
    shard, member = _of_shard(source)
    if not is_uri(shard) and not member:
        yield source
        return
    with tempfile.TemporaryDirectory(prefix="inrstore-") as folder:
        if member:
            yield _member(shard, member, via, folder, limits)
            return
        target = Path(folder, local_name(source))
        bucket = bucket_of(source, via)
        bucket.fetch(source, target, limits.max_bytes)
        fetch_beside(bucket, source, target, limits, parts)
        yield str(target)


def local_name(source: str) -> str:
    """A name for a copy of an object."""
    name = PurePosixPath(source).name
    return name if len(name.encode()) <= LONGEST else f"object{PurePosixPath(source).suffix}"


def opened(source: str, via: str = "") -> IO[bytes]:
    """A file or object, read from its beginning. Errors: BadInput, Unreachable, OSError."""
    return cast("IO[bytes]", bucket_of(source, via).open(source)) if is_uri(source) else open(source, "rb")


def _of_shard(source: str) -> tuple[str, str]:
    """A shard and what of it is meant, ``shard.tar#member``; or the source, and nothing."""
    for place in (place for place, sign in enumerate(source) if sign == "#"):
        shard = source[:place]
        if PurePosixPath(shard).suffix.lower() in SHARDS and (is_uri(shard) or os.path.isfile(shard)):
            return shard, source[place + 1 :]
    return source, ""


def _member(shard: str, name: str, via: str, folder: str, limits: Limits) -> str:
    from .samples import samples

    with opened(shard, via) as stream:
        for sample in samples(stream, lambda: tempfile.mkdtemp(dir=folder), limits):
            for model in sample.models:
                if model.name == name:
                    return model.at
    raise BadInput(f"{shard}: no member {name!r} is in it any more")
