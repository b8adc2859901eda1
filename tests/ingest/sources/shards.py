"""Tars in memory."""

from __future__ import annotations

import io
import tarfile


def added(tar: tarfile.TarFile, name: str, data: bytes) -> None:
    info = tarfile.TarInfo(name)
    info.size = len(data)
    tar.addfile(info, io.BytesIO(data))


def shard(**files: bytes | str) -> bytes:
    """A tar of files by their names, in this order."""
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as tar:
        for name, data in files.items():
            added(tar, name, data.encode() if isinstance(data, str) else data)
    return file.getvalue()
