"""Requests: sent with the token, again where the server is busy, and refused with the library's own errors."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING, Any, TypeVar

import msgspec

from inrstore.errors import BadInput, MissingDependency, ServerNotFound

from .problems import problem

if TYPE_CHECKING:
    import httpx

ROOT = "/api/v1"
TIMES = 6
"""A request is sent so often, at most, to a server that has too much to do."""
LONGEST = 30.0
"""Seconds that are waited before the next time, at most."""
CONNECT = 10.0
"""Seconds for a server to take a connection."""
Values = Mapping[str, object]
Kind = TypeVar("Kind")


class Transport:
    """One server, with connections that are kept open; threads may share it."""

    def __init__(self, url: str, token: str | None, timeout: float) -> None:
        """Errors: BadInput, MissingDependency."""
        library = loaded()
        self.url = url.rstrip("/")
        headers = {"X-Inrstore": "1", "Accept-Encoding": "gzip"}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        try:
            self._client = library.Client(headers=headers, timeout=library.Timeout(timeout, connect=CONNECT))
            host = library.URL(self.url).host if self.url.startswith(("http://", "https://")) else ""
        except (library.InvalidURL, ValueError) as error:  # also of a token that no header can have
            raise BadInput(f"{url!r} or its token cannot be sent: {error}") from error
        if not host:
            raise BadInput(f"{url!r} is no address of a server; write it like http://localhost:8000")

    def close(self) -> None:
        self._client.close()

    def get(self, path: str, kind: type[Kind], params: Values | None = None) -> Kind:
        """What is answered, read as JSON of a type. Errors: ServerNotFound, NotAllowed, those of the route."""
        return self._json(self.content("GET", path, params=params), kind)

    def post(self, path: str, kind: type[Kind], json: object = None, **how: Any) -> Kind:
        """As `get`. `how` are params, files and data of a form."""
        return self._json(self.content("POST", path, json=json, **how), kind)

    def delete(self, path: str, kind: type[Kind]) -> Kind:
        return self._json(self.content("DELETE", path), kind)

    def content(self, method: str, path: str, **how: Any) -> bytes:
        """The bytes that are answered. Errors: as `get`."""
        with self.stream(method, path, **how) as response, self._reaching():
            return response.read()

    @contextmanager
    def stream(self, method: str, path: str, file: IO[bytes] | None = None, **how: Any) -> Iterator[httpx.Response]:
        """An answer whose bytes are still to be read, within `reading`. Errors: as `get`."""
        if file is not None:
            how["files"] = {"file": (how.pop("name"), file)}
        how["params"] = _params(how.get("params"))
        response = self._answered(method, path, file, how)
        try:
            yield response
        finally:
            response.close()

    def pieces(self, response: httpx.Response) -> Iterator[bytes]:
        """The bytes of a streamed answer. Errors: ServerNotFound."""
        with self._reaching():
            yield from response.iter_bytes()

    def lines(self, response: httpx.Response) -> Iterator[str]:
        """The lines of a streamed answer. Errors: ServerNotFound."""
        with self._reaching():
            yield from response.iter_lines()

    def _answered(self, method: str, path: str, file: IO[bytes] | None, how: Mapping[str, Any]) -> httpx.Response:
        for times in range(1, TIMES + 1):
            if file is not None:
                file.seek(0)
            with self._reaching():
                request = self._client.build_request(method, f"{self.url}{ROOT}{path}", **how)
                response: httpx.Response = self._client.send(request, stream=True)
                if response.is_success:
                    return response
                try:
                    content = response.read()
                finally:
                    response.close()
            if response.status_code != 429 or times == TIMES:
                break
            time.sleep(_seconds(response.headers.get("retry-after", ""), times))
        raise problem(response.status_code, response.headers.get("content-type", ""), content)

    @contextmanager
    def _reaching(self) -> Iterator[None]:
        library = loaded()
        try:
            yield
        except library.ConnectError as error:
            raise ServerNotFound(
                f"no server answers at {self.url}; start one with 'inrstore serve', or check host and port ({error})"
            ) from error
        except library.TimeoutException as error:
            raise ServerNotFound(
                f"{self.url} does not answer in time; ask again later, or connect with a larger timeout"
            ) from error
        except (library.TransportError, library.DecodingError) as error:
            raise ServerNotFound(f"{self.url} broke off its answer; see that it runs, then repeat ({error})") from error

    def _json(self, content: bytes, kind: type[Kind]) -> Kind:
        try:
            return msgspec.json.decode(content, type=kind)
        except msgspec.MsgspecError as error:
            raise ServerNotFound(
                f"{self.url} answers otherwise than 'inrstore serve' of this version does; check the address, and "
                f"that both sides have the same version ({error})"
            ) from error


def loaded() -> Any:
    """httpx, loaded when it is needed. Errors: MissingDependency."""
    try:
        import httpx
    except ImportError as error:
        raise MissingDependency("a client needs httpx: pip install 'inrstore[client]'") from error
    return httpx


def _params(given: Values | None) -> dict[str, Any]:
    """Without those that are left out, for httpx would send them empty."""
    return {name: value for name, value in (given or {}).items() if value is not None}


def _seconds(said: str, times: int) -> float:
    """To wait before the next time: what the server says, or longer each time."""
    return min(float(said) if said.isdecimal() else 0.5 * 2**times, LONGEST)
