"""Bytes that took long to make, the latest of them kept in memory, and how they are answered with."""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from fastapi import Request, Response


@dataclass(frozen=True)
class Content:
    """What is answered with."""

    data: bytes
    media: str
    headers: tuple[tuple[str, str], ...] = ()

    @property
    def tag(self) -> str:
        return f'"{hashlib.sha256(self.data).hexdigest()[:20]}"'


class Kept:
    """Contents by what they are of; the ones asked for longest ago go when there are too many bytes."""

    def __init__(self, most: int) -> None:
        self._most, self._bytes, self._guard = most, 0, threading.Lock()
        self._of: OrderedDict[object, Content] = OrderedDict()
        self._making: dict[object, threading.Lock] = {}

    def get(self, of: object, make: Callable[[], Content]) -> Content:
        """What is kept, else what is made now; two that ask at once for the same wait for one making."""
        with self._guard:
            if of in self._of:
                self._of.move_to_end(of)
                return self._of[of]
            lock = self._making.setdefault(of, threading.Lock())
        with lock:
            with self._guard:
                if of in self._of:
                    return self._of[of]
            try:
                made = make()
            finally:
                with self._guard:
                    self._making.pop(of, None)
            self.keep(of, made)
        return made

    def peek(self, of: object) -> Content | None:
        """What is kept, if it is."""
        with self._guard:
            return self._of.get(of)

    def keep(self, of: object, made: Content) -> None:
        with self._guard:
            if of in self._of:
                self._bytes -= len(self._of[of].data)
            self._of[of] = made
            self._bytes += len(made.data)
            while self._bytes > self._most and self._of:
                self._bytes -= len(self._of.popitem(last=False)[1].data)


def answer(request: Request, content: Content, seconds: int = 0, further: Mapping[str, str] | None = None) -> Response:
    """The content, or only that it is still the same (RFC 9110, If-None-Match), or the range that was asked for."""
    wanted = Wanted.of(request, content.tag, len(content.data), seconds)
    headers = wanted.headers | dict(content.headers) | dict(further or {})
    if wanted.status in (304, 416):
        return Response(status_code=wanted.status, headers=headers)
    return Response(content.data[wanted.first : wanted.last + 1], wanted.status, headers, content.media)


@dataclass(frozen=True)
class Wanted:
    """What a request wants of bytes that have a tag: a status, headers, and from which byte to which."""

    status: int
    headers: dict[str, str]
    first: int
    last: int

    @classmethod
    def of(cls, request: Request, tag: str, size: int, seconds: int = 0) -> Wanted:
        """304 and 416 want no bytes at all."""
        headers = {"ETag": tag, "Cache-Control": f"private, max-age={seconds}", "Accept-Ranges": "bytes"}
        if tag in [one.strip().removeprefix("W/") for one in request.headers.get("if-none-match", "").split(",")]:
            return cls(304, headers, 0, -1)
        asked = _range(request.headers.get("range", ""), size)
        if asked is None or request.headers.get("if-range", tag) != tag:
            return cls(200, headers, 0, size - 1)
        first, last = asked
        if first > last:
            return cls(416, headers | {"Content-Range": f"bytes */{size}"}, 0, -1)
        headers["Content-Range"] = f"bytes {first}-{last}/{size}"
        headers["Content-Encoding"] = "identity"  # a part that was compressed would be no part of the whole
        return cls(206, headers, first, last)


def _range(text: str, size: int) -> tuple[int, int] | None:
    """First and last byte of a single range; of several, or what is none, all is answered."""
    unit, _, asked = text.partition("=")
    first, dash, last = asked.strip().partition("-")
    if unit.strip() != "bytes" or not dash or len(text) > 60 or not (first + last).isdecimal():
        return None
    if not first:
        return max(0, size - int(last)), size - 1
    end = min(int(last), size - 1) if last else size - 1
    return (int(first), end) if int(first) < size else (1, 0)
