"""What the requests of one server share: the store, what is kept, what may run at once."""

from __future__ import annotations

import logging
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

from fastapi import Depends, Request
from filelock import FileLock, Timeout

from inrstore.errors import InrstoreError
from inrstore.records import Shape
from inrstore.store import Store, open_store

from .copies import Copies
from .kept import Kept
from .known import Known
from .limits import Gate
from .problems import Problem
from .settings import Settings

PICTURES, SURFACES = 64 * 2**20, 128 * 2**20
"""Bytes that are kept in memory."""
ANSWERS, SHAPES, KEYS = 200, 20_000, 200_000
"""Of the catalogue, that are kept in memory."""
FOLLOWERS = 16
"""Of jobs, at once."""
log = logging.getLogger("inrstore.serve")


class Gallery:
    """One store, served."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.store: Store = open_store(settings.store)
        self.gate = Gate(settings.at_once, settings.waiting)
        self.followers = Gate(FOLLOWERS, 0)
        """Each of them keeps a thread."""
        self.pictures, self.surfaces = Kept(PICTURES), Kept(SURFACES)
        self.reading = threading.Lock()
        """Of pictures: who waits for another finds his own among those that were read."""
        self.known, self.seen = Known(self.store.version, ANSWERS), Known(self.store.version, SHAPES)
        """What the catalogue said of many shapes, and shapes by id or the start of one."""
        self.numbers = Known(self.store.version, KEYS)
        """Keys by the same."""
        self._folder = tempfile.TemporaryDirectory(prefix="inrstore-serve-")
        self.uploads = Path(self._folder.name)
        """Files that were sent, for as long as they are asked about."""
        self.work = self._work()
        """Where jobs, what they found, and stored files are written down."""
        self._warming: threading.Thread | None = None
        self.copies = Copies(self.work)

    def _work(self) -> Path:
        """The store's own, or where another server has that already, one that goes with this server."""
        own = self.store.work_dir("serve")
        self._lock = FileLock(own / "lock", thread_local=False)
        try:
            self._lock.acquire(timeout=0)
        except Timeout:
            log.warning("another server works on this store; jobs of this one end with it")
            return self.uploads
        return own

    def shape(self, ref: str) -> Shape:
        """By its id or the start of it; never by a path. Errors: Problem 404, AmbiguousShape."""
        digits = _digits(ref)
        return self.seen.get(digits, lambda: self.store.shape(digits))

    def key(self, ref: str) -> int:
        """Of a shape, which is quicker where no more is asked for. Errors: Problem 404."""
        digits = _digits(ref)
        return self.numbers.get(digits, lambda: self.keys([digits])[0])

    def listed(self, where: list[str], limit: int, offset: int, order: str) -> list[Shape]:
        """As `Store.shapes`; see `met`."""
        return self.met(lambda: self.store.shapes(where, limit=limit, offset=offset, order=order))

    def met(self, read: Callable[[], list[Shape]]) -> list[Shape]:
        """Shapes that are read now; the pictures of these are asked for next, by their ids."""
        version = self.seen.version()
        self.numbers.version()
        found = read()
        self.seen.learn(version, {shape.id: shape for shape in found})
        self.numbers.learn(version, {shape.id: shape.key for shape in found})
        return found

    def shapes(self, refs: list[str]) -> list[Shape]:
        return [self.shape(ref) for ref in refs]

    def keys(self, refs: list[str]) -> list[int]:
        """Of many, in their order. Errors: as `shape`."""
        digits = [_digits(ref) for ref in refs]
        found = self.store.find(dict.fromkeys(digits))
        if missing := [one for one in digits if one not in found]:
            more = f", nor have {len(missing) - 1} others" if len(missing) > 1 else ""
            raise Problem(404, "shape-not-found", f"no one shape has the id {missing[0]}{more}; GET /shapes lists all")
        return [found[one] for one in digits]

    def warm(self) -> None:
        """Open the index and start the processes that fit files, beside everything else; the first who asks waits."""

        def begin() -> None:
            try:
                from .warming import warm

                warm(self.store, self.uploads, self.settings.file_seconds)
            except InrstoreError as error:  # a store without an encoder, or without shapes
                log.info("not warm: %s", error)

        self._warming = threading.Thread(target=begin, name="warming", daemon=True)
        self._warming.start()

    def close(self) -> None:
        if self._warming is not None:
            self._warming.join()  # a process that ends while torch is being loaded is aborted
        from inrstore.queries import close_all

        close_all(self.store)
        self.store.close()
        self._lock.release()
        self._folder.cleanup()


def _digits(ref: str) -> str:
    """Errors: Problem 404."""
    digits = ref.lower()
    if not 4 <= len(digits) <= 64 or not set(digits) <= set("0123456789abcdef"):
        raise Problem(404, "shape-not-found", f"{ref[:80]!r} is no id of a shape: give 4 to 64 hexadecimal digits")
    return digits


def _gallery(request: Request) -> Gallery:
    found = request.app.state.gallery
    assert isinstance(found, Gallery)
    return found


def _writing(gallery: Annotated[Gallery, Depends(_gallery)]) -> Gallery:
    if gallery.settings.read_only:
        raise Problem(403, "read-only", "this server was started with --read-only")
    return gallery


Here = Annotated[Gallery, Depends(_gallery)]
Writing = Annotated[Gallery, Depends(_writing)]
