"""What Prometheus asks: how many requests of which route came, how they ended, and how long they took."""

from __future__ import annotations

import time

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from .replies import ROOT

BUCKETS = (0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)


class Measured:
    """An ASGI application around another; routes are named as they are written, so that ids make no new series."""

    def __init__(self, app: ASGIApp, registry: CollectorRegistry) -> None:
        self.app = app
        names = ("method", "route")
        self.requests = Counter("inrstore_requests", "Requests", (*names, "status"), registry=registry)
        self.seconds = Histogram(
            "inrstore_request_seconds", "How long they took", names, registry=registry, buckets=BUCKETS
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        started, status = time.perf_counter(), [500]

        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start":
                status[0] = message["status"]
            await send(message)

        try:
            await self.app(scope, receive, answer)
        finally:
            route = _route(scope)
            method = scope["method"] if scope["method"] in ("GET", "HEAD", "POST", "DELETE") else "other"
            self.requests.labels(method, route, str(status[0])).inc()
            self.seconds.labels(method, route).observe(time.perf_counter() - started)


def _route(scope: Scope) -> str:
    """As it is written; some versions of FastAPI leave out the prefix of the router that it is in."""
    route = str(getattr(scope.get("route"), "path", "none"))
    own = scope["path"].startswith(ROOT) and not route.startswith(ROOT) and route != "none"
    return ROOT + route if own else route


def exposition(registry: CollectorRegistry) -> bytes:
    return generate_latest(registry)
