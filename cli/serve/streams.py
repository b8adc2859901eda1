"""Answers that are sent while they are made, and what is put away when they end, also when nobody reads on."""

from __future__ import annotations

import asyncio
import json
import logging
import threading
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import suppress
from typing import Any

from fastapi.responses import StreamingResponse
from pydantic import BaseModel, Field
from starlette.types import Receive, Scope, Send

from inrstore.errors import InrstoreError
from inrstore.progress import OnProgress, Progress

from .problems import Problem, of_error, of_unexpected

EVENTS = "text/event-stream"
STILL = 15.0
"""Seconds after which somebody who hears nothing is told that it goes on."""
log = logging.getLogger("inrstore.serve")


class Step(BaseModel):
    """How far some work is."""

    stage: str = Field(examples=["fitting"])
    done: int | None = Field(description="null where nothing is counted")
    total: int | None


class Sent(StreamingResponse):
    """A body in pieces; `end` is called once it is sent, or cannot be."""

    def __init__(
        self,
        pieces: Iterable[Any] | AsyncIterator[Any],
        media: str,
        end: Callable[[], object],
        headers: Mapping[str, str] | None = None,
        status: int = 200,
    ) -> None:
        super().__init__(pieces, status, headers, media)
        self._end = end

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._end()


class Gone(Exception):
    """Nobody waits for the answer any more."""


def told(work: Callable[[OnProgress], BaseModel]) -> Sent:
    """The progress of some work as server-sent events, then as `result` what it gives, or as `problem` why nothing.

    The work is done in a thread of its own; once nobody listens, the next progress that it tells raises `Gone` in it.
    """
    news, gone = _News(), threading.Event()

    def heard(progress: Progress) -> None:
        if gone.is_set():
            raise Gone
        if progress.stage:  # else it counts things, of which there is one
            done = None if progress.total is None else progress.done
            news.put(Step(stage=progress.stage, done=done, total=progress.total).model_dump_json())

    def do() -> None:
        try:
            news.put(work(heard).model_dump_json(), "result")
        except Gone:
            log.info("nobody waits for an answer any more")
        except Exception as error:
            news.put(json.dumps(_problem(error).body()), "problem")
        finally:
            news.close()

    threading.Thread(target=do, name="told", daemon=True).start()
    return Sent(news.lines(), EVENTS, gone.set, {"Cache-Control": "no-cache"})


def _problem(error: Exception) -> Problem:
    if isinstance(error, Problem):
        return error
    if isinstance(error, InrstoreError):
        return of_error(error)
    log.error("work that was told of", exc_info=error)
    return of_unexpected(error)


class _News:
    """What a thread says, for one who listens in an event loop; who listens keeps no thread waiting."""

    def __init__(self) -> None:
        self._guard, self._said, self._closed = threading.Lock(), list[str](), False
        self._wake: Callable[[], object] = int

    def put(self, data: str, event: str = "") -> None:
        with self._guard:
            self._said.append(f"event: {event}\ndata: {data}\n\n" if event else f"data: {data}\n\n")
            wake = self._wake
        with suppress(RuntimeError):  # the loop has ended
            wake()

    def close(self) -> None:
        with self._guard:
            self._closed, wake = True, self._wake
        with suppress(RuntimeError):
            wake()

    async def lines(self) -> AsyncIterator[str]:
        loop, awake = asyncio.get_running_loop(), asyncio.Event()
        with self._guard:
            self._wake = lambda: loop.call_soon_threadsafe(awake.set)
        while True:
            awake.clear()
            with self._guard:
                said, self._said, closed = self._said, [], self._closed
            for line in said:
                yield line
            if closed:
                return
            try:
                await asyncio.wait_for(awake.wait(), STILL)
            except TimeoutError:
                yield ": still there\n\n"
