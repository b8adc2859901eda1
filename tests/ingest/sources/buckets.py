"""A bucket behind a real S3 interface on this machine, which can be told to fail."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

Fault = Callable[[dict[str, Any]], int | None]
"""A status instead of an answer, by the request's environment."""


@dataclass
class Server:
    """Stands before moto's application and counts what is asked."""

    app: Any
    faults: list[Fault] = field(default_factory=list)
    asked: list[tuple[str, str]] = field(default_factory=list)
    """Method and path of each request."""

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        self.asked.append((environ["REQUEST_METHOD"], environ["PATH_INFO"]))
        for fault in self.faults:
            if (status := fault(environ)) is not None:
                start_response(f"{status} Told To", [("Content-Type", "text/plain"), ("Content-Length", "0")])
                return [b""]
        return self.app(environ, start_response)  # type: ignore[no-any-return]

    def fail(self, times: int, status: int, end: str = "", method: str = "") -> None:
        """The next so many requests for what ends so, whose method is this."""
        left = [times]

        def fault(environ: dict[str, Any]) -> int | None:
            if not left[0] or not environ["PATH_INFO"].endswith(end) or method not in environ["REQUEST_METHOD"]:
                return None
            left[0] -= 1
            return status

        self.faults.append(fault)


@dataclass
class Bucket:
    """One bucket, which the environment says how to reach."""

    name: str
    client: Any
    server: Server
    endpoint: str

    def put(self, **objects: bytes | str) -> None:
        """Objects by their keys."""
        for key, body in objects.items():
            self.client.put_object(Bucket=self.name, Key=key, Body=body.encode() if isinstance(body, str) else body)

    def uri(self, key: str = "") -> str:
        return f"s3://{self.name}/{key}".rstrip("/")

    def fetched(self, key: str) -> int:
        """How often an object was asked for."""
        return self.server.asked.count(("GET", f"/{self.name}/{key}"))
