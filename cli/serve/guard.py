"""What stands before every request: who asks, from where, how often; and what every answer says to browsers."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from http.cookies import CookieError, SimpleCookie
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from .limits import Rate
from .problems import Problem
from .settings import LOOPBACK, Settings

API = "/api/"
COOKIE, PROOF = "inrstore_token", "x-inrstore"
SAFE = ("GET", "HEAD", "OPTIONS")
FORM = 1 << 20
"""Bytes of a request beside the file in it."""
OPEN = ("/api/v1/login",)
"""Of the API, what is answered without the token."""
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; connect-src 'self'; "
    "font-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}


class Guard:
    """An ASGI application around another."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self.app, self.settings, self.rate = app, settings, Rate(settings.rate)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self.app(scope, receive, send)

        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(HEADERS)
            await send(message)

        refusal = self.refusal(scope)
        await (self.app if refusal is None else refusal.response())(scope, self.bounded(receive), answer)

    def bounded(self, receive: Receive) -> Receive:
        """A body that does not say how long it is ends with an error where it is too long."""
        size, most = 0, self.settings.upload_bytes + FORM

        async def some() -> Message:
            nonlocal size
            message = await receive()
            size += len(message.get("body", b""))
            if size > most:
                raise too_large(most)
            return message

        return some

    def refusal(self, scope: Scope) -> Problem | None:
        """Why a request is not answered."""
        headers, path, method = Headers(scope=scope), str(scope["path"]), str(scope["method"])
        host = headers.get("host", "")
        if not self.rate.allows(scope["client"][0] if scope.get("client") else ""):
            return Problem(429, "too-often", "too many requests; ask again in a second", {"Retry-After": "1"})
        if self.settings.loopback and not self.settings.token and _name(host) not in (*LOOPBACK, self.settings.host):
            # another site's name that leads here would make its pages ours
            return Problem(403, "other-host", f"this server is not called {host}; ask it by 127.0.0.1")
        if (path.startswith(API) or path == "/metrics") and path not in OPEN and not self.known(headers):
            how = {"WWW-Authenticate": "Bearer"}
            return Problem(401, "token-needed", "send the header 'Authorization: Bearer TOKEN'", how)
        most, length = self.settings.upload_bytes + FORM, headers.get("content-length", "0")
        if not length.isdecimal() or len(length) > 15 or int(length) > most:
            return too_large(most)
        if method not in SAFE:
            origin = headers.get("origin")
            if PROOF not in headers or (origin is not None and urlsplit(origin).netloc != host):
                return Problem(403, "proof-needed", "what changes things needs the header 'X-Inrstore: 1', from here")
        return None

    def known(self, headers: Headers) -> bool:
        """Whether the token came along, if there is one."""
        if not self.settings.token:
            return True
        kind, _, given = headers.get("authorization", "").partition(" ")
        if kind.lower() != "bearer":
            given = _cookie(headers.get("cookie", ""))
        return same(given.strip(), self.settings.token)


def too_large(most: int) -> Problem:
    return Problem(413, "too-large", f"a request may have {most:,} bytes; send less")


def same(given: str, token: str) -> bool:
    """Whether both are the same, in a time that tells nothing of where they differ."""
    return hmac.compare_digest(given.encode(), token.encode())


def _cookie(text: str) -> str:
    try:
        found = SimpleCookie(text).get(COOKIE)
    except CookieError:
        return ""
    return found.value if found else ""


def _name(host: str) -> str:
    """A host without its port."""
    return host[1:].partition("]")[0] if host.startswith("[") else host.rpartition(":")[0] or host
