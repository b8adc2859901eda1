"""Servers that refuse, are busy, are others, or are not there."""

from __future__ import annotations

import builtins
import socket
from collections.abc import Awaitable, Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

import inrstore
from inrstore import errors
from inrstore.errors import BadInput, InrstoreError, MissingDependency, NotAllowed, ServerNotFound, ShapeNotFound
from inrstore.remote.problems import BY_NAME, MEDIA, problem
from inrstore.remote.transport import Transport
from inrstore.store import Store

from .conftest import served_store, serving

Answers = Callable[[Any, Any, Any], Awaitable[None]]


def answering(*answers: tuple[int, dict[str, str], bytes]) -> Answers:
    """A server that answers one after the other, and the last one from then on."""
    left = list(answers)

    async def app(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            return
        status, headers, body = left.pop(0) if len(left) > 1 else left[0]
        pairs = [(name.encode(), value.encode()) for name, value in headers.items()]
        await send({"type": "http.response.start", "status": status, "headers": pairs})
        await send({"type": "http.response.body", "body": body})

    return app


def test_a_token(store: Store) -> None:
    with served_store(store.url, token="open sesame", read_only=True) as url:
        for wrong in (None, "", "open"):
            with pytest.raises(NotAllowed, match="connect\\(url, token="):
                inrstore.connect(url, wrong)
        with inrstore.connect(f"{url}/", token="open sesame") as remote:
            assert remote.facts().read_only and "sesame" not in repr(remote)
            with pytest.raises(NotAllowed, match="--read-only"):
                remote.label("abcd", "x")
    with pytest.raises(BadInput):
        inrstore.connect(url, token="ä\n")


def test_no_server() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
    with pytest.raises(ServerNotFound, match="start one with 'inrstore serve'") as found:
        inrstore.connect(url)
    assert isinstance(found.value, ConnectionError)
    for wrong in ("localhost:8000", "ftp://host", "http://", ""):
        with pytest.raises(BadInput):
            inrstore.connect(wrong)


@pytest.mark.parametrize(
    "answer",
    [
        (200, {"content-type": "text/html"}, b"<html>"),
        (200, {"content-type": "application/json"}, b'{"name": "another"}'),
        (404, {"content-type": "text/html"}, b"nothing here"),
        (502, {}, b""),
        (302, {"location": "/login"}, b""),
        (200, {"content-encoding": "gzip"}, b"no gzip"),
    ],
)
def test_another_server(answer: tuple[int, dict[str, str], bytes]) -> None:
    with serving(answering(answer)) as url, pytest.raises(ServerNotFound):
        inrstore.connect(url)


def test_a_server_that_is_silent() -> None:
    with socket.create_server(("127.0.0.1", 0)) as deaf, pytest.raises(ServerNotFound, match="larger timeout"):
        inrstore.connect(f"http://127.0.0.1:{deaf.getsockname()[1]}", timeout=0.2)


def test_a_busy_server_is_asked_again(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    waited: list[float] = []
    monkeypatch.setattr("inrstore.remote.transport.time", SimpleNamespace(sleep=waited.append))
    said = b'{"type": "urn:inrstore:busy", "title": "Busy", "status": 429, "detail": "ask again"}'
    busy = (429, {"content-type": MEDIA, "retry-after": "3"}, said)
    (tmp_path / "file").write_bytes(b"content")
    with serving(answering(busy, busy, (200, {}, b'{"job": "a"}'), busy)) as url:
        transport = Transport(url, None, 5)
        with (tmp_path / "file").open("rb") as file:
            assert transport.post("/shapes", dict, file=file, name="file") == {"job": "a"}
        assert waited == [3.0, 3.0]
        with pytest.raises(InrstoreError, match="ask again"):
            transport.get("/store", dict)
        assert len(waited) == 7
        transport.close()


def test_problems_are_the_errors_of_the_library() -> None:
    from cli.serve.problems import STATUS, of_error

    for kind in STATUS:
        assert issubclass(kind, InrstoreError)
        said = of_error(kind("do this"))
        found = problem(said.status, MEDIA, bytes(said.response().body))
        assert type(found) is kind and str(found) == "do this"
    assert BY_NAME["shape-not-found"] is ShapeNotFound and errors.BadArray in BY_NAME.values()
    unknown = problem(500, f"{MEDIA}; charset=utf-8", b'{"type": "urn:inrstore:new", "detail": "\xc3\xa4"}')
    assert type(unknown) is InrstoreError and str(unknown) == "ä"
    assert type(problem(500, MEDIA, b"half")) is ServerNotFound


def test_without_httpx(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def without(name: str, *args: Any, **more: Any) -> Any:
        if name == "httpx":
            raise ImportError(name)
        return real(name, *args, **more)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(MissingDependency, match=r"pip install 'inrstore\[client\]'"):
        inrstore.connect("http://localhost:1")
