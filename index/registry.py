"""Where backends are found by name.

A new one is a class with the methods of `protocol.Index`, in a file of its own, and a line in `BUILT_IN`; or, in
a package of yours, a line in its pyproject.toml under [project.entry-points."inrstore.backends"], or a call of
`register`.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from typing import TYPE_CHECKING, Any, cast

from inrstore.errors import BadInput

from .protocol import Backend, Index

if TYPE_CHECKING:
    from inrstore.store import Store

GROUP = "inrstore.backends"
BUILT_IN = {
    "auto": "index.faiss.index:auto",
    "flat": "index.faiss.index:flat",
    "hnsw": "index.faiss.index:hnsw",
    "ivf": "index.faiss.index:ivf",
    "rabitq": "index.faiss.index:rabitq",
    "pgvector": "index.pgvector.index:PgvectorIndex",
}
_registered: dict[str, Backend] = {}


def register(name: str, backend: Backend) -> None:
    """Make a backend known in this process, in place of another of this name."""
    _registered[name] = backend


def backends() -> list[str]:
    """The names that `make` knows."""
    return list(dict.fromkeys([*BUILT_IN, *_registered, *(point.name for point in _entry_points())]))


def make(name: str, store: Store, index: str, settings: Mapping[str, Any] | None = None) -> Index:
    """The index called `index` of a store, by the backend of this name; see `protocol.Backend`. Errors: BadInput."""
    return _find(name)(store, index, settings)


def kept_by(name: str) -> str:
    """Who keeps the index of a backend of this name: the module of it, where it is one of these here, else its name."""
    return BUILT_IN.get(name, name).partition(":")[0]


def _find(name: str) -> Backend:
    if name in _registered:
        return _registered[name]
    if name in BUILT_IN:
        module, _, attribute = BUILT_IN[name].partition(":")
        return cast(Backend, getattr(import_module(module), attribute))
    for point in _entry_points():
        if point.name == name:
            return cast(Backend, point.load())
    raise BadInput(
        f"backend {name!r} is unknown: choose one of {', '.join(backends())}, or install the package that has it"
    )


def _entry_points() -> list[EntryPoint]:
    return list(entry_points(group=GROUP))
