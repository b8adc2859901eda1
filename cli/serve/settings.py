"""What a server is told when it is started."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass

from inrstore.errors import BadInput

LOOPBACK = ("127.0.0.1", "localhost", "::1")


@dataclass(frozen=True)
class Settings:
    """Of one server over one store."""

    store: str
    host: str = "127.0.0.1"
    port: int = 8000
    token: str | None = None
    """Whoever asks must know it; without one, only this machine is answered."""
    read_only: bool = False
    upload_bytes: int = 256 * 2**20
    """Of a file that is sent."""
    file_seconds: float = 60.0
    """That a file which asks may take to be read and fitted; its process is ended then."""
    at_once: int = 2
    """Requests that compute: the others wait."""
    waiting: int = 32
    """Such requests that may wait; more are sent away with 429."""
    rate: float = 400.0
    """Requests a second from one address, over a while."""

    def __post_init__(self) -> None:
        """Errors: BadInput."""
        if not self.token and not self.loopback:
            raise BadInput(
                f"host {self.host} can be reached from other machines: give --token, which whoever asks must know, "
                "or leave --host out"
            )
        if self.token is not None and len(self.token) < 8:
            raise BadInput("token: give eight characters or more, which nobody guesses")

    @property
    def loopback(self) -> bool:
        """Whether only this machine reaches it."""
        if self.host in LOOPBACK:
            return True
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return False
