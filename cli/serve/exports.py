"""Routes to files to take away: one in pieces from the disk, many in an archive that is sent while it is made."""

from __future__ import annotations

import secrets
import shutil
import tempfile
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import quote

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from inrstore.errors import InrstoreError
from inrstore.files import sha256
from inrstore.records import Shape
from inrstore.surface.export import FORMATS, default_name, write_shape

from ..output import CONTROLS
from .edits import Ids
from .gallery import Gallery, Here
from .kept import Wanted
from .limits import Gate
from .problems import Problem
from .replies import ROOT
from .streams import Sent
from .surfaces import Resolution
from .zipped import zipped

router = APIRouter(tags=["exports"])
BINARY, ZIP = "application/octet-stream", "application/zip"
ZIPPED = 500
"""Shapes in an archive that an address alone asks for, as addresses have a length."""
AT_ONCE = 8
"""Archives that are being sent: each of them keeps a thread."""
KEPT, SECONDS = 50, 600.0
"""Archives that are prepared, and how long they can be fetched."""
PIECE = 1 << 18
Format = Literal["obj", "ply", "stl", "glb", "off", "xyz", "npy", "binvox", "inr"]
assert set(FORMATS) == set(Format.__args__)  # type: ignore[attr-defined]
EXAMPLE: dict[str, Any] = {"ids": ["5f0c" * 16], "format": "stl", "resolution": 128}
BYTES = {"schema": {"type": "string", "format": "binary"}}
ARCHIVE: dict[int | str, dict[str, Any]] = {200: {"content": {ZIP: BYTES}, "description": "A ZIP file"}}
FILE: dict[int | str, dict[str, Any]] = {200: {"content": {BINARY: BYTES}, "description": "The file"}}


class Exporting(BaseModel):
    model_config = ConfigDict(json_schema_extra={"example": EXAMPLE})
    ids: Ids
    format: Format = "obj"
    resolution: Annotated[int, Field(ge=16, le=256, description="Cells a side")] = 128


class Prepared(BaseModel):
    archive: str = Field(
        description="Its address, which a browser can be sent to; for ten minutes",
        examples=[f"{ROOT}/archives/Zr0NfXv2q1cS8yTn"],
    )


@router.get("/shapes/{id}/export", response_class=Response, responses=FILE)
def export(
    gallery: Here, request: Request, id: str, format: Format | None = None, resolution: Resolution = 128
) -> Response:
    """The shape as a file, in the coordinates and units of its source; by default of a format that fits its kind."""
    shape = gallery.shape(id)
    with gallery.gate.entered():
        path, put_away = _written(gallery, shape, format, resolution)
    try:
        name = default_name(shape, path.suffix.lstrip("."))
        wanted = Wanted.of(request, f'"{sha256(path)[:20]}"', path.stat().st_size)
    except BaseException:
        put_away()
        raise
    disposition = f"attachment; filename=\"{_plain(name)}\"; filename*=UTF-8''{quote(name)}"  # RFC 6266
    headers = wanted.headers | {"Content-Disposition": disposition}
    if wanted.status in (304, 416):
        put_away()
        return Response(status_code=wanted.status, headers=headers)
    headers["Content-Length"] = str(wanted.last - wanted.first + 1)
    return Sent(_pieces(path, wanted.first, wanted.last + 1), BINARY, put_away, headers, wanted.status)


@router.get("/export", response_class=Response, responses=ARCHIVE)
def export_many(
    gallery: Here,
    request: Request,
    id: Annotated[list[str], Query(min_length=1, max_length=ZIPPED)],
    format: Format = "obj",
    resolution: Resolution = 128,
) -> Response:
    """Several shapes in one archive, which is sent while it is made; POST /export takes more of them."""
    return archives(request).sent(gallery, Archive(gallery.keys(id), format, resolution))


@router.post("/export", response_class=Response, responses=ARCHIVE)
def export_more(gallery: Here, request: Request, asked: Exporting) -> Response:
    """Up to 10,000 shapes in one archive, which is sent while it is made. What fails is in its `failed.txt`."""
    return archives(request).sent(gallery, Archive(gallery.keys(asked.ids), asked.format, asked.resolution))


@router.post("/export/prepare")
def prepare(gallery: Here, request: Request, asked: Exporting) -> Prepared:
    """The address of such an archive, for browsers: one that goes there saves what comes."""
    archive = Archive(gallery.keys(asked.ids), asked.format, asked.resolution)
    return Prepared(archive=f"{ROOT}/archives/{archives(request).add(archive)}")


@router.get("/archives/{name}", response_class=Response, responses=ARCHIVE)
def archive(gallery: Here, request: Request, name: str) -> Response:
    """An archive that was prepared. Where a token is demanded, a browser's cookie has it."""
    return archives(request).sent(gallery, archives(request).get(name))


@dataclass(frozen=True)
class Archive:
    """What is to be in one."""

    keys: list[int]
    format: str
    resolution: int

    def files(self, gallery: Gallery) -> Generator[tuple[str, Iterator[bytes]]]:
        """Names and contents of its files, each written when it is its turn; at last why some are not there."""
        failed = []
        for key in self.keys:
            shape = gallery.store.shapes_by_key([key]).get(key)
            if shape is None:
                failed.append("a shape that has been removed meanwhile\n")
                continue
            try:
                with gallery.gate.entered(patient=True):
                    path, put_away = _written(gallery, shape, self.format, self.resolution)
            except InrstoreError as error:  # the others are sent all the same
                failed.append(f"{shape.id} {shape.name.translate(CONTROLS)}: {error}\n")
                continue
            try:
                name = default_name(shape, path.suffix.lstrip("."))
                yield _plain(name), _pieces(path, 0, path.stat().st_size)
            finally:
                put_away()
        if failed:
            yield "failed.txt", iter(["".join(failed).encode("utf-8", "replace")])


class Archives:
    """Those that are prepared, the latest ones, by names that nobody guesses; and how many are sent at once."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock, self._guard, self._gate = clock, threading.Lock(), Gate(AT_ONCE, 0)
        self._of: OrderedDict[str, tuple[float, Archive]] = OrderedDict()

    def add(self, archive: Archive) -> str:
        name = secrets.token_urlsafe(24)
        with self._guard:
            self._of[name] = (self._clock(), archive)
            while len(self._of) > KEPT:
                self._of.popitem(last=False)
        return name

    def get(self, name: str) -> Archive:
        """Errors: Problem 404."""
        with self._guard:
            since, archive = self._of.get(name, (0.0, None))
            if archive is not None and self._clock() - since <= SECONDS:
                return archive
            self._of.pop(name, None)
        raise Problem(404, "archive-gone", "that archive is not kept any more; ask for it again")

    def sent(self, gallery: Gallery, archive: Archive) -> Response:
        """Errors: Problem 429."""
        self._gate.come()
        files = archive.files(gallery)

        def end() -> None:
            files.close()  # what is being written is put away
            self._gate.go()

        disposition = {"Content-Disposition": 'attachment; filename="shapes.zip"', "Cache-Control": "no-store"}
        return Sent(zipped(files), ZIP, end, disposition)


def archives(request: Request) -> Archives:
    found = request.app.state.archives
    assert isinstance(found, Archives)
    return found


def _written(gallery: Gallery, shape: Shape, format: str | None, resolution: int) -> tuple[Path, Callable[[], None]]:
    """A file alone in a folder, and what puts both away."""
    folder = tempfile.mkdtemp(dir=gallery.uploads)

    def put_away() -> None:
        shutil.rmtree(folder, ignore_errors=True)

    try:
        return write_shape(gallery.store, shape, Path(folder), format=format, resolution=resolution).path, put_away
    except BaseException:
        put_away()
        raise


def _pieces(path: Path, first: int, end: int) -> Iterator[bytes]:
    with path.open("rb") as file:
        file.seek(first)
        while first < end and (piece := file.read(min(PIECE, end - first))):
            first += len(piece)
            yield piece


def _plain(name: str) -> str:
    """In ASCII, as headers must be and old readers of archives want it."""
    return name.encode("ascii", "replace").decode().replace("?", "_")
