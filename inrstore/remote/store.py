"""A store on another machine: all that its server offers, in one object."""

from __future__ import annotations

from types import TracebackType

from .edits import Edits
from .finding import Finding
from .surfaces import Surfaces
from .transport import Transport

TIMEOUT = 300.0
"""Seconds for an answer: the first search by a file starts processes, and those that decode wait for each other."""


def connect(url: str, token: str | None = None, *, timeout: float = TIMEOUT) -> RemoteStore:
    """The store that `inrstore serve` offers at an address, such as ``http://localhost:8000``.

    Parameters
    ----------
    token : what the server was started with, if it wants one; over http it can be read on the way, over https not
    timeout : seconds that an answer may keep silent

    Raises
    ------
    ServerNotFound
        If no server answers there, or another one.
    NotAllowed
        If the token is missing or wrong.
    BadInput
        If this is no address.
    MissingDependency
        If httpx is not installed.
    """
    store = RemoteStore(Transport(url, token, timeout))
    try:
        store.facts()
    except BaseException:
        store.close()
        raise
    return store


class RemoteStore(Surfaces, Finding, Edits):
    """Shapes of a store that a server offers: what reads a `Store` reads this, too. `connect` makes one.

    Every method asks the server anew, and stands for itself. Threads may share one object; ``with`` closes it at the
    end. A server that has too much to do is asked again, a few times.
    """

    def __init__(self, transport: Transport) -> None:
        self.transport, self.url = transport, transport.url

    def __repr__(self) -> str:
        return f"RemoteStore({self.url!r})"

    def __enter__(self) -> RemoteStore:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Gives up the connections; the object cannot be used any more."""
        self.transport.close()
