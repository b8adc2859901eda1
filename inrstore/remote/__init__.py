"""A store that another machine serves: the client of the HTTP API that `inrstore serve` offers."""

from .records import Change, Copies, Copy, Facts, Found, Hit, Job, Said, TextFound, TextHit
from .store import RemoteStore, connect

__all__ = [
    "Change",
    "Copies",
    "Copy",
    "Facts",
    "Found",
    "Hit",
    "Job",
    "RemoteStore",
    "Said",
    "TextFound",
    "TextHit",
    "connect",
]
