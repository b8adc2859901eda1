"""A store that another machine serves: the client of the HTTP API that `inrstore serve` offers."""

from .records import Change, ComposedFound, Copies, Copy, Facts, Found, Hit, ImageFound, Job, Said, TextFound, TextHit
from .store import RemoteStore, connect

__all__ = [
    "Change",
    "ComposedFound",
    "Copies",
    "Copy",
    "Facts",
    "Found",
    "Hit",
    "ImageFound",
    "Job",
    "RemoteStore",
    "Said",
    "TextFound",
    "TextHit",
    "connect",
]
