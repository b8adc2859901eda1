"""A store that another machine serves: the client of the HTTP API that `inrstore serve` offers."""

from .records import Change, Copies, Copy, Facts, Found, Hit, Job, Said
from .store import RemoteStore, connect

__all__ = ["Change", "Copies", "Copy", "Facts", "Found", "Hit", "Job", "RemoteStore", "Said", "connect"]
