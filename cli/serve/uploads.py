"""Files that are sent: how large they may be, and where they are while they are read."""

from __future__ import annotations

import re
import secrets
import shutil
import tempfile
from pathlib import Path, PurePosixPath

from fastapi import UploadFile

from ingest.files import unknown_suffix

from .gallery import Gallery
from .problems import Problem

CHUNK = 1 << 20


def received(gallery: Gallery, file: UploadFile) -> Path:
    """The file, alone in a folder, under a name of which only the ending was sent. Errors: Problem 413, 415, 422.

    Alone, because files name others beside them, such as materials, and nobody is to read what another has sent.
    """
    ending = PurePosixPath((file.filename or "").replace("\\", "/")).suffix.lower()
    if refusal := unknown_suffix(ending[:12]):
        raise Problem(415, "unknown-kind", f"{shown(file.filename)}: {refusal}")
    folder, size, most = Path(tempfile.mkdtemp(dir=gallery.uploads)), 0, gallery.settings.upload_bytes
    try:
        path = folder / f"file{ending}"
        with path.open("wb") as target:
            while part := file.file.read(CHUNK):
                size += len(part)
                if size > most:
                    reason = f"the file has more than {most:,} bytes; make it smaller"
                    raise Problem(413, "too-large", f"{shown(file.filename)}: {reason}")
                target.write(part)
        if not size:
            raise Problem(422, "empty", f"{shown(file.filename)}: the file is empty; send another")
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return path


def kept_as(gallery: Gallery, file: UploadFile) -> Path:
    """The file, alone in a folder of the server's that outlives it, for a job. Errors: as `received`."""
    sent = received(gallery, file)
    stem = re.sub(r"[^\w.-]+", "_", PurePosixPath((file.filename or "").replace("\\", "/")).stem)[:60].strip("._-")
    path = gallery.work / "files" / secrets.token_hex(6) / f"{stem or 'shape'}{sent.suffix}"
    path.parent.mkdir(parents=True)
    shutil.move(sent, path)
    forgotten(sent)
    return path


def forgotten(path: Path) -> None:
    """What was received is gone."""
    shutil.rmtree(path.parent, ignore_errors=True)


def shown(name: str | None) -> str:
    """The name that a file was sent with, as it can stand in a sentence: not too long, and no commands in it."""
    text = "".join(sign if sign.isprintable() else f"\\u{ord(sign):04x}" for sign in (name or "")[:200])
    return text or "the file"


def said_of(path: Path, name: str | None, error: Exception) -> str:
    """What an error says of a file that was received, by the name that it was sent with, and of no place here."""
    text = str(error).removeprefix(f"{path}: ").replace(str(path), path.name).replace(f"{path.parent}", "")
    return f"{shown(name)}: {text}"
